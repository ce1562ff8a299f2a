"""Exercises to grade, and the grade of one answer."""

from typing import Any

from homework_api.grading.grade import grade
from homework_api.grading.verdicts import GradedAnswer
from homework_shared.exercises.exercise import Exercise, FillInBlank, MultipleChoice, Translation

SENTENCE = "Ieri noi ___ al mare. (andare)"
PREPOSITIONS = ("in", "a", "da", "e")


def gap(answer: str, question: str = SENTENCE) -> FillInBlank:
    return FillInBlank(question=question, correct_answer=answer, explanation="x")


def translation(answer: str) -> Translation:
    return Translation(question="Translate: …", correct_answer=answer, explanation="x")


def english(question: str, answer: str) -> Translation:
    return Translation(question=f"Translate: {question}", correct_answer=answer, explanation="x")


def choice(answer: str, *options: str) -> MultipleChoice:
    fields: dict[str, Any] = {"question": "Vado ___ Roma.", "explanation": "x"}
    return MultipleChoice(correct_answer=answer, options=options, **fields)


def graded(exercise: Exercise, answer: str | None) -> GradedAnswer:
    [judged] = grade([exercise], [answer]).answers
    return judged


def accepting(exercise: Exercise, *answers: str) -> Exercise:
    return exercise.model_copy(update={"accepted_answers": answers})
