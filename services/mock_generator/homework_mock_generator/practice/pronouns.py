"""Sentences in which a pronoun stands for a thing, for a person, or for both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from homework_mock_generator.conjugation import Tense
from homework_mock_generator.content import Carrier, Complement, Content, Subject, Verb
from homework_mock_generator.determiners import VOWELS, after_preposition
from homework_mock_generator.english import verb_phrase, with_pronoun
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.practice.clauses import LEI, TU, Clause, Clauses, Setting, joined
from homework_mock_generator.practice.passive import with_objects
from homework_mock_generator.sentences import Sentence, spaced
from homework_shared.exercises.curriculum import Grammar

DIRECT = {"ms": "lo", "fs": "la", "mp": "li", "fp": "le"}
ENGLISH_OBJECT = {"s": "it", "p": "them"}
ENGLISH_PERSON = {"ms": "him", "fs": "her"}
THEY = 5
STRESSED = ("me", "te", "", "noi", "voi", "")
DEFINITE = ("il ", "lo ", "la ", "l'", "i ", "gli ", "le ")


@dataclass(frozen=True)
class Pronoun:
    """A pronoun and what it stands for. `rest` is the part of the object that stays after the verb.

    `english` is None if the translation would have two right answers.
    """

    text: str
    stands_for: str
    distractors: tuple[str, ...]
    english: str | None
    rule: Grammar
    rest: str = ""


class DirectPronounPractice:
    """Practises lo, la, li, le for the object of a clause."""

    def __init__(self, content: Content) -> None:
        self._clauses = Clauses(content, Grammar.DIRECT_PRONOUNS, with_definite_objects(content))

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for clause, carrier in self._clauses.drawn(scope, random):
            kind = clause.complement.object or "ms"
            answer = DIRECT[kind]
            if not may_elide(answer, self._clauses.form(clause, carrier.tense)):
                wrong = [pronoun for pronoun in DIRECT.values() if pronoun != answer]
                pronoun = Pronoun(
                    answer,
                    clause.complement.it,
                    tuple(wrong),
                    (ENGLISH_PERSON.get(kind) if "person" in clause.complement.tags else None)
                    or ENGLISH_OBJECT[kind[1]],
                    Grammar.DIRECT_PRONOUNS,
                )
                setting = self._clauses.setting(clause, carrier, scope.level, random)
                yield _sentence(self._clauses, clause, carrier, setting, pronoun)


class IndirectPronounPractice:
    """Practises mi, ti, gli, le, ci, vi for a person, or together with a thing: glielo."""

    def __init__(self, content: Content, grammar: Grammar) -> None:
        self._combined = grammar is Grammar.COMBINED_PRONOUNS
        self._to = {gift.verb: gift.to for gift in content.gifts}
        self._people = content.subjects
        self._clauses = Clauses(content, grammar, _givers(content, combined=self._combined))

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for clause, carrier in self._clauses.drawn(scope, random):
            form = self._clauses.form(clause, carrier.tense)
            receiver = random.choice([person for person in self._people if _is_other(person, clause.subject)])
            kind = clause.complement.object
            if not (self._combined and kind and may_elide(DIRECT[kind], form)):
                pronoun = self._pronoun(clause, receiver, random)
                if receiver.person == THEY:
                    # "Gli scrive" and "scrive loro" are both right translations, but only one fits a gap.
                    pronoun = replace(pronoun, english=None)
                setting = self._clauses.setting(clause, carrier, scope.level, random)
                yield _sentence(self._clauses, clause, carrier, setting, pronoun)

    def _pronoun(self, clause: Clause, receiver: Subject, random: Random) -> Pronoun:
        thing, kind = clause.complement, clause.complement.object
        whom = spaced(self._to[clause.verb.infinitive], _english_object(receiver))
        person = f"a {STRESSED[receiver.person]}" if receiver.pronoun else after_preposition("a", receiver.it)
        if not (self._combined and kind):
            answer = indirect(receiver)
            english = spaced(thing.en, whom) if kind else spaced(whom, thing.en)
            wrong = _wrong_indirect(answer, random)
            return Pronoun(answer, person, wrong, english, Grammar.INDIRECT_PRONOUNS, thing.it)
        answer = combined(receiver, DIRECT[kind])
        wrong = _wrong_combined(receiver, kind, answer)
        english = spaced(ENGLISH_OBJECT[kind[1]], whom)
        return Pronoun(answer, f"{thing.it}, {person}", wrong, english, Grammar.COMBINED_PRONOUNS)


def _sentence(
    clauses: Clauses, clause: Clause, carrier: Carrier, setting: Setting, pronoun: Pronoun
) -> Sentence:
    subject = clause.subject
    form = clauses.form(clause, carrier.tense)
    spoken = subject.it if not subject.pronoun or carrier.tense is Tense.SUBJUNCTIVE_PRESENT else ""
    after = joined(form, pronoun.rest, setting.right)
    verb = verb_phrase(clause.verb.english, carrier.english, subject.person)
    return Sentence(
        before=spaced(setting.left, subject.it),
        answer=pronoun.text,
        after=after,
        hint=pronoun.stands_for,
        distractors=pronoun.distractors,
        explanation=f"“{pronoun.text.capitalize()}” stands for “{pronoun.stands_for}”. "
        f"{explanations.rule(pronoun.rule)}",
        english=pronoun.english
        and joined(
            setting.en_left, spaced(subject.en, with_pronoun(verb, pronoun.english)), setting.en_right
        ),
        translation=spaced(setting.left, spoken, pronoun.text, after),
        shows_hint=True,
        cue=pronoun.stands_for,
        fixed=carrier.tense is Tense.SUBJUNCTIVE_PRESENT,
        other_translations=(
            *setting.around(spaced(spoken, pronoun.text, form, pronoun.rest))[1:],
            *_to_a_stranger(clauses, clause, carrier, setting, pronoun),
        ),
    )


def _to_a_stranger(
    clauses: Clauses, clause: Clause, carrier: Carrier, setting: Setting, pronoun: Pronoun
) -> tuple[str, ...]:
    """The same sentence in the formal Lei, if the subject is tu."""
    if clause.subject.person != TU:
        return ()
    form = clauses.form(replace(clause, subject=LEI), carrier.tense)
    if any(may_elide(word, form) for word in (pronoun.text, pronoun.text[-2:])):
        return ()
    return setting.formally_around(spaced(LEI.it, pronoun.text, form, pronoun.rest))


def may_elide(pronoun: str, form: str) -> bool:
    """Whether l' would be right too, in place of lo or la before this word."""
    return pronoun in ("lo", "la") and form[0] in f"{VOWELS}h"


def indirect(receiver: Subject) -> str:
    third = "le" if receiver.gender == "f" and receiver.number == "singular" else "gli"
    return ("mi", "ti", third, "ci", "vi", "gli")[receiver.person]


def combined(receiver: Subject, direct: str) -> str:
    first = ("me ", "te ", "glie", "ce ", "ve ", "glie")[receiver.person]
    return f"{first}{direct}"


def _wrong_indirect(answer: str, random: Random) -> tuple[str, ...]:
    wrong = {"le": ("gli", "la"), "gli": ("le", "lo")}.get(answer, ())
    others = [pronoun for pronoun in ("mi", "ti", "ci", "vi", "lo", "la") if pronoun not in (answer, *wrong)]
    return (*wrong, *random.sample(others, 3))


def _wrong_combined(receiver: Subject, kind: str, answer: str) -> tuple[str, ...]:
    others = [combined(receiver, direct) for direct in DIRECT.values()]
    wrong = [f"{indirect(receiver)} {DIRECT[kind]}", f"{DIRECT[kind]} {indirect(receiver)}", *others]
    return tuple(form for form in dict.fromkeys(wrong) if form != answer)


def _is_other(person: Subject, subject: Subject) -> bool:
    # "I give it to me" requires a reflexive pronoun, and so do us and you if the subject is among them.
    same_group = {0: (0, 3), 1: (1, 4), 3: (0, 3), 4: (1, 4)}
    return person != subject and person.person not in same_group.get(subject.person, ())


def _english_object(receiver: Subject) -> str:
    third = "her" if receiver.gender == "f" else "him"
    return ("me", "you (singular)", third, "us", "you (plural)", "them")[receiver.person]


def with_definite_objects(content: Content) -> Iterator[Verb]:
    for verb in with_objects(content):
        if found := tuple(thing for thing in verb.complements if thing.it.startswith(DEFINITE)):
            yield verb.model_copy(update={"complements": found})


def _givers(content: Content, *, combined: bool) -> Iterator[Verb]:
    def fits(thing: Complement) -> bool:
        return not combined or (thing.object is not None and thing.it.startswith(DEFINITE))

    for gift in content.gifts:
        if things := tuple(thing for thing in gift.things if fits(thing)):
            verb = content.verb(gift.verb)
            yield verb.model_copy(update={"complements": things, "english": gift.english or verb.english})
