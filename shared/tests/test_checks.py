import pytest

from homework_shared.exercises.checks import Check, problems, problems_of_homework
from homework_shared.exercises.exercise import (
    Exercise,
    ExerciseType,
    FillInBlank,
    MultipleChoice,
    Translation,
)

WHY = "Andare takes essere, so the participle agrees."


def gap(
    question: str = "Ieri Anna ___ al mare. (andare)", answer: str = "è andata", why: str = WHY
) -> Exercise:
    return FillInBlank(question=question, correct_answer=answer, explanation=why)


def translation(
    question: str = "Translate: We live near the sea.", answer: str = "Abitiamo vicino al mare."
) -> Exercise:
    return Translation(question=question, correct_answer=answer, explanation=WHY)


def choice(*options: str, question: str = "Queste scarpe sono ___.", answer: str = "strette") -> Exercise:
    first, second, third, fourth = options or ("strette", "stretti", "stretto", "stretta")
    return MultipleChoice(
        question=question, correct_answer=answer, options=(first, second, third, fourth), explanation=WHY
    )


def names(exercise: Exercise) -> list[Check]:
    return [problem.check for problem in problems(exercise)]


@pytest.mark.parametrize(
    "exercise",
    [
        gap(),
        gap("___ (il) amico di Marco è qui.", "L'"),
        gap("Marco va ___ (to) casa a piedi.", "a"),
        gap(why="To answer a question a speaker of Italian may leave the pronoun out."),
        translation(),
        translation("Translate: I give it to you. (il libro)", "Te lo do."),
        choice(),
        choice("un", "uno", "una", "un'", question="Giulia cerca ___ ombrello.", answer="un"),
    ],
)
def test_a_good_exercise_has_no_problem(exercise: Exercise) -> None:
    assert problems(exercise) == []


@pytest.mark.parametrize(
    ("exercise", "check"),
    [
        (gap("Ieri Anna ___ al mare."), Check.HINT),
        (gap("Ieri Anna ___ al mare. ()"), Check.HINT),
        (gap("Sono andata: è andata anche Anna, ___ (andare).", "è andata"), Check.ANSWER_VISIBLE),
        (gap("Noi ___ (Mangiamo) la pizza.", "mangiamo"), Check.ANSWER_VISIBLE),
        (gap(why="andata"), Check.EXPLANATION),
        (gap(why="It agrees"), Check.EXPLANATION),
        (gap(why="Andare takes essere, so the participle agrees"), Check.EXPLANATION),
        (gap(why="See explanation."), Check.PLACEHOLDER),
        (gap(why="The right one is answer A."), Check.PLACEHOLDER),
        (gap(why="The right one is option b."), Check.PLACEHOLDER),
        (gap("Exercise 1: ___ (verb) here.", "risposta"), Check.PLACEHOLDER),
        (gap("[…] ___ (andare) al mare.", "è andata"), Check.PLACEHOLDER),
        (gap(answer="___"), Check.PLACEHOLDER),
        (gap(answer="..."), Check.LENGTH),
        (choice(question="___"), Check.LENGTH),
        (gap("Anna " + "molto " * 100 + "___ (andare).", "va"), Check.LENGTH),
        (translation("We live near the sea."), Check.INSTRUCTION),
        (translation("Translate: "), Check.INSTRUCTION),
        (translation("Translate: Abitiamo vicino al mare."), Check.ANSWER_VISIBLE),
        (translation("Translate: Il gatto è sul tavolo della nonna."), Check.LANGUAGE),
        (translation(answer="We are living at the sea with the cat."), Check.LANGUAGE),
        (choice("strette", "Strette.", "stretto", "stretta"), Check.OPTIONS_ALIKE),
        (choice(question="Queste scarpe strette sono ___."), Check.ANSWER_VISIBLE),
    ],
)
def test_each_check_finds_the_fault_it_is_for(exercise: Exercise, check: Check) -> None:
    assert check in names(exercise)


def test_a_homework_must_have_its_types_in_turn_and_no_question_twice() -> None:
    types = [ExerciseType.FILL_IN_BLANK, ExerciseType.TRANSLATION]
    assert problems_of_homework([gap(), translation()], types) == []

    def found(*exercises: Exercise) -> list[Check]:
        return [problem.check for problem in problems_of_homework(exercises, types)]

    assert found(translation(), gap()) == [Check.TYPES]
    assert found(gap()) == [Check.QUANTITY]
    assert Check.REPEATED in found(gap(), gap("ieri  Anna ___ al mare. (andare)"))


def test_a_problem_quotes_nothing_of_the_exercise() -> None:
    secret = "Lorem ipsum di Anna"
    for problem in problems(gap(f"{secret} ___", secret, secret)):
        assert "Anna" not in problem.detail
