"""Computes the harm of a chaos run, from the API's responses and from the database's ledger."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.robustness.chaos.database import ChaosDatabase, moment
from tests.robustness.chaos.house import Outages
from tests.robustness.chaos.load import FINAL, Load

LATENESS_ALLOWED_SECONDS = 2.0
PATIENCE_SECONDS = 90.0
LOOK_BACK_SECONDS = 10.0
READABLE = {"available", "in_progress", "completed"}

# A GPU's homework may replace the mock's once, while no student has started.
_LEDGER = "SELECT homework_id, at, old_status, old_by, new_by FROM ledger ORDER BY at"
_HOMEWORK = """
    SELECT homework.id, assignment_id, student_id, homework.status, generated_by, homework.created_at,
           homework.deadline_at, score FROM homework
"""


@dataclass(frozen=True)
class Verdict:
    jobs: int
    lost: int
    duplicates: int
    late: int
    max_lateness_s: float
    mock: int
    vllm_like: int

    @property
    def is_clean(self) -> bool:
        return self.lost == self.duplicates == self.late == 0


async def settled(client: httpx.AsyncClient, load: Load, forgotten: Outages) -> None:
    """Wait until every accepted assignment is final, up to a time limit."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for assignment in (made for at, made in load.accepted if not forgotten.covers(at)):
        while time.monotonic() < deadline:
            answer = await client.get(f"/api/teacher/assignments/{assignment['id']}")
            if answer.json()["status"] in FINAL:
                break
            await asyncio.sleep(0.5)


async def explain_lateness(
    database: ChaosDatabase, outages: Outages, history: list[tuple[str, datetime, datetime]]
) -> list[str]:
    """One line for each assignment with late homework, with the faults of the time before it was stored."""
    late: dict[int, list[tuple[datetime, datetime, float]]] = {}
    homework, ledger = await database.rows(_HOMEWORK), await database.rows(_LEDGER)
    for row, stored, seconds in _lateness(homework, ledger, outages, history):
        if seconds > LATENESS_ALLOWED_SECONDS:
            late.setdefault(row[1], []).append((moment(row[6]), stored, seconds))
    return [_explained(assignment, each, history) for assignment, each in sorted(late.items())]


def _explained(
    assignment: int,
    late: list[tuple[datetime, datetime, float]],
    history: list[tuple[str, datetime, datetime]],
) -> str:
    due, stored = min(each[0] for each in late), max(each[1] for each in late)
    since = due - timedelta(seconds=LOOK_BACK_SECONDS)
    faults = [f"{name} {begun:%H:%M:%S}-{ended:%H:%M:%S}" for name, begun, ended in history
              if begun < stored and ended > since]  # fmt: skip
    return (
        f"assignment {assignment}: {len(late)} homework late, due {due:%H:%M:%S.%f}, stored until "
        f"{stored:%H:%M:%S.%f}, up to {max(each[2] for each in late):.1f} s; faults: {', '.join(faults)}"
    )


async def judge(
    load: Load,
    database: ChaosDatabase,
    outages: Outages,
    forgotten: Outages,
    history: Sequence[tuple[str, datetime, datetime]] = (),
) -> Verdict:
    """Compute the verdict. Work that was accepted during `forgotten` may be lost, because a backup replaced
    the database. `history` has each fault with its start and its end.
    """
    homework = await database.rows(_HOMEWORK)
    ledger = await database.rows(_LEDGER)
    wanted = _asked_for([made for at, made in load.accepted if not forgotten.covers(at)])
    known = _asked_for([made for _, made in load.accepted])
    readable = [row for row in homework if row[3] in READABLE]
    found = {(row[1], row[2]) for row in readable}
    sent = {row[0]: row[7] for row in readable if row[3] == "completed"}
    kept = {id_: score for id_, (at, score) in load.sent.items() if not forgotten.covers(at)}
    lost_answers = [id_ for id_, score in kept.items() if sent.get(id_) != score]
    lateness = [seconds for _, _, seconds in _lateness(homework, ledger, outages, history)]
    return Verdict(
        jobs=len(wanted),
        lost=len(wanted - found) + len(lost_answers),
        duplicates=len(homework) - len({(row[1], row[2]) for row in homework} & known) + _rewritten(ledger),
        late=sum(seconds > LATENESS_ALLOWED_SECONDS for seconds in lateness),
        max_lateness_s=round(max(lateness, default=0.0), 2),
        mock=sum(row[4] == "mock" for row in readable),
        vllm_like=sum(row[4] == "vllm" for row in readable),
    )


def _asked_for(assignments: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """The requested homework as pairs of assignment and student."""
    return {(made["id"], student) for made in assignments for student in made["student_ids"]}


def _rewritten(ledger: list[tuple[Any, ...]]) -> int:
    """Count the rewrites of a homework that the rule for late results does not allow."""
    seen: set[int] = set()
    count = 0
    for homework_id, _, old_status, old_by, new_by in ledger:
        allowed = homework_id not in seen or (old_status, old_by, new_by) == ("available", "mock", "vllm")
        count += not allowed
        seen.add(homework_id)
    return count


def _lateness(
    homework: list[tuple[Any, ...]],
    ledger: list[tuple[Any, ...]],
    outages: Outages,
    history: Sequence[tuple[str, datetime, datetime]],
) -> list[tuple[tuple[Any, ...], datetime, float]]:
    """For each homework, the time at which it was first available, and by how many seconds that was too late.

    It was due at its deadline, or at the end of a fault that lasted longer. The seconds of outages do not
    count.
    """
    first = {row[0]: moment(row[1]) for row in reversed(ledger)}
    seconds = []
    for row in homework:
        created, deadline = moment(row[5]), moment(row[6])
        if stored := first.get(row[0]):
            going_on = [min(end, stored) for _, begin, end in history if begin < stored and end > deadline]
            down = outages.seconds_between(created, stored)
            seconds.append((row, stored, (stored - max([deadline, *going_on])).total_seconds() - down))
    return seconds
