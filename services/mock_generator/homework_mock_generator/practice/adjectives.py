"""Sentences that ask for the form of an adjective."""

from collections.abc import Iterator, Sequence
from random import Random

from homework_mock_generator.conjugation import Conjugator, Tense
from homework_mock_generator.content import Adjective, AdjectiveFrame, Content, Noun, Number
from homework_mock_generator.determiners import attach, definite
from homework_mock_generator.levels import around, pick
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.sentences import Sentence, in_turn
from homework_shared.exercises.curriculum import Grammar

ENOUGH_NOUNS, ENOUGH_FRAMES, ENOUGH_ADJECTIVES = 60, 10, 16
ENGLISH_BE: dict[Tense, tuple[str, str]] = {
    Tense.PRESENT: ("is", "are"),
    Tense.IMPERFECT: ("was", "were"),
    Tense.FUTURE: ("will be", "will be"),
    Tense.CONDITIONAL: ("would be", "would be"),
    Tense.SUBJUNCTIVE_PRESENT: ("is", "are"),
    Tense.SUBJUNCTIVE_IMPERFECT: ("was", "were"),
}
Phrase = tuple[AdjectiveFrame, Adjective, Number]


class AdjectivePractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._conjugator = Conjugator(content.forms)

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        nouns = around(scope.level, self._content.nouns, ENOUGH_NOUNS)
        frames = around(scope.level, self._content.adjective_frames, ENOUGH_FRAMES)
        adjectives = around(scope.level, self._content.adjectives, ENOUGH_ADJECTIVES)

        def fitting(noun: Noun) -> Sequence[Phrase]:
            kinds = set(noun.kinds)
            described = [adjective for adjective in adjectives if kinds & set(adjective.kinds)]
            return [
                (frame, adjective, number)
                for frame in frames
                if kinds & set(frame.kinds)
                for number in frame.numbers
                if number == "singular" or (noun.plural and noun.plural != noun.it)
                for adjective in described
            ]

        for on_topic in (True, False):
            chosen = [noun for noun in nouns if (scope.topic in noun.topics) is on_topic]
            for noun, (frame, adjective, number) in in_turn(chosen, fitting, random):
                yield self._sentence(noun, frame, adjective, number)

    def _sentence(self, noun: Noun, frame: AdjectiveFrame, adjective: Adjective, number: Number) -> Sentence:
        plural = number == "plural"
        gender = noun.plural_gender or noun.gender if plural else noun.gender
        word = noun.plural or noun.it if plural else noun.it
        answer = pick(adjective.forms, gender, number)
        be = self._conjugator.simple("essere", frame.tense, 5 if plural else 2)
        phrase = attach(definite(word, gender, number), word)
        italian, *others = (
            text.replace("{np}", phrase).replace("{be}", be) for text in (frame.it, *frame.also)
        )
        before, after = italian.split("{adjective}")
        # Adjectives in -e have two forms; the others are mistakes that a student might make.
        stem = adjective.forms[0][:-1]
        forms = dict.fromkeys((*adjective.forms, f"{stem}o", f"{stem}a"))
        return Sentence(
            before=before.strip(),
            answer=answer,
            after=after.strip(),
            hint=adjective.forms[0],
            distractors=tuple(form for form in forms if form != answer),
            explanation=f"“{word.capitalize()}” is {explanations.GENDERS[gender]} {number}, "
            f"so the adjective is “{answer}”. {explanations.rule(Grammar.ADJECTIVES)}",
            english=_english(noun, frame, adjective, plural=plural),
            translation=italian.replace("{adjective}", answer),
            fixed=frame.fixed,
            other_translations=tuple(other.replace("{adjective}", answer) for other in others),
        )


def _english(noun: Noun, frame: AdjectiveFrame, adjective: Adjective, *, plural: bool) -> str | None:
    if not noun.translate:
        return None
    word = (noun.en_plural or noun.en) if plural else noun.en
    text = (
        frame.en.replace("{np}", f"the {word}").replace("{noun}", word).replace("{adjective}", adjective.en)
    )
    return text.replace("{be}", ENGLISH_BE[frame.tense][plural])
