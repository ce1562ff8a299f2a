"""Sentences that ask for a preposition; the hint is its English sense, so that one answer is right."""

from collections.abc import Iterator, Sequence
from random import Random

from homework_mock_generator.conjugation import Conjugator
from homework_mock_generator.content import Content, Prepositional, Subject
from homework_mock_generator.determiners import starts_with_vowel
from homework_mock_generator.english import EnglishForm, verb_phrase
from homework_mock_generator.levels import around, up_to
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice.clauses import LEI, TU
from homework_mock_generator.sentences import Sentence, in_turn, spaced

ENOUGH = 12


class PrepositionPractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._conjugator = Conjugator(content.forms)

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        known = around(scope.level, self._content.prepositional, ENOUGH)
        people = up_to(scope.level, self._content.subjects)

        def doers(phrase: Prepositional) -> Sequence[Subject]:
            return [who for who in people if not (who.age and phrase.who and who.age != phrase.who)]

        for on_topic in (True, False):
            chosen = [phrase for phrase in known if (scope.topic in phrase.topics) is on_topic]
            for phrase, subject in in_turn(chosen, doers, random):
                yield self._sentence(phrase, subject)

    def _sentence(self, phrase: Prepositional, subject: Subject) -> Sentence:
        form = self._conjugator.present(phrase.verb, subject.person)
        known = phrase.english or self._content.verb(phrase.verb).english
        english = verb_phrase(known, EnglishForm.PRESENT, subject.person)
        spoken = "" if subject.pronoun else subject.it
        return Sentence(
            before=spaced(subject.it, form),
            answer=phrase.prep,
            after=f"{phrase.rest}.",
            hint=phrase.gloss,
            distractors=phrase.wrong,
            shows_hint=True,
            explanation=self._content.preposition_rules[phrase.rule],
            english=f"{spaced(subject.en, english, phrase.en)}.",
            translation=f"{spaced(spoken, form, phrase.prep, phrase.rest)}.",
            other_answers=_other_forms(phrase.prep, phrase.rest),
            other_translations=tuple(self._otherwise(phrase, subject, spoken, form)),
        )

    def _otherwise(self, phrase: Prepositional, subject: Subject, spoken: str, form: str) -> Iterator[str]:
        usual = f"{phrase.prep} {phrase.rest}"
        yield from (f"{spaced(spoken, form, rest)}." for rest in phrase.also)
        if subject.person == TU:
            formal = self._conjugator.present(phrase.verb, LEI.person)
            yield from (f"{spaced(LEI.it, formal, rest)}." for rest in (usual, *phrase.also))


def _other_forms(preposition: str, rest: str) -> tuple[str, ...]:
    """The other right forms of a preposition before a vowel, which are not common before every vowel: "Ad una
    gara", "d'un panino".
    """
    if preposition == "a" and starts_with_vowel(rest):
        return ("ad",)
    return ("d'",) if preposition == "di" and rest.split()[0] in ("un", "uno", "una") else ()
