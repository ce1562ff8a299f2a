"""Writes a homework from the content: pure, and the same for the same job."""

from collections.abc import Iterator
from random import Random

from homework_mock_generator.article_practice import ArticlePractice
from homework_mock_generator.content import Content, Grammar, Tense
from homework_mock_generator.matching import Scope, scope_of
from homework_mock_generator.sentences import Sentence
from homework_mock_generator.verb_practice import VerbPractice
from homework_shared.exercises import (
    BLANK,
    Exercise,
    ExerciseType,
    FillInBlank,
    MultipleChoice,
    Translation,
    types_in_turn,
)
from homework_shared.messages import GenerateHomework


class MockGenerator:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._articles = ArticlePractice(content)
        self._verbs = VerbPractice(content)

    def write(self, job: GenerateHomework) -> tuple[Exercise, ...]:
        """The job's homework; no sentence comes twice."""
        random = Random(job.seed)
        scope = scope_of(job, self._content)
        streams = [self._sentences(grammar, scope, random) for grammar in scope.grammars]
        random.shuffle(streams)
        rounds = len(job.exercise_types)
        exercises: list[Exercise] = []
        for index, type_ in enumerate(types_in_turn(job.exercise_types, job.quantity)):
            # Shifted by one each round: three types over three grammars would pair up otherwise.
            stream = streams[(index + index // rounds) % len(streams)]
            exercises.append(_exercise(type_, _next_for(type_, stream), scope.note, random))
        return tuple(exercises)

    def _sentences(self, grammar: Grammar, scope: Scope, random: Random) -> Iterator[Sentence]:
        if grammar is Grammar.ARTICLES:
            return self._articles.sentences(scope, random)
        tense: Tense = "past" if grammar is Grammar.PAST else "present"
        return self._verbs.sentences(tense, scope, random)


def _next_for(type_: ExerciseType, sentences: Iterator[Sentence]) -> Sentence:
    return next(
        sentence for sentence in sentences if type_ is not ExerciseType.TRANSLATION or sentence.english
    )


def _exercise(type_: ExerciseType, sentence: Sentence, note: str, random: Random) -> Exercise:
    explanation = f"{sentence.explanation} {note}".strip()
    if type_ is ExerciseType.FILL_IN_BLANK:
        return FillInBlank(
            question=sentence.with_gap(f"{BLANK} ({sentence.hint})"),
            correct_answer=sentence.answer,
            explanation=explanation,
        )
    if type_ is ExerciseType.TRANSLATION:
        return Translation(
            question=f"Translate: {sentence.english}",
            correct_answer=sentence.translation,
            explanation=explanation,
        )
    return _multiple_choice(sentence, explanation, random)


def _multiple_choice(sentence: Sentence, explanation: str, random: Random) -> MultipleChoice:
    options = [sentence.answer, *sentence.distractors[:3]]
    random.shuffle(options)
    first, second, third, fourth = options
    return MultipleChoice(
        question=sentence.with_gap(BLANK),
        correct_answer=sentence.answer,
        options=(first, second, third, fourth),
        explanation=explanation,
    )
