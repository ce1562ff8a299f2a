"""The grammar that the engine enforces is compared with the rules of the exercises."""

import json
import re
from random import Random

import pytest

from homework_generator.errors import Unusable
from homework_generator.writing.schema import SCHEMAS, parse
from homework_shared.exercises.exercise import BLANK, ExerciseType, MultipleChoice
from homework_shared.language.accepted import MOST_OF_A_MODEL

GOOD: dict[ExerciseType, dict[str, object]] = {
    ExerciseType.FILL_IN_BLANK: {
        "type": "fill_in_blank",
        "question": "La casa ___ grande. (essere)",
        "correct_answer": "è",
        "explanation": "“È” is the third person singular of “essere”.",
    },
    ExerciseType.TRANSLATION: {
        "type": "translation",
        "question": "Translate: The house is big.",
        "correct_answer": "La casa è grande.",
        "explanation": "“Grande” has one form for both genders.",
    },
    ExerciseType.MULTIPLE_CHOICE: {
        "type": "multiple_choice",
        "question": "La casa è ___.",
        "correct_answer": "bella",
        "wrong_options": ["bello", "belle", "belli"],
        "explanation": "“Bella” agrees with “casa”, which is feminine singular.",
    },
}


def matches(kind: ExerciseType, field: str, text: str) -> bool:
    return re.search(SCHEMAS[kind]["properties"][field]["pattern"], text) is not None


@pytest.mark.parametrize(
    "question",
    [
        "Ogni mattina Marco ___ il caffè al bar. (bere)",
        "___ zaino di Sara è blu. (the)",
        "Noi mangiamo la ___. (pizza)",
        "L'___ è alta. (tree)",
        "Perché non ___? (venire)",
    ],
)
def test_natural_gaps_are_possible(question: str) -> None:
    assert matches(ExerciseType.FILL_IN_BLANK, "question", question)


@pytest.mark.parametrize(
    "question",
    [
        "Ogni mattina Marco beve il caffè. (bere)",  # It has no gap.
        "Io ___ e tu ___ bene. (stare)",  # It has two gaps.
        "Ogni mattina Marco ___ il caffè.",  # It has no hint.
        "Ogni mattina\nMarco ___ il caffè. (bere)",
        "Ogni \x00mattina Marco ___ il caffè. (bere)",
        'Marco ___ "ciao". (dire)',  # A quotation mark would need an escape.
        "Marco ____ bene. (stare)",
    ],
)
def test_what_is_not_one_gap_with_a_hint_is_impossible(question: str) -> None:
    assert not matches(ExerciseType.FILL_IN_BLANK, "question", question)


def test_only_keywords_that_the_backend_enforces_are_used() -> None:
    allowed = {"type", "properties", "required", "additionalProperties", "const", "pattern"}
    allowed |= {"items", "minItems", "maxItems"}

    def keywords(schema: object) -> set[str]:
        if not isinstance(schema, dict):
            return set()
        inner = [keywords(value) for value in schema.get("properties", {}).values()]
        return set(schema).union(keywords(schema.get("items")), *inner)

    for schema in SCHEMAS.values():
        assert keywords(schema) <= allowed
        assert schema["required"] == [name for name in schema["properties"] if name != "accepted_answers"]


@pytest.mark.parametrize("kind", [ExerciseType.FILL_IN_BLANK, ExerciseType.TRANSLATION])
def test_other_right_answers_are_a_short_list_that_may_be_left_away(kind: ExerciseType) -> None:
    accepted, answer = (SCHEMAS[kind]["properties"][name] for name in ("accepted_answers", "correct_answer"))
    assert (accepted["minItems"], accepted["maxItems"]) == (1, MOST_OF_A_MODEL)
    assert accepted["items"] == answer
    assert parse(json.dumps(GOOD[kind]), seed=1).accepted_answers == ()
    with_another = GOOD[kind] | {"accepted_answers": ["È grande la casa."]}
    assert parse(json.dumps(with_another), seed=1).accepted_answers == ("È grande la casa.",)


def test_a_choice_has_no_second_right_option() -> None:
    assert "accepted_answers" not in SCHEMAS[ExerciseType.MULTIPLE_CHOICE]["properties"]


@pytest.mark.parametrize("kind", list(ExerciseType))
def test_what_the_grammar_lets_through_is_an_exercise(kind: ExerciseType) -> None:
    exercise = parse(json.dumps(GOOD[kind]), seed=1)
    assert exercise.type is kind


def test_the_position_of_the_answer_among_the_options_is_random() -> None:
    places = set()
    for seed in range(40):
        exercise = parse(json.dumps(GOOD[ExerciseType.MULTIPLE_CHOICE]), seed)
        assert isinstance(exercise, MultipleChoice)
        places.add(exercise.options.index(exercise.correct_answer))
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize("kind", list(ExerciseType))
def test_random_text_of_the_grammar_is_always_valid(kind: ExerciseType) -> None:
    """A text drawn from the alphabet of the patterns is a well-formed exercise at every length."""
    chance = Random(7)
    alphabet = "abzAZàèéìòùÀÖØöøÿ0189 ,.;:!?'’«»€%-"
    for _ in range(200):
        body = "a" + "".join(chance.choices(alphabet, k=chance.randint(0, 80)))
        question = {
            ExerciseType.FILL_IN_BLANK: f"{body} {BLANK} {body} (aa)",
            ExerciseType.TRANSLATION: f"Translate: abcdef{body}",
            ExerciseType.MULTIPLE_CHOICE: f"{body} {BLANK}",
        }[kind]
        assert matches(kind, "question", question), question
        parse(json.dumps(GOOD[kind] | {"question": question}), seed=1)


@pytest.mark.parametrize(
    "text",
    [
        "The verb “essere” (to be) is irregular.",
        "'Bello' becomes «bell’» before a vowel…",
        "-ire verbs take -isc- – as in capire – in the singular.",
        "È/era: 100 % of the time.",
    ],
)
def test_natural_explanations_are_possible(text: str) -> None:
    for kind in ExerciseType:
        assert matches(kind, "explanation", text)


@pytest.mark.parametrize("text", ["", " leading", "two\nlines", "a \\ b", 'a " b', "a\tb"])
def test_what_would_break_an_explanation_is_impossible(text: str) -> None:
    for kind in ExerciseType:
        assert not matches(kind, "explanation", text)


@pytest.mark.parametrize("wrong", [["Bella", "bello", "belli"], ["bella.", "bello", "belli"]])
def test_options_that_differ_in_nothing_but_case_and_stops_are_unusable(wrong: list[str]) -> None:
    draft = GOOD[ExerciseType.MULTIPLE_CHOICE]
    with pytest.raises(Unusable, match="two of the options are one"):
        parse(json.dumps(draft | {"correct_answer": "bella", "wrong_options": wrong}), seed=1)
