"""The verdict of a chaos run finds each kind of harm."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from tests.robustness.chaos.database import ChaosDatabase
from tests.robustness.chaos.house import Outages
from tests.robustness.chaos.load import Load
from tests.robustness.chaos.verdict import Verdict, judge

Row = tuple[Any, ...]

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DEADLINE = NOON + timedelta(seconds=10)


class Told(ChaosDatabase):
    """A database that returns the rows of the test."""

    def __init__(self, homework: list[Row], ledger: list[Row]) -> None:
        self._homework, self._ledger = homework, ledger

    async def rows(self, query: str) -> list[Row]:
        return self._ledger if "ledger" in query else self._homework

    def outages(self) -> dict[str, Any]:
        return {}

    def back_up(self, file: str) -> None: ...

    def restore(self, file: str) -> None: ...

    def close(self) -> None: ...

    def _add_ledger(self) -> None: ...


def homework(status: str = "available", by: str | None = "mock", score: int | None = None) -> Row:
    return (1, 7, 3, status, by, NOON, DEADLINE, score)


def written(after: float = 9, status: str = "pending", old: str | None = None, new: str = "mock") -> Row:
    return (1, NOON + timedelta(seconds=after), status, old, new)


async def judged(
    homework_: list[Row],
    ledger: list[Row],
    *down: tuple[float, float],
    score: int | None = None,
    forgotten: Sequence[tuple[float, float]] = (),
    faults: Sequence[tuple[float, float]] = (),
) -> Verdict:
    client = httpx.AsyncClient()
    sent = {} if score is None else {1: (NOON, score)}
    load = Load(client, 1, 1, Random(1), [(NOON, {"id": 7, "student_ids": [3]})], sent)
    history = [("fault", begin, end) for begin, end in spans(faults).spans]
    return await judge(load, Told(homework_, ledger), spans(down), spans(forgotten), history)


def spans(seconds: Sequence[tuple[float, float]]) -> Outages:
    return Outages([(NOON + timedelta(seconds=a), NOON + timedelta(seconds=b)) for a, b in seconds])


async def test_one_homework_in_time_is_clean() -> None:
    verdict = await judged([homework()], [written()])
    assert verdict == Verdict(jobs=1, lost=0, duplicates=0, late=0, max_lateness_s=-1, mock=1, vllm_like=0)
    assert verdict.is_clean


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_homework_that_no_student_can_read_is_lost(status: str) -> None:
    assert (await judged([homework(status, None)], [])).lost == 1
    assert (await judged([], [])).lost == 1


async def test_answers_that_were_graded_and_are_gone_are_lost() -> None:
    assert (await judged([homework("completed", score=80)], [written()], score=80)).lost == 0
    assert (await judged([homework("completed", score=20)], [written()], score=80)).lost == 1
    assert (await judged([homework("in_progress")], [written()], score=80)).lost == 1


async def test_a_second_homework_for_the_same_student_is_a_duplicate() -> None:
    assert (await judged([homework(), (2, *homework()[1:])], [written()])).duplicates == 1


@pytest.mark.parametrize(
    ("second", "duplicates"),
    [
        (written(11, "available", "mock", "vllm"), 0),
        (written(11, "in_progress", "mock", "vllm"), 1),
        (written(11, "available", "vllm", "vllm"), 1),
        (written(11, "available", "vllm", "mock"), 1),
    ],
)
async def test_only_a_gpus_homework_may_take_the_place_of_the_mocks_unread_one(
    second: Row, duplicates: int
) -> None:
    assert (await judged([homework()], [written(), second])).duplicates == duplicates


async def test_homework_counts_as_late_after_two_seconds_plus_the_brokers_outage() -> None:
    assert (await judged([homework()], [written(11.9)])).late == 0
    late = await judged([homework()], [written(12.5)])
    assert (late.late, late.max_lateness_s) == (1, 2.5)
    assert (await judged([homework()], [written(14.5)], (3, 6))).late == 0
    assert (await judged([homework()], [written(14.5)], (3, 5), (4, 5))).late == 1
    assert (await judged([homework()], [written(14.5)], (-60, -50), (20, 40))).late == 1


@pytest.mark.parametrize(
    ("fault", "late"), [((5, 9.9), 1), ((5, 10.6), 0), ((5, 10.4), 1), ((12.6, 20), 1), ((11, 20), 0)]
)
async def test_two_seconds_count_from_the_end_of_a_fault_that_goes_on_after_the_deadline(
    fault: tuple[float, float], late: int
) -> None:
    assert (await judged([homework()], [written(12.5)], faults=[fault])).late == late


async def test_a_replacement_after_the_deadline_is_not_late() -> None:
    replaced = [written(9), written(30, "available", "mock", "vllm")]
    assert (await judged([homework(by="vllm")], replaced)).max_lateness_s == -1


@pytest.mark.parametrize(("seconds", "lost"), [((-5.0, 5.0), 0), ((5.0, 9.0), 2)])
async def test_what_was_accepted_after_the_backup_may_be_gone(
    seconds: tuple[float, float], lost: int
) -> None:
    assert (await judged([], [], score=80, forgotten=[seconds])).lost == lost


async def test_what_was_accepted_just_before_the_backup_may_still_be_there() -> None:
    assert (await judged([homework()], [written()], forgotten=[(-5.0, 5.0)])).is_clean
