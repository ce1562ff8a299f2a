"""Sentences in the passive: the object of a clause becomes its subject, and da introduces the agent."""

from collections.abc import Iterator
from random import Random

from homework_mock_generator.conjugation import COMPOUND, LABELS, Conjugator, Tense, agreeing
from homework_mock_generator.content import Carrier, Content, Gender, Number, Subject, Verb
from homework_mock_generator.determiners import after_preposition
from homework_mock_generator.english import passive_phrase
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.practice.clauses import Clause, Clauses, Setting, joined
from homework_mock_generator.sentences import Sentence, spaced
from homework_shared.exercises.curriculum import Grammar

GENDERS: dict[str, Gender] = {"m": "m", "f": "f"}
NUMBERS: dict[str, Number] = {"s": "singular", "p": "plural"}


class PassivePractice:
    def __init__(self, content: Content) -> None:
        self._clauses = Clauses(content, Grammar.PASSIVE, with_objects(content))

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for clause, carrier in self._clauses.drawn(scope, random):
            # A passive does not contain "da me", and both "visto" and "veduto" are right.
            suits = not clause.subject.pronoun and "general" not in clause.complement.tags
            if suits and self._clauses.conjugator.has_one_participle(clause.verb):
                setting = self._clauses.setting(clause, carrier, scope.level, random)
                yield _sentence(clause, carrier, setting, self._clauses.conjugator)


def with_objects(content: Content) -> Iterator[Verb]:
    """The verbs that have direct objects, and only these objects."""
    for verb in content.verbs:
        if objects := tuple(complement for complement in verb.complements if complement.object):
            yield verb.model_copy(update={"complements": objects})


def passive(
    conjugator: Conjugator,
    tense: Tense,
    participle: str,
    gender: Gender,
    number: Number,
    auxiliary: str = "essere",
) -> str:
    """The passive. Venire is an auxiliary in the simple tenses only."""
    person = 2 if number == "singular" else 5
    agreed = agreeing(participle, gender, number)
    if tense in COMPOUND:
        been = agreeing("stato", gender, number)
        return f"{conjugator.simple('essere', COMPOUND[tense], person)} {been} {agreed}"
    return f"{conjugator.simple(auxiliary, tense, person)} {agreed}"


def _sentence(clause: Clause, carrier: Carrier, setting: Setting, conjugator: Conjugator) -> Sentence:
    kind = clause.complement.object or "ms"
    gender, number = GENDERS[kind[0]], NUMBERS[kind[1]]
    participle = conjugator.participle(clause.verb)
    answer = passive(conjugator, carrier.tense, participle, gender, number)
    others = (
        ()
        if carrier.tense in COMPOUND or clause.verb.state
        else (passive(conjugator, carrier.tense, participle, gender, number, "venire"),)
    )
    said = [spaced(clause.complement.it, form, _by(clause.subject)) for form in (answer, *others)]
    after = joined("", _by(clause.subject), setting.right)
    plural = number == "plural"
    verb_en = passive_phrase(clause.verb.english, carrier.english, plural=plural)
    english = spaced(clause.complement.en, verb_en, "by", clause.subject.en)
    before = spaced(setting.left, clause.complement.it)
    return Sentence(
        before=before,
        answer=answer,
        after=after,
        hint=f"{clause.verb.infinitive}, passivo, {LABELS[carrier.tense]}",
        distractors=_distractors(conjugator, carrier.tense, participle, answer),
        explanation=f"The subject is {explanations.GENDERS[gender]} {number}, so the participle is "
        f"“{agreeing(participle, gender, number)}”. {explanations.rule(Grammar.PASSIVE)}",
        english=joined(setting.en_left, english, setting.en_right),
        translation=spaced(before, answer, after),
        cue="passato remoto" if carrier.tense is Tense.REMOTE else "",
        fixed=carrier.tense in (Tense.SUBJUNCTIVE_PRESENT, Tense.SUBJUNCTIVE_IMPERFECT),
        other_answers=others,
        other_translations=setting.around(*said)[1:],
    )


def _distractors(conjugator: Conjugator, tense: Tense, participle: str, answer: str) -> tuple[str, ...]:
    wrong = [
        passive(conjugator, tense, participle, gender, number)
        for gender in GENDERS.values()
        for number in NUMBERS.values()
    ]
    return tuple(form for form in wrong if form != answer)


def _by(subject: Subject) -> str:
    return after_preposition("da", subject.it)
