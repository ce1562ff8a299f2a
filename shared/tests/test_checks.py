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


def filled(length: int) -> str:
    """A question of this length with a gap and a hint."""
    start, end = "Anna ", "___ (andare)."
    return start + "a" * (length - len(start) - len(end) - 1) + " " + end


@pytest.mark.parametrize(
    ("fitting", "too_long"),
    [
        (gap(filled(500)), gap(filled(501))),
        (gap(answer="v" * 300), gap(answer="v" * 301)),
        (choice("strette", "a" * 300, "b", "c"), choice("strette", "a" * 301, "b", "c")),
    ],
    ids=["question", "answer", "option"],
)
def test_a_text_may_be_as_long_as_it_says_and_no_longer(fitting: Exercise, too_long: Exercise) -> None:
    assert Check.LENGTH not in names(fitting)
    assert names(too_long) == [Check.LENGTH]


@pytest.mark.parametrize(("question", "is_short"), [("___ A", False), ("___A", True)])
def test_a_question_has_at_least_five_letters(question: str, is_short: bool) -> None:
    assert (Check.LENGTH in names(choice(question=question, answer="strette"))) is is_short


def test_a_question_or_an_answer_that_is_next_to_nothing_is_enough_to_refuse_it() -> None:
    assert Check.LENGTH in names(gap(answer="?!"))
    assert Check.LENGTH not in names(gap(answer="è"))


@pytest.mark.parametrize(("answer", "is_visible"), [("alto", True), ("per", False)])
def test_short_words_may_stand_in_the_question_too(answer: str, is_visible: bool) -> None:
    exercise = gap(f"Marco {answer} è ___ (verb) qui.", answer)
    assert (Check.ANSWER_VISIBLE in names(exercise)) is is_visible


@pytest.mark.parametrize(
    ("question", "is_visible"),
    [
        ("La casa grande è ___ (verb).", True),
        ("È ___ (verb) la casa grande.", True),
        ("La casa è grande, ___ (verb).", False),
        ("La casalinga grande ___ (verb).", False),
    ],
)
def test_an_answer_of_several_words_is_visible_where_they_stand_together(
    question: str, is_visible: bool
) -> None:
    assert (Check.ANSWER_VISIBLE in names(gap(question, "casa grande"))) is is_visible


@pytest.mark.parametrize(
    ("question", "answer", "is_wrong"),
    [
        ("Translate: the film.", "the film di Anna.", False),  # One word is not enough.
        ("Translate: Films.", "the of film.", True),
        ("Translate: Films.", "the of il film.", False),
        ("Translate: gli amici di Anna.", "Friends of Anna.", True),
        ("Translate: Friends. (gli amici di Anna)", "Compagni.", False),
    ],
)
def test_two_more_words_of_the_other_language_than_of_its_own_are_proof(
    question: str, answer: str, is_wrong: bool
) -> None:
    assert names(translation(question, answer)) == ([Check.LANGUAGE] if is_wrong else [])


@pytest.mark.parametrize("why", ["It agrees.", "Two words!"])
def test_an_explanation_has_three_words(why: str) -> None:
    assert Check.EXPLANATION in names(gap(why=why))
    assert Check.EXPLANATION not in names(gap(why=f"Here {why}"))


def test_a_homework_of_the_wrong_number_says_so_and_nothing_of_the_types() -> None:
    types = [ExerciseType.FILL_IN_BLANK]
    [problem] = problems_of_homework([translation(), gap()], types)
    assert (problem.check, problem.detail) == (Check.QUANTITY, "2 exercises instead of 1")
