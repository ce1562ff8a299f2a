"""Sentences that practise the present tense and the passato prossimo."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from homework_mock_generator import conjugation, verb_explanations
from homework_mock_generator.content import (
    Complement,
    Content,
    Gender,
    Level,
    Number,
    Subject,
    Tense,
    Verb,
    around,
    up_to,
)
from homework_mock_generator.matching import Scope
from homework_mock_generator.sentences import Sentence, capitalised, in_turn

TENSE_NAMES: dict[Tense, str] = {"present": "presente", "past": "passato prossimo"}
FOUR_FORMS = re.compile(r"(\w+)\|(\w+)\|(\w+)\|(\w+)")


@dataclass(frozen=True)
class Clause:
    verb: Verb
    complement: Complement
    subject: Subject
    tense: Tense

    @property
    def answer(self) -> str:
        subject = self.subject
        if self.tense == "present":
            return conjugation.present(self.verb, subject.person)
        return conjugation.past(self.verb, subject.person, subject.gender, subject.number)


class VerbPractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._clauses: dict[tuple[Tense, Level], list[Clause]] = {}

    def sentences(self, tense: Tense, scope: Scope, random: Random) -> Iterator[Sentence]:
        """More than any homework needs: the topic's sentences first, then all others of the level."""
        clauses = self._all(tense, scope.level)
        on_topic = [clause for clause in clauses if scope.topic in clause.complement.topics]
        others = [clause for clause in clauses if scope.topic not in clause.complement.topics]
        for pool in (on_topic, others):
            for clause in in_turn(pool, lambda clause: clause.verb.infinitive, random):
                yield _sentence(self._content, clause, scope.level, random)

    def _all(self, tense: Tense, level: Level) -> list[Clause]:
        if (tense, level) not in self._clauses:
            self._clauses[tense, level] = list(_clauses(self._content, tense, level))
        return self._clauses[tense, level]


def _clauses(content: Content, tense: Tense, level: Level) -> Iterator[Clause]:
    subjects = up_to(level, content.subjects)
    for verb in content.verbs:
        if tense == "past" and verb.english.past is None:
            continue
        for complement in around(level, verb.complements):
            if tense in complement.tenses:
                clauses = (Clause(verb, complement, subject, tense) for subject in subjects)
                yield from (clause for clause in clauses if _makes_sense(clause))


def _makes_sense(clause: Clause) -> bool:
    subject, complement = clause.subject, clause.complement
    if clause.tense == "present" and subject.person in clause.verb.avoid_persons:
        return False
    if subject.age and complement.who and subject.age != complement.who:
        return False
    needs_gender = complement.agrees or (clause.tense == "past" and clause.verb.auxiliary == "essere")
    return subject.gender is not None or not needs_gender


def _sentence(content: Content, clause: Clause, level: Level, random: Random) -> Sentence:
    time_it, time_en = _time(content, clause, level, random)
    subject, answer = clause.subject, clause.answer
    after = f"{_complement(clause)}."
    spoken = "" if subject.pronoun else subject.it
    return Sentence(
        before=_spaced(time_it, subject.it),
        answer=answer,
        after=after,
        hint=f"{clause.verb.infinitive}, {TENSE_NAMES[clause.tense]}",
        distractors=_distractors(clause, random),
        explanation=verb_explanations.explain(clause.verb, subject, clause.tense, answer),
        english=capitalised(_spaced(time_en, subject.en, _english(clause), clause.complement.en) + "."),
        translation=capitalised(_spaced(time_it, spoken, answer, after)),
    )


def _time(content: Content, clause: Clause, level: Level, random: Random) -> tuple[str, str]:
    if clause.complement.when is None:
        return "", ""
    times = content.times[clause.complement.when]
    choice = random.choice(up_to(level, times.present if clause.tense == "present" else times.past))
    return choice.it, choice.en


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _complement(clause: Clause) -> str:
    subject = clause.subject
    if subject.gender is None:
        return clause.complement.it
    index = (1 if subject.gender == "f" else 0) + (2 if subject.number == "plural" else 0)
    return FOUR_FORMS.sub(lambda forms: str(forms[index + 1]), clause.complement.it)


def _english(clause: Clause) -> str:
    english, person = clause.verb.english, clause.subject.person
    if clause.tense == "past" and english.past:
        return english.past
    if person == 0:
        return english.first or english.base
    return english.third if person == 2 else english.base


def _distractors(clause: Clause, random: Random) -> tuple[str, ...]:
    verb, answer = clause.verb, clause.answer
    if clause.tense == "present":
        wrong = [conjugation.present(verb, person) for person in range(6)]
        random.shuffle(wrong)
    elif verb.auxiliary == "essere":
        wrong = _wrong_agreement(clause)
    else:
        wrong = _wrong_auxiliary(clause, random)
    return tuple(form for form in dict.fromkeys(wrong) if form != answer)


def _wrong_agreement(clause: Clause) -> list[str]:
    verb, subject = clause.verb, clause.subject
    base = conjugation.participle(verb)
    other_gender: Gender = "m" if subject.gender == "f" else "f"
    other_number: Number = "plural" if subject.number == "singular" else "singular"
    return [
        conjugation.past(verb, subject.person, other_gender, subject.number),
        conjugation.compound(verb, "avere", subject.person, base),
        conjugation.past(verb, subject.person, subject.gender, other_number),
    ]


def _wrong_auxiliary(clause: Clause, random: Random) -> list[str]:
    verb, subject = clause.verb, clause.subject
    base = conjugation.participle(verb)
    agreed = conjugation.agreeing(base, subject.gender or "m", subject.number)
    people = [person for person in range(6) if person != subject.person]
    random.shuffle(people)
    others = [conjugation.compound(verb, "avere", person, base) for person in people]
    return [conjugation.compound(verb, "essere", subject.person, agreed), *others]
