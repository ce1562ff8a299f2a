"""Grading decides what is correct, almost correct or wrong, and what the score is."""

import time

import pytest
from tests.support.api.grading import PREPOSITIONS, accepting, choice, gap, graded, translation

from homework_api.grading.grade import NO_ANSWER, grade
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer
from homework_shared.exercises.exercise import Exercise


@pytest.mark.parametrize(
    ("exercise", "given", "verdict"),
    [
        (accepting(gap("siamo andati"), "eravamo andati"), "eravamo andati", AnswerVerdict.CORRECT),
        (accepting(gap("siamo andati"), "eravamo là"), "eravamo la", AnswerVerdict.ALMOST),
        (accepting(gap("siamo andati"), "eravamo andati"), "andiamo", AnswerVerdict.WRONG),
        (accepting(translation("Sto bene."), "Mi sento bene."), "mi sento bene", AnswerVerdict.CORRECT),
        (accepting(choice("a", *PREPOSITIONS), "da"), "C", AnswerVerdict.CORRECT),
        (accepting(choice("a", *PREPOSITIONS), "da"), "in", AnswerVerdict.WRONG),
    ],
)
def test_an_accepted_answer_is_as_right_as_the_first_one(
    exercise: Exercise, given: str, verdict: AnswerVerdict
) -> None:
    assert graded(exercise, given).verdict is verdict


def test_the_feedback_of_a_wrong_answer_names_the_first_right_one() -> None:
    judged = graded(accepting(gap("siamo andati"), "eravamo andati"), "andiamo")
    assert "siamo andati" in judged.feedback
    assert "eravamo" not in judged.feedback


@pytest.mark.parametrize("blank", ["", "  ", None, "\N{ZERO WIDTH SPACE}"])
@pytest.mark.parametrize("exercise", [gap("è"), translation("Ciao."), choice("a", *PREPOSITIONS)])
def test_an_empty_answer_is_wrong_and_is_called_no_answer(exercise: Exercise, blank: str | None) -> None:
    assert graded(exercise, blank) == GradedAnswer(AnswerVerdict.WRONG, NO_ANSWER)


@pytest.mark.parametrize(
    "given",
    ["da", "Da!", "C", "c", "C)", "c.", " c ) ", "C) da", "C: da", "c. da", "C – da", "Vado da Roma."],
)
def test_an_option_is_chosen_by_its_text_or_its_letter(given: str) -> None:
    assert graded(choice("da", *PREPOSITIONS), given) == GradedAnswer(AnswerVerdict.CORRECT)


@pytest.mark.parametrize(("given", "meant"), [("a", "a"), ("A", "in"), ("A)", "in"), ("D", "e"), ("e", "e")])
def test_a_small_letter_is_an_option_before_it_is_a_letter_and_a_capital_is_the_letter(
    given: str, meant: str
) -> None:
    assert graded(choice(meant, *PREPOSITIONS), given).verdict is AnswerVerdict.CORRECT
    judged = graded(choice("da", *PREPOSITIONS), given)
    assert judged == GradedAnswer(AnswerVerdict.WRONG, f"Instead of “{meant}” write “da”.")


@pytest.mark.parametrize("given", ["per", "F", "a da", "E)", "Vado Roma."])
def test_an_answer_that_is_no_option_is_wrong_and_the_feedback_says_so(given: str) -> None:
    judged = graded(choice("da", "in", "su", "da", "con"), given)
    assert judged.verdict is AnswerVerdict.WRONG
    assert judged.feedback == f"“{given}” is none of the options. Expected: “da”."


def test_between_options_that_an_accent_tells_apart_the_accent_decides() -> None:
    exercise = choice("è", "e", "è", "ha", "hai")
    assert graded(exercise, "B").verdict is AnswerVerdict.CORRECT
    assert graded(exercise, "e").verdict is AnswerVerdict.WRONG
    assert "two different words" in graded(exercise, "e").feedback
    assert graded(exercise, "e'").verdict is AnswerVerdict.CORRECT


def test_an_option_that_only_its_capital_tells_apart_is_chosen_as_it_is_written() -> None:
    exercise = choice("Lei", "lei", "Lei", "tu", "voi")
    assert graded(exercise, "Lei").verdict is AnswerVerdict.CORRECT
    assert graded(exercise, "lei") == GradedAnswer(AnswerVerdict.WRONG, "Instead of “lei” write “Lei”.")
    assert graded(exercise, "LEI").verdict is AnswerVerdict.CORRECT


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        (["è", "è", "è"], 100),
        (["è", "è", "e"], 83),
        (["è", "e", "x"], 50),
        (["e", "x", "x"], 17),
        (["x", "", None], 0),
        (["è"] + [""] * 7, 13),
    ],
)
def test_the_score_counts_an_almost_correct_answer_one_half(answers: list[str | None], score: int) -> None:
    assert grade([gap("è")] * len(answers), answers).score == score


def test_only_a_perfect_homework_scores_100_and_only_a_hopeless_one_0() -> None:
    exercises = [gap("è")] * 20
    assert grade(exercises, ["è"] * 19 + ["e"]).score < 100
    assert grade(exercises, ["e"] + ["x"] * 19).score > 0


@pytest.mark.parametrize("answer", ["b " * 499, "ﷺ" * 1000, "a" * 1000, "' " * 499 + "a", "-a" * 500])
@pytest.mark.parametrize("exercise", [translation("a b " * 249), gap("a", "___ " + "a " * 490)])
def test_the_longest_answers_cannot_keep_the_server_busy(exercise: Exercise, answer: str) -> None:
    started = time.process_time()
    grade([exercise] * 20, [answer] * 20)
    assert time.process_time() - started < 2
