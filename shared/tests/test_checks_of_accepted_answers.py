"""Accepted answers of a model are checked like the answer, and one that fails is dropped without its
exercise.
"""

import cProfile
import pstats

import pytest
from tests.support.exercises import gap

from homework_shared.exercises.checks import Check, problems_of_homework
from homework_shared.exercises.exercise import CefrLevel, Exercise, ExerciseType, FillInBlank, Translation
from homework_shared.language.accepted import MOST_OF_A_MODEL, with_right_answers_only
from homework_shared.language.asked import Asked
from homework_shared.language.examine import problems

ASKED = Asked(CefrLevel.A2, None, None)
TRANSLATION = Translation(
    question="Translate: Every evening the two girls watch a film.",
    correct_answer="Ogni sera le due ragazze guardano un film.",
    explanation="“Guardano” is the third person plural of “guardare”.",
)
GAP = FillInBlank(
    question="Le ragazze ___ (guardare, presente) un film.",
    correct_answer="guardano",
    explanation="“Guardano” is the third person plural of “guardare”.",
)


def accepting(exercise: Exercise, *answers: str) -> Exercise:
    return exercise.model_copy(update={"accepted_answers": answers})


def test_what_is_right_stays_as_it_was_written() -> None:
    exercise = accepting(
        TRANSLATION, "Le due ragazze guardano un film ogni sera.", "Ogni sera le due ragazze vedono un film."
    )
    assert with_right_answers_only(exercise, ASKED) == (exercise, [])


@pytest.mark.parametrize(
    ("exercise", "wrong", "check"),
    [
        (TRANSLATION, "Le due ragazza guardano un film ogni sera.", Check.NOUN_AGREEMENT),
        (TRANSLATION, "Ogni sera le due ragazze non guardano un film.", Check.MEANING),
        (TRANSLATION, "Ogni sera le tre ragazze guardano un film.", Check.MEANING),
        (TRANSLATION, "Every evening the two girls watch a film.", Check.ANSWER_VISIBLE),
        (TRANSLATION, "Ogni sera le due ragazze guardano un film su www.esempio.it.", Check.SAFETY),
        (TRANSLATION, "Ogni sera <script>x</script> le due ragazze guardano un film.", Check.PLACEHOLDER),
        (TRANSLATION, "Ogni sera le due ragazze guardano un film. " * 8, Check.LENGTH),
        (TRANSLATION, "ogni sera le due ragazze guardano un film", Check.REPEATED),
        (TRANSLATION, "Ogni sera le due ragazze guardano un flim.", Check.UNKNOWN_WORD),
        (GAP, "guarda", Check.VERB_AGREEMENT),
        (GAP, "guardavano", Check.HINT_MISMATCH),
        (GAP, "un film", Check.ANSWER_VISIBLE),
        (GAP, "___", Check.PLACEHOLDER),
    ],
)  # fmt: skip
def test_a_wrong_accepted_answer_costs_itself_and_says_why(
    exercise: Exercise, wrong: str, check: Check
) -> None:
    kept, found = with_right_answers_only(accepting(exercise, wrong.strip()), ASKED)
    assert kept == exercise
    assert check in {problem.check for problem in found}


def test_those_beyond_the_third_are_neither_kept_nor_looked_at() -> None:
    def calls(exercise: Exercise) -> int:
        with_right_answers_only(exercise, ASKED)
        with cProfile.Profile() as profile:
            with_right_answers_only(exercise, ASKED)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    right = [
        f"Ogni sera le due ragazze guardano un film{ending}"
        for ending in (" insieme.", " a casa.", " nuovo.")
    ]
    many = accepting(TRANSLATION, *right, *(f"{number} film." for number in range(20)))
    kept, found = with_right_answers_only(many, ASKED)
    assert len(kept.accepted_answers) <= MOST_OF_A_MODEL
    assert Check.QUANTITY in {problem.check for problem in found}
    assert calls(many) < calls(accepting(TRANSLATION, *right)) + 100


def test_no_second_option_is_right() -> None:
    choice = gap("Queste scarpe sono ___.", "strette", "stretti", "stretto", "stretta")
    kept, found = with_right_answers_only(accepting(choice, "stretta"), ASKED)
    assert kept == choice
    assert [problem.check for problem in found] == [Check.OPTIONS]


def test_the_exercise_itself_is_none_the_worse() -> None:
    assert problems(accepting(TRANSLATION, "<script>"), ASKED) == problems(TRANSLATION, ASKED) == []


def test_the_form_of_the_mocks_accepted_answers_is_looked_at_on_receipt() -> None:
    types = [ExerciseType.TRANSLATION]
    assert problems_of_homework([TRANSLATION], types) == []
    assert problems_of_homework([accepting(TRANSLATION, "See explanation")], types)
