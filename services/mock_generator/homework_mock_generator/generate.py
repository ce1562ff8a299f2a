"""Writes a homework from the content without side effects: the same job always gives the same homework."""

from collections.abc import Iterator, Mapping
from itertools import chain
from random import Random

from homework_mock_generator.content import Content, Opener
from homework_mock_generator.matching import Scope, scope_of
from homework_mock_generator.practice.adjectives import AdjectivePractice
from homework_mock_generator.practice.articles import ArticlePractice
from homework_mock_generator.practice.comparisons import ComparisonPractice
from homework_mock_generator.practice.nouns import NounPractice
from homework_mock_generator.practice.numbers import NumberPractice
from homework_mock_generator.practice.passive import PassivePractice
from homework_mock_generator.practice.prepositions import PrepositionPractice
from homework_mock_generator.practice.pronouns import DirectPronounPractice, IndirectPronounPractice
from homework_mock_generator.practice.relatives import RelativePractice
from homework_mock_generator.practice.verbs import VerbPractice
from homework_mock_generator.sentences import Practice, Sentence
from homework_shared.exercises.checks import problems
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import (
    BLANK,
    Exercise,
    ExerciseType,
    FillInBlank,
    MultipleChoice,
    Translation,
    grammar_in_turn,
    types_in_turn,
)
from homework_shared.exercises.messages import GenerateHomework

SHARE_OPENED = 0.5
MOST_ACCEPTED = 12
"""The number of right answers beside the first one. Teachers read the key, so it shows what may vary and not
every combination.
"""


class MockGenerator:
    def __init__(self, content: Content) -> None:
        self._practices = practices(content)
        self._openers = content.openers

    def write(self, job: GenerateHomework) -> tuple[Exercise, ...]:
        """The job's homework, without repeated sentences. Raises LookupError if the content has too few
        sentences.
        """
        random = Random(job.seed)
        scope = scope_of(job)
        # There are always enough sentences in the present, so that the last resort can do every job.
        reserve = self._practices[Grammar.PRESENT].sentences(scope, random)
        streams = [
            chain(self._practices[grammar].sentences(scope, random), reserve) for grammar in scope.grammars
        ]
        random.shuffle(streams)
        openers = self._openers_for(scope, random)
        exercises: dict[str, Exercise] = {}
        for index, type_ in enumerate(types_in_turn(job.exercise_types, job.quantity)):
            stream = streams[grammar_in_turn(index, len(job.exercise_types), len(streams))]
            for sentence in _usable(type_, stream):
                opener = openers and not sentence.fixed and random.random() < SHARE_OPENED
                sentence = sentence.opened(openers[-1]) if opener else sentence
                exercise = exercise_of(type_, sentence, scope.note, random)
                # Two gaps may have the same question apart from their hints: "Le mele sono ___."
                if exercise.question not in exercises and not problems(exercise):
                    exercises[exercise.question] = exercise
                    openers = openers[:-1] if opener else openers
                    break
            else:
                raise LookupError(f"the content has too few sentences for {scope} and {type_}")
        return tuple(exercises.values())

    def _openers_for(self, scope: Scope, random: Random) -> list[Opener]:
        """The openers of the level in random order, so that none is repeated in a homework."""
        openers = [opener for opener in self._openers if opener.level == scope.level]
        return random.sample(openers, len(openers))


def practices(content: Content) -> Mapping[Grammar, Practice]:
    """One practice for each grammar of the curriculum."""
    own: dict[Grammar, Practice] = {
        Grammar.ARTICLES: ArticlePractice(content),
        Grammar.NOUNS: NounPractice(content),
        Grammar.ADJECTIVES: AdjectivePractice(content),
        Grammar.PREPOSITIONS: PrepositionPractice(content),
        Grammar.PASSIVE: PassivePractice(content),
        Grammar.DIRECT_PRONOUNS: DirectPronounPractice(content),
        Grammar.INDIRECT_PRONOUNS: IndirectPronounPractice(content, Grammar.INDIRECT_PRONOUNS),
        Grammar.COMBINED_PRONOUNS: IndirectPronounPractice(content, Grammar.COMBINED_PRONOUNS),
        Grammar.RELATIVE_PRONOUNS: RelativePractice(content),
        Grammar.COMPARATIVES: ComparisonPractice(content),
        Grammar.NUMBERS_AND_TIME: NumberPractice(content),
    }
    return {grammar: own.get(grammar) or VerbPractice(content, grammar) for grammar in Grammar}


def _usable(type_: ExerciseType, sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    return (sentence for sentence in sentences if type_ is not ExerciseType.TRANSLATION or sentence.english)


def exercise_of(type_: ExerciseType, sentence: Sentence, note: str, random: Random) -> Exercise:
    """The sentence as an exercise of this type; a translation needs a sentence with English."""
    explanation = f"{sentence.explanation} {note}".strip()
    if type_ is ExerciseType.FILL_IN_BLANK:
        return FillInBlank(
            question=sentence.with_gap(f"{BLANK} ({sentence.hint})"),
            correct_answer=sentence.answer,
            accepted_answers=sentence.other_answers,
            explanation=explanation,
        )
    if type_ is ExerciseType.TRANSLATION:
        return Translation(
            question=sentence.to_translate,
            correct_answer=sentence.in_italian,
            accepted_answers=_others(sentence),
            explanation=explanation,
        )
    return _multiple_choice(sentence, explanation, random)


def _others(sentence: Sentence) -> tuple[str, ...]:
    distinct = dict.fromkeys(sentence.otherwise_in_italian)
    return tuple(other for other in distinct if other != sentence.in_italian)[:MOST_ACCEPTED]


def _multiple_choice(sentence: Sentence, explanation: str, random: Random) -> MultipleChoice:
    options = [sentence.answer, *sentence.distractors[:3]]
    random.shuffle(options)
    first, second, third, fourth = options
    return MultipleChoice(
        question=sentence.with_gap(f"{BLANK} ({sentence.hint})" if sentence.shows_hint else BLANK),
        correct_answer=sentence.answer,
        options=(first, second, third, fourth),
        explanation=explanation,
    )
