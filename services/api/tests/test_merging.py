"""Two writers share one homework. Each place has one exercise, and no question occurs twice."""

import pytest
import structlog

from homework_api.pipeline.merging import Places, Written, merge, read_places, writer_of
from homework_shared.exercises.exercise import Exercise, FillInBlank
from homework_shared.exercises.messages import GeneratorKind

GPU, MOCK = GeneratorKind.VLLM, GeneratorKind.MOCK


def gap(word: str) -> FillInBlank:
    return FillInBlank(
        question=f"Oggi noi ___ {word}. (mangiare)",
        correct_answer="mangiamo",
        explanation="The subject is “noi”, so the verb ends in -iamo.",
    )


def written(by: GeneratorKind, **words: str) -> Places:
    """The exercises by place: `p0="pane"` is an exercise with that word in place 0."""
    return {int(place[1:]): Written(gap(word), by) for place, word in words.items()}


def arrived(*words: str) -> dict[int, Exercise]:
    return {place: gap(word) for place, word in enumerate(words)}


def seen(places: Places) -> list[tuple[str, GeneratorKind]]:
    return [
        (places[place].exercise.question.split("___ ")[1].split(".")[0], places[place].by)
        for place in sorted(places)
    ]


def test_the_mock_fills_the_places_that_a_gpu_left_empty() -> None:
    whole = merge(written(GPU, p0="pane", p2="riso"), arrived("pesce", "carne", "uova"), MOCK)
    assert seen(whole) == [("pane", GPU), ("carne", MOCK), ("riso", GPU)]


def test_an_exercise_of_a_gpu_gives_way_where_the_mock_asks_its_question_elsewhere() -> None:
    whole = merge(written(GPU, p0="pane", p2="riso"), arrived("pesce", "PANE", "uova"), MOCK)
    assert seen(whole) == [("pesce", MOCK), ("PANE", MOCK), ("riso", GPU)]


def test_an_exercise_of_the_mock_that_takes_a_place_may_push_out_another_of_the_gpu() -> None:
    whole = merge(written(GPU, p0="pane", p2="riso"), arrived("riso", "pane", "uova"), MOCK)
    assert seen(whole) == [("riso", MOCK), ("pane", MOCK), ("uova", MOCK)]
    assert writer_of(whole) is MOCK


def test_a_late_part_of_a_gpu_brings_no_question_that_the_mock_asks_elsewhere() -> None:
    mocks = written(MOCK, p0="pesce", p1="pane", p2="uova")
    assert seen(merge(mocks, {0: gap("pane"), 2: gap("riso")}, GPU)) == [
        ("pesce", MOCK), ("pane", MOCK), ("riso", GPU),
    ]  # fmt: skip
    assert merge(mocks, {0: gap("pane")}, GPU) == mocks


@pytest.mark.parametrize("broken", [{"type": "fill_in_blank"}, {"type": "essay"}, "text"])
def test_a_stored_exercise_that_cannot_be_read_any_more_is_missing_and_reported(broken: object) -> None:
    with structlog.testing.capture_logs() as logs:
        places = read_places([gap("pane").model_dump(), broken, None], GPU)  # type: ignore[list-item]
    assert seen(places) == [("pane", GPU)]
    assert [(entry["event"], entry["place"]) for entry in logs] == [("stored_exercise_unreadable", 1)]
