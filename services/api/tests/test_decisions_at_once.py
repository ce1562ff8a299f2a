"""Neither a decision nor a submission is lost when several are made at once or one of them fails."""

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col
from tests.support.api.application import Api
from tests.support.api.decided_class import BOTH, class_with
from tests.support.api.rows import scalars

from homework_api.database.models import Decision
from homework_api.grading import grade, teachers_word
from homework_api.services import decisions
from homework_api.services import homework as homework_service
from homework_api.services.decisions import DecisionService


async def test_a_submission_that_was_graded_before_a_decision_does_not_lose_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.start(1)
    graded, decided = threading.Event(), threading.Event()
    grade_stored = teachers_word.grade_stored

    def grade_slowly(*given: Any) -> Any:
        done = grade_stored(*given)
        graded.set()
        assert decided.wait(60)
        return done

    monkeypatch.setattr(homework_service, "grade_stored", grade_slowly)
    sending = asyncio.create_task(group.submit(1, "ventiquattro", "a"))
    assert await asyncio.to_thread(graded.wait, 20)
    await group.decide(0)
    decided.set()
    assert (await sending)["score"] == 100
    assert await group.verdicts(1) == ["correct", "correct"]


@pytest.fixture
def meeting_before_they_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two concurrent decisions. Neither is stored before both have read the state."""
    both = asyncio.Barrier(2)
    rehearse = DecisionService._rehearse

    async def rehearse_and_wait(*given: Any) -> None:
        await rehearse(*given)
        async with asyncio.timeout(60):
            await both.wait()

    monkeypatch.setattr(DecisionService, "_rehearse", rehearse_and_wait)


@pytest.mark.usefixtures("meeting_before_they_write")
async def test_of_the_same_decision_made_twice_at_once_one_is_stored(api: Api) -> None:
    group = await class_with(api, BOTH)
    await group.send(0, "ventiquattro", "a")
    answers = await asyncio.gather(group.ask(0), group.ask(0))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await group.verdicts(0) == ["correct", "correct"]


@pytest.mark.usefixtures("meeting_before_they_write")
async def test_of_two_decisions_made_at_once_neither_is_lost(api: Api) -> None:
    group = await class_with(api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.send(1, "le due", "in")
    await asyncio.gather(group.ask(0), group.ask(1))
    assert [await group.verdicts(student) for student in range(2)] == [["correct"] * 2, ["correct", "wrong"]]
    await asyncio.gather(group.ask(0, index=2, right=False), group.ask(1, index=2))
    assert [await group.verdicts(student) for student in range(2)] == [["correct", "wrong"], ["correct"] * 2]


async def test_a_decision_that_fails_half_way_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(api, BOTH)
    before = await group.send(0, "ventiquattro", "a")

    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(decisions, "update_classwork", fail)
    assert (await group.ask(0)).status_code == 500
    assert await scalars(api.db, select(col(Decision.id))) == []
    assert await group.submission(0) == before


async def test_answers_are_judged_before_the_transaction_and_not_inside_it(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await class_with(sqlite_api, BOTH, BOTH)
    await group.send(0, "ventiquattro", "a")
    await group.send(1, "venti quattro", "a")
    judged: list[str] = []
    judge_by = grade.judge_by

    def note(exercise: Any, right: str, answer: str) -> Any:
        judged.append(threading.current_thread().name)
        return judge_by(exercise, right, answer)

    monkeypatch.setattr(decisions, "judge_by", note)
    await group.decide(0)
    assert (await group.verdicts(1))[0] == "almost"
    assert len(judged) == 1
    assert judged[0].startswith("asyncio_"), "one writes for all: in its thread all others would wait"
