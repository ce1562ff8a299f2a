"""Sentences that practise one tense or mood: a clause in a carrier that requires it."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from homework_mock_generator.conjugation import COMPOUND, LABELS, Tense, agreeing
from homework_mock_generator.content import Carrier, Content, Gender, Number
from homework_mock_generator.english import EnglishForm, verb_phrase
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.practice.clauses import LEI, TU, Clause, Clauses, Setting, joined
from homework_mock_generator.sentences import Sentence, spaced
from homework_shared.exercises.curriculum import Grammar

KEEPS_PRONOUN = frozenset({Tense.SUBJUNCTIVE_PRESENT, Tense.SUBJUNCTIVE_IMPERFECT})
"""Italian adds io or tu in these tenses, because the ending alone does not tell the person."""

GOING_ON = frozenset({Tense.IMPERFECT, Tense.SUBJUNCTIVE_IMPERFECT})
"""The tenses that can express what stare with the gerund expresses."""


class VerbPractice:
    """Practises a grammar that is a tense or a mood."""

    def __init__(self, content: Content, grammar: Grammar) -> None:
        verbs = [verb for verb in content.verbs if verb.reflexive or grammar is not Grammar.REFLEXIVES]
        self._fixed = grammar is Grammar.HYPOTHETICAL
        self._clauses = Clauses(content, grammar, verbs, nobody_named=grammar is Grammar.IMPERATIVE)
        self._conjugator = self._clauses.conjugator

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for clause, carrier in self._clauses.drawn(scope, random):
            setting = self._clauses.setting(clause, carrier, scope.level, random)
            if carrier.tense is Tense.IMPERATIVE:
                yield self._imperative(clause, setting, random)
            elif carrier.tense is Tense.GERUND:
                yield self._gerund(clause, setting, random)
            else:
                yield self._finite(clause, carrier, setting, random)

    def _finite(self, clause: Clause, carrier: Carrier, setting: Setting, random: Random) -> Sentence:
        subject, answer = clause.subject, self._clauses.form(clause, carrier.tense)
        translation, *others = self._translations(clause, carrier, setting)
        verb_en = verb_phrase(clause.verb.english, carrier.english, subject.person)
        after = joined("", clause.italian_complement, setting.right)
        return Sentence(
            before=spaced(setting.left, subject.it),
            answer=answer,
            after=after,
            hint=f"{clause.verb.infinitive}, {LABELS[carrier.tense]}",
            distractors=self._distractors(clause, carrier.tense, answer, random),
            explanation=explanations.of_verb(clause, carrier, answer, self._conjugator),
            english=joined(
                setting.en_left, spaced(subject.en, verb_en, clause.complement.en), setting.en_right
            ),
            translation=translation,
            cue="passato remoto" if carrier.tense is Tense.REMOTE else "",
            fixed=self._fixed or carrier.tense in KEEPS_PRONOUN or after.endswith("!"),
            other_answers=self._conjugator.other_forms(clause.verb, carrier.tense, subject.person),
            other_translations=tuple(others),
        )

    def _translations(self, clause: Clause, carrier: Carrier, setting: Setting) -> tuple[str, ...]:
        """Every right translation, the usual words first."""
        found = setting.around(*self._said(clause, carrier))
        if clause.subject.person == TU:
            found += setting.formally_around(*self._said(replace(clause, subject=LEI), carrier))
        return found

    def _said(self, clause: Clause, carrier: Carrier) -> list[str]:
        subject, verb, tense = clause.subject, clause.verb, carrier.tense
        spoken = subject.it if not subject.pronoun or tense in KEEPS_PRONOUN else ""
        forms = [self._clauses.form(clause, tense)]
        if carrier.english is EnglishForm.PAST_PROGRESSIVE and tense in GOING_ON and not verb.state:
            forms.append(self._conjugator.going_on(verb, tense, subject.person))
        forms += self._conjugator.other_forms(verb, tense, subject.person)
        return [spaced(spoken, form, thing) for thing in clause.italian_complements for form in forms]

    def _gerund(self, clause: Clause, setting: Setting, random: Random) -> Sentence:
        verb, answer = clause.verb, self._conjugator.gerund(clause.verb)
        after = joined("", clause.italian_complement, setting.right)
        # A participle would be right too: "finito il lavoro, …".
        wrong = [
            self._clauses.form(clause, Tense.IMPERFECT),
            self._clauses.form(clause, Tense.PRESENT),
            verb.infinitive,
        ]
        wrong.append(
            answer.removesuffix("ando").removesuffix("endo") + ("endo" if answer.endswith("ando") else "ando")
        )
        english = spaced(verb.english.gerund, clause.complement.en)
        return Sentence(
            before=setting.left,
            answer=answer,
            after=after,
            hint=f"{verb.infinitive}, {LABELS[Tense.GERUND]}",
            distractors=tuple(dict.fromkeys(form for form in random.sample(wrong, 4) if form != answer)),
            explanation=explanations.of_gerund(verb, answer),
            english=joined(setting.en_left, english, setting.en_right),
            translation=spaced(setting.left, answer, after),
            fixed=True,
            other_translations=self._without_subject(clause, setting, answer)[1:],
        )

    def _imperative(self, clause: Clause, setting: Setting, random: Random) -> Sentence:
        verb, person = clause.verb, clause.subject.person
        answer = self._clauses.form(clause, Tense.IMPERATIVE)
        after = joined("", clause.italian_complement, setting.right)
        forms = [self._conjugator.simple(verb.infinitive, Tense.IMPERATIVE, other) for other in (1, 2, 4)]
        wrong = [verb.infinitive, *forms, self._conjugator.simple(verb.infinitive, Tense.PRESENT, 0)]
        who = {1: "tu", 2: "Lei", 3: "noi", 4: "voi"}[person]
        english = spaced(verb.english.infinitive, clause.complement.en)
        return Sentence(
            before=setting.left,
            answer=answer,
            after=after,
            hint=f"{verb.infinitive}, imperativo, {who}",
            distractors=tuple(dict.fromkeys(form for form in random.sample(wrong, 5) if form != answer)),
            explanation=explanations.of_imperative(verb, who, answer),
            english=joined(setting.en_left, english, setting.en_right),
            translation=spaced(setting.left, answer, after),
            shows_hint=True,
            fixed=True,
            other_translations=self._without_subject(clause, setting, answer)[1:],
        )

    def _without_subject(self, clause: Clause, setting: Setting, form: str) -> tuple[str, ...]:
        return setting.around(*(spaced(form, thing) for thing in clause.italian_complements))

    def _distractors(self, clause: Clause, tense: Tense, answer: str, random: Random) -> tuple[str, ...]:
        verb, subject = clause.verb, clause.subject
        if tense in COMPOUND:
            wrong = self._wrong_compounds(clause, tense, random)
        else:
            people = random.sample(range(6), 6)
            wrong = [self._conjugator.form(verb, tense, person) for person in people]
            if tense is Tense.SUBJUNCTIVE_PRESENT:
                wrong.insert(0, self._conjugator.form(verb, Tense.PRESENT, subject.person))
        # "Parliamo" is both present and subjunctive, so the form of another mood may be the right one.
        return tuple(form for form in dict.fromkeys(wrong) if form != answer)

    def _wrong_compounds(self, clause: Clause, tense: Tense, random: Random) -> list[str]:
        verb, subject, build = clause.verb, clause.subject, self._conjugator
        base, person = build.participle(verb), subject.person
        gender, number = subject.gender or "m", subject.number
        if verb.auxiliary == "essere":
            other_gender: Gender = "m" if gender == "f" else "f"
            other_number: Number = "plural" if number == "singular" else "singular"
            return [
                build.form(verb, tense, person, other_gender, number),
                build.compound(verb, "avere", tense, person, base),
                build.form(verb, tense, person, gender, other_number),
            ]
        people = [other for other in random.sample(range(6), 6) if other != person]
        others = [build.compound(verb, "avere", tense, other, base) for other in people]
        return [build.compound(verb, "essere", tense, person, agreeing(base, gender, number)), *others]
