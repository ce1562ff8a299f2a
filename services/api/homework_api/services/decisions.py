"""Teachers' decisions: an answer is accepted or rejected, and all homework with that answer is graded again
(docs/adr/0037).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import structlog
from sqlalchemy import Connection

from homework_api.database.engine import Database
from homework_api.database.queries.assignments import find_assignment
from homework_api.database.queries.audit import note
from homework_api.database.queries.decisions import (
    Classwork,
    DecisionRecord,
    find_classwork,
    find_decisions,
    insert_decision,
    page_decisions,
    update_classwork,
    withdraw_decision,
)
from homework_api.domain.access import Reach, Signature
from homework_api.domain.audit import Action
from homework_api.domain.errors import AssignmentNotFound
from homework_api.grading.grade import judge_by
from homework_api.grading.teachers_word import Judge
from homework_api.schemas.decisions import DecisionMade, DecisionRequest, DecisionResponse, Regraded
from homework_api.schemas.paging import Page
from homework_api.services import metrics
from homework_api.services.deciding import Decide, Order, Step, TakeBack
from homework_api.services.teachers_word import reconsidered
from homework_shared.runtime.clock import Clock

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """The result. `changed` is false if the decision applied already."""

    decision: DecisionRecord
    changed: bool
    regraded: Sequence[Regraded]

    @property
    def response(self) -> DecisionMade:
        return DecisionMade(**DecisionResponse.of(self.decision).model_dump(), regraded=list(self.regraded))


class DecisionService:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(self, assignment_id: int, page: Page, reach: Reach) -> tuple[list[DecisionResponse], int]:
        """Newest first, and how many there are on all pages. Raises AssignmentNotFound."""

        def read(connection: Connection) -> tuple[list[DecisionRecord], int]:
            _require_assignment(connection, assignment_id, reach)
            return page_decisions(connection, assignment_id, page)

        found, total = await self._database.read(read)
        return [DecisionResponse.of(one) for one in found], total

    async def decide(self, assignment_id: int, request: DecisionRequest, by: Signature, reach: Reach) -> Done:
        """Store a decision. Repeating it changes nothing; the opposite decision replaces it.

        Raises:
            AssignmentNotFound, HomeworkNotFound, ExerciseNotFound, NothingToDecide, NoAnswer, NotTheirAnswer,
                TooManyDecisions.
        """
        now = self._clock()
        done = await self._do(assignment_id, Decide(assignment_id, request, by, now), by, now, reach)
        if done.changed:
            _report(done, "accepted" if request.right else "refused", by)
        return done

    async def withdraw(self, assignment_id: int, decision_id: int, by: Signature, reach: Reach) -> Done:
        """Withdraw a decision: the grades become what they would be without it. A second withdrawal changes
        nothing.

        Raises:
            AssignmentNotFound, DecisionNotFound.
        """
        order = TakeBack(assignment_id, decision_id)
        done = await self._do(assignment_id, order, by, self._clock(), reach)
        if done.changed:
            _report(done, "withdrawn", by)
        return done

    async def _do(self, assignment_id: int, order: Order, by: Signature, now: datetime, reach: Reach) -> Done:
        judge = cache(judge_by)
        # Judging takes longer than storing. So the current answers are judged before the transaction, which
        # judges only those that have arrived since.
        await self._rehearse(assignment_id, order, judge, reach)

        def work(connection: Connection) -> Done:
            classwork, decisions = _look(connection, assignment_id, order, lock=True)
            step = order.step(connection, decisions)
            decision = _store(connection, step, by, now)
            changed = list(reconsidered(classwork, step.after(decisions), judge))
            update_classwork(connection, changed)
            return Done(decision, step.changes, _regraded(classwork, changed))

        return await self._database.write(work)

    async def _rehearse(self, assignment_id: int, order: Order, judge: Judge, reach: Reach) -> None:
        def read(connection: Connection) -> tuple[list[Classwork], list[DecisionRecord]]:
            # An assignment's teacher never changes, so the transaction that follows does not check it again.
            _require_assignment(connection, assignment_id, reach)
            classwork, decisions = _look(connection, assignment_id, order, lock=False)
            return classwork, order.step(connection, decisions).after(decisions)

        classwork, after = await self._database.read(read)
        await asyncio.to_thread(lambda: list(reconsidered(classwork, after, judge)))


def _require_assignment(connection: Connection, assignment_id: int, reach: Reach) -> None:
    if find_assignment(connection, assignment_id, reach) is None:
        raise AssignmentNotFound


def _look(
    connection: Connection, assignment_id: int, order: Order, *, lock: bool
) -> tuple[list[Classwork], list[DecisionRecord]]:
    """The homework with this question, and the decisions that apply."""
    classwork = find_classwork(connection, assignment_id, order.question(connection), lock=lock)
    # The decisions are read after the lock is held: they include those that were stored during the wait.
    return classwork, find_decisions(connection, assignment_id)


def _store(connection: Connection, step: Step, by: Signature, now: datetime) -> DecisionRecord:
    """Store the step. Returns the decision for the response."""
    if step.withdrawn:
        withdrawn = withdraw_decision(connection, step.withdrawn, by, now)
        note(connection, Action.DECISION_WITHDRAWN, withdrawn.id, by, now)
        if not step.is_new:
            return withdrawn
    if not step.is_new:
        return step.decision
    made = insert_decision(connection, step.decision)
    action = Action.ANSWER_ACCEPTED if made.is_right else Action.ANSWER_REFUSED
    note(connection, action, made.id, by, now)
    return made


def _regraded(before: Sequence[Classwork], changed: Sequence[Classwork]) -> list[Regraded]:
    was = {one.id: one.grade or () for one in before}
    return [
        Regraded(
            homework_id=one.id,
            student_id=one.student_id,
            name=one.name,
            index=place + 1,
            verdict=graded["verdict"],
            score=one.score or 0,
        )
        for one in changed
        for place, graded in enumerate(one.grade or ())
        if graded["verdict"] != was[one.id][place]["verdict"]
    ]


def _report(done: Done, what: str, by: Signature) -> None:
    """Log the decision without the answer, which is a student's work."""
    metrics.decisions.labels(what).inc()
    log.info(
        "answer_decided",
        decision=what,
        decision_id=done.decision.id,
        assignment_id=done.decision.assignment_id,
        homework_id=done.decision.homework_id,
        by=by.name,
        by_key=by.key_id,
        regraded=len(done.regraded),
    )
