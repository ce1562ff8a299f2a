"""A teacher's decisions override the grading by rules, and can be withdrawn."""

from typing import Any

import pytest
from tests.support.api.decided_class import CHOICE, MIDNIGHT

from homework_api.grading.same_answer import key_of
from homework_api.grading.teachers_word import (
    ACCEPTED,
    REFUSED,
    Decided,
    as_decided,
    exercise_of,
    grade_stored,
    overrule,
    remembering,
)

SENTENCE: dict[str, Any] = {
    "type": "translation",
    "question": "Translate: I go to the cinema every evening.",
    "correct_answer": "Vado al cinema ogni sera.",
    "options": None,
    "explanation": "Ogni takes the singular.",
}


def graded(exercise: dict[str, Any], answer: str | None) -> tuple[str, str]:
    [one] = grade_stored([exercise], [answer]).answers
    return one["verdict"], one["feedback"]


def accepting(exercise: dict[str, Any], answer: str) -> dict[str, Any]:
    return remembering(exercise, [Decided(answer, right=True)])


def refusing(exercise: dict[str, Any], answer: str) -> dict[str, Any]:
    return remembering(exercise, [Decided(answer, right=False)])


@pytest.mark.parametrize(
    "typed",
    ["ventiquattro", " VENTIQUATTRO ", "“ventiquattro”.", "Ci vediamo a ventiquattro.", "venti-quattro"],
)
def test_an_accepted_answer_is_right_however_it_is_typed(typed: str) -> None:
    assert graded(MIDNIGHT, typed)[0] != "correct"
    assert graded(accepting(MIDNIGHT, "ventiquattro"), typed) == ("correct", ACCEPTED)


def test_what_is_nearly_an_accepted_answer_is_almost_right() -> None:
    assert graded(MIDNIGHT, "venti quattro")[0] == "wrong"
    assert graded(accepting(MIDNIGHT, "ventiquattro"), "venti quattro")[0] == "almost"
    assert graded(accepting(MIDNIGHT, "ventiquattro"), "le due")[0] == "wrong"


def test_a_refused_answer_is_wrong_and_what_the_rules_say_of_others_stays() -> None:
    refused = refusing(SENTENCE, "Vado al cinema ogni sera")
    assert graded(refused, "vado al cinema ogni sera!") == ("wrong", REFUSED)
    assert graded(refused, "Ogni sera vado al cinema.") == graded(SENTENCE, "Ogni sera vado al cinema.")


def test_an_option_is_the_same_answer_by_its_letter_and_by_its_text() -> None:
    accepted = accepting(CHOICE, "in")
    assert [graded(accepted, typed)[0] for typed in ("in", "A", "a) in", "IN", "B", "da")] == [
        "correct", "correct", "correct", "correct", "correct", "wrong",
    ]  # fmt: skip
    assert graded(refusing(CHOICE, "a"), "B") == ("wrong", REFUSED)


def test_a_blank_answer_stays_blank() -> None:
    assert graded(accepting(MIDNIGHT, "ventiquattro"), " ") == ("wrong", "No answer")
    assert graded(accepting(MIDNIGHT, "ventiquattro"), None) == ("wrong", "No answer")


def test_a_decision_that_is_taken_away_leaves_the_grade_that_was_there() -> None:
    answers = ["venti quattro", "VADO al cinema ogni sera", "in"]
    # Another version gave this grade, and today's rules would not.
    stored = [{"verdict": "wrong", "feedback": "as it was"}] * 3
    decided = [
        accepting(MIDNIGHT, "ventiquattro"),
        refusing(SENTENCE, "Vado al cinema ogni sera."),
        accepting(CHOICE, "in"),
    ]
    overruled = overrule(decided, answers, stored)
    assert [each["verdict"] for each in overruled.answers] == ["almost", "wrong", "correct"]
    assert overruled.score == 50
    again = overrule(decided, answers, overruled.answers)
    assert again == overruled
    plain = overrule([MIDNIGHT, SENTENCE, CHOICE], answers, again.answers)
    assert (plain.answers, plain.score) == (stored, 0)


def test_what_the_rules_said_is_kept_beside_the_teachers_word() -> None:
    [one] = grade_stored([accepting(MIDNIGHT, "le due")], ["le due"]).answers
    assert one == {
        "verdict": "correct",
        "feedback": ACCEPTED,
        "by_teacher": True,
        "rules": {"verdict": "wrong", "feedback": "Instead of “le due” write “mezzanotte”."},
    }


def test_the_right_answers_of_an_exercise_are_those_that_the_teacher_leaves() -> None:
    more = MIDNIGHT | {"accepted_answers": ["la mezzanotte"]}
    decided = remembering(more, [Decided("ventiquattro", right=True), Decided("Mezzanotte", right=False)])
    assert (as_decided(decided)["correct_answer"], as_decided(decided)["accepted_answers"]) == (
        "ventiquattro",
        ["la mezzanotte"],
    )
    assert as_decided(accepting(MIDNIGHT, "MEZZANOTTE"))["accepted_answers"] == []
    assert as_decided(refusing(MIDNIGHT, "mezzanotte"))["correct_answer"] == "mezzanotte", "there is no other"
    assert as_decided(more) == more


def test_an_accepted_answer_that_is_not_an_option_is_correct_and_not_shown_as_an_option() -> None:
    accepted = accepting(CHOICE, "verso")
    assert graded(accepted, "verso") == ("correct", ACCEPTED)
    assert exercise_of(as_decided(accepted)) == exercise_of(CHOICE)


def test_an_exercise_stays_readable_however_much_is_accepted() -> None:
    full = MIDNIGHT | {"accepted_answers": [f"parola {n}" for n in range(24)]}
    shown = as_decided(remembering(full, [Decided(f"altra {n}", right=True) for n in range(30)]))
    assert exercise_of(shown).accepted_answers[0] == "altra 0", "the teacher's go first"


def test_an_exercise_with_stored_decisions_is_still_valid() -> None:
    assert exercise_of(accepting(CHOICE, "in")) == exercise_of(CHOICE)
    assert remembering(accepting(MIDNIGHT, "x"), []) == MIDNIGHT


@pytest.mark.parametrize(
    ("exercise", "one", "other"),
    [
        (MIDNIGHT, "mezzanotte", "mezza notte"),
        (MIDNIGHT, "e", "è"),
        (SENTENCE, "un amico", "un'amico"),
        (SENTENCE, "Ogni sera vado", "Vado ogni sera"),
        (CHOICE, "in", "da"),
    ],
)
def test_answers_that_grading_tells_apart_are_not_the_same(
    exercise: dict[str, Any], one: str, other: str
) -> None:
    assert key_of(exercise_of(exercise), one) != key_of(exercise_of(exercise), other)
