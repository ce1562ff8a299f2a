"""State machine test: in every order of events, the first final result wins and every homework
becomes final.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.support.api.homework_machine import QUANTITY, Expected, Result, SteppedPipeline
from tests.support.messages import exercises, failed, generated

from homework_api.database.models import Assignment, Homework
from homework_api.domain.access import EVERYTHING
from homework_api.domain.review import Writer
from homework_api.domain.statuses import AssignmentStatus, HomeworkStatus
from homework_api.pipeline.deadline_net import MAX_REPEAT_SECONDS, MAX_RESCUES
from homework_api.pipeline.result_changes import REPLACED_FOR
from homework_shared.exercises.exercise import Exercise
from homework_shared.exercises.messages import GeneratorKind, HomeworkGenerated

FINAL = {AssignmentStatus.COMPLETED, AssignmentStatus.FAILED}
anything: Any = st.data()


class HomeworkMachine(RuleBasedStateMachine):
    def __init__(self, new_database: Callable[[], str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.pipeline = SteppedPipeline(new_database())
        self.students: list[int] = []
        self.expected: list[Expected] = []
        self.words = 0

    @initialize(by=st.sampled_from((*GeneratorKind, None)))
    def the_year_begins(self, by: GeneratorKind | None) -> None:
        """Start, most often with written homework, because many of the rules apply to that."""
        self.assign(1)
        if by is not None:
            whole = {"exercises": self._new_exercises()}
            self._receive([generated(one.jobs[-1], by).model_copy(update=whole) for one in self.expected])

    @rule(new_students=st.integers(1, 2))
    def assign(self, new_students: int) -> None:
        self.students += [self.run(self.pipeline.student()) for _ in range(new_students)]
        self.expected += self.run(self.pipeline.assign(self.students[-2:]))

    @precondition(lambda self: self.expected)
    @rule(data=anything)
    def results_arrive(self, data: st.DataObject) -> None:
        self._receive(data.draw(st.lists(self._a_result(), min_size=1, max_size=4), "results"))

    def _receive(self, results: Sequence[Result]) -> None:
        self.run(self.pipeline.receive(results))
        for homework in self.expected:
            too_late = self.pipeline.clock() > self._row(homework).deadline_at + REPLACED_FOR
            for result in results:
                homework.receive(result, too_late=too_late)

    @rule(seconds=st.sampled_from((0.1, 3.0, 7.0, 60.0, 700.0)))
    def the_net_looks(self, seconds: float) -> None:
        before = {row.job_id: row.rescues for row in self.run(self.pipeline.homework())}
        self.run(self.pipeline.rescue_after(seconds))
        for row in self.run(self.pipeline.homework()):
            [homework] = [one for one in self.expected if one.jobs[-1] == row.job_id]
            if row.status is HomeworkStatus.FAILED and homework.status is HomeworkStatus.PENDING:
                assert before[row.job_id] == MAX_RESCUES
                homework.status = HomeworkStatus.FAILED
            if homework.asked and not row.replacing:
                assert before[row.job_id] == MAX_RESCUES
                homework.asked.clear()

    @rule()
    def the_relay_publishes(self) -> None:
        self.run(self.pipeline.relay())
        assert not self.run(self.pipeline.pending_jobs())

    @rule()
    def housekeeping_tidies(self) -> None:
        before = self.run(self.pipeline.pending_jobs())
        self.run(self.pipeline.housekeeping.tidy())
        kept = self.run(self.pipeline.pending_jobs())
        assert kept == {job for job in before if self._is_waited_for(job)}

    @precondition(lambda self: self.expected)
    @rule(data=anything, replace_mock=st.booleans())
    def a_teacher_retries(self, data: st.DataObject, replace_mock: bool) -> None:
        assignment = data.draw(st.sampled_from(self.expected), "homework").assignment
        theirs = [one for one in self.expected if one.assignment == assignment]
        was_done = self.run(self.pipeline.retry(assignment, replace_mock=replace_mock))
        failures = [one for one in theirs if one.status is HomeworkStatus.FAILED]
        assert was_done or not failures
        self._learn_new_jobs(theirs)
        for homework in failures:
            homework.status = HomeworkStatus.PENDING

    @precondition(lambda self: self.expected)
    @rule(data=anything, steps=st.integers(1, 3))
    def a_student_works(self, data: st.DataObject, steps: int) -> None:
        homework = data.draw(st.sampled_from(self.expected), "homework")
        id_ = self._row(homework).id or 0
        may_start = homework.status in {HomeworkStatus.AVAILABLE, HomeworkStatus.IN_PROGRESS}
        starting = self.pipeline.services.homework.start(homework.student, id_, EVERYTHING)
        assert self.run(self.pipeline.attempt(starting)) == may_start
        if may_start:
            homework.status = HomeworkStatus.IN_PROGRESS
            homework.asked.clear()
        for step in (self.pipeline.services.homework.save_answers, self.pipeline.services.homework.submit)[
            : steps - 1
        ]:
            assert (
                self.run(self.pipeline.attempt(step(homework.student, id_, ["x"] * QUANTITY, EVERYTHING)))
                == may_start
            )
        if may_start and steps == 3:
            homework.status = HomeworkStatus.COMPLETED

    @precondition(lambda self: self.expected)
    @rule(data=anything, place=st.integers(0, QUANTITY - 1))
    def a_teacher_writes_an_exercise_herself(self, data: st.DataObject, place: int) -> None:
        homework = data.draw(self._most_often_available(), "homework")
        new = self._new_exercises()[place]
        editing = self.pipeline.edit(self._row(homework).id or 0, place, new)
        may_change = homework.status is HomeworkStatus.AVAILABLE
        assert self.run(self.pipeline.attempt(editing)) == may_change
        if may_change:
            homework.kept = True
            homework.put(place, new.correct_answer, Writer.TEACHER)

    @precondition(lambda self: self.expected)
    @rule(data=anything, place=st.integers(0, QUANTITY - 1))
    def a_teacher_asks_for_an_exercise_anew(self, data: st.DataObject, place: int) -> None:
        homework = data.draw(self._most_often_available(), "homework")
        asking = self.pipeline.ask_anew(self._row(homework).id or 0, place)
        may_change = homework.status is HomeworkStatus.AVAILABLE
        assert self.run(self.pipeline.attempt(asking)) == may_change
        if may_change:
            had = len(homework.jobs)
            self._learn_new_jobs([homework])
            assert len(homework.jobs) == had + (not homework.asked), "one job writes all that is asked for"
            homework.kept = True
            homework.asked.add(place)

    @precondition(lambda self: self.expected)
    @rule(data=anything)
    def a_teacher_deletes_an_assignment(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.expected), "homework").assignment
        self.run(self.pipeline.services.assignments.delete(gone, EVERYTHING))
        self.expected = [one for one in self.expected if one.assignment != gone]

    @precondition(lambda self: self.students)
    @rule(data=anything)
    def a_teacher_deletes_a_student(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.students), "student")
        self.run(self.pipeline.services.students.delete(gone, EVERYTHING))
        self.students.remove(gone)
        self.expected = [one for one in self.expected if one.student != gone]

    @invariant()
    def every_homework_is_as_the_model_says(self) -> None:
        rows = {row.job_id: row for row in self.run(self.pipeline.homework())}
        assert set(rows) == {one.jobs[-1] for one in self.expected}
        for one in self.expected:
            row = rows[one.jobs[-1]]
            assert (row.status, row.generated_by) == (one.status, one.by)
            stored = row.exercises or row.partial_exercises or []
            texts = {place: exercise["correct_answer"] for place, exercise in enumerate(stored) if exercise}
            assert texts == {place: text for place, (text, _) in one.places.items()}
            if one.status is HomeworkStatus.AVAILABLE:
                assert set(row.replacing or ()) == one.asked
            if row.exercises:
                writers = row.exercise_writers or [row.generated_by] * QUANTITY
                assert writers == [one.places[place][1] for place in range(QUANTITY)]

    @invariant()
    def every_assignment_follows_from_its_homework(self) -> None:
        for assignment in self.run(self.pipeline.assignments()):
            theirs = [one.status for one in self.expected if one.assignment == assignment.id]
            self._check(assignment, Counter(theirs))

    def teardown(self) -> None:
        """No generator answers any more. The deadline net alone makes every homework final."""
        # Jobs that the broker does not have yet are in the outbox, and not overdue.
        self.run(self.pipeline.relay())
        for _ in range(MAX_RESCUES + 1):
            self.run(self.pipeline.rescue_after(2 * MAX_REPEAT_SECONDS))
            self.run(self.pipeline.relay())
        rows: list[Homework] = self.run(self.pipeline.homework())
        assert HomeworkStatus.PENDING not in {row.status for row in rows}
        assert not [row for row in rows if row.status is HomeworkStatus.AVAILABLE and row.replacing]
        assert {assignment.status for assignment in self.run(self.pipeline.assignments())} <= FINAL
        self.run(self.pipeline.database.close())
        self.runner.close()

    def run(self, step: Any) -> Any:
        return self.runner.run(step)

    def _a_result(self) -> st.SearchStrategy[Result]:
        """A result for a current job, or sometimes for any earlier one. One in four is unusable."""
        present = st.sampled_from([one.jobs[-1] for one in self.expected])
        any_job = st.sampled_from([job for one in self.expected for job in one.jobs] + [uuid4()])
        jobs = st.one_of(present, present, any_job)
        whole = self._new_exercises()
        written = st.builds(generated, jobs, st.sampled_from(GeneratorKind)).map(
            lambda result: result.model_copy(update={"exercises": whole})
        )
        part = st.builds(lambda job, place: lacking(generated(job), whole, place), jobs, st.integers(0, 1))
        too_few = written.map(lambda result: result.model_copy(update={"exercises": whole[:1]}))
        return st.one_of(written, written, part, too_few, st.builds(failed, jobs))

    def _most_often_available(self) -> st.SearchStrategy[Expected]:
        available = [one for one in self.expected if one.status is HomeworkStatus.AVAILABLE]
        return st.sampled_from(3 * available + self.expected)

    def _new_exercises(self) -> tuple[Exercise, ...]:
        """A homework whose questions no other homework has."""
        self.words += 1
        word = f"parola{self.words}"
        return (
            *exercises(f"{word} uno.", f"Anna dice ___ al numero {self.words}. (hello)"),
            *exercises(f"{word} due.", f"Marco dice ___ al numero {self.words}. (hello)"),
        )

    def _is_waited_for(self, job: object) -> bool:
        homework = next((one for one in self.expected if job in one.jobs), None)
        if homework is None:  # The homework was deleted meanwhile.
            return False
        row = self._row(homework)
        asked_again = (
            row.status is HomeworkStatus.AVAILABLE
            and row.generated_by is GeneratorKind.MOCK
            and row.available_at is not None
            and row.requested_at > row.available_at
        )
        is_open = homework.status is HomeworkStatus.PENDING or bool(homework.asked)
        return job == homework.jobs[-1] and (is_open or asked_again)

    def _row(self, homework: Expected) -> Homework:
        rows: list[Homework] = self.run(self.pipeline.homework())
        return next(row for row in rows if row.job_id == homework.jobs[-1])

    def _learn_new_jobs(self, homework: list[Expected]) -> None:
        known = {(one.assignment, one.student): one for one in homework}
        for row in self.run(self.pipeline.homework()):
            one = known.get((row.assignment_id, row.student_id))
            if one and row.job_id not in one.jobs:
                one.jobs.append(row.job_id)

    def _check(self, assignment: Assignment, counts: Counter[HomeworkStatus]) -> None:
        if counts[HomeworkStatus.PENDING]:
            assert assignment.status not in FINAL
        elif counts[HomeworkStatus.FAILED]:
            assert assignment.status is AssignmentStatus.FAILED
            assert assignment.error_message
        else:
            assert (assignment.status, assignment.error_message) == (AssignmentStatus.COMPLETED, None)
        assert (assignment.completed_at is not None) == (assignment.status in FINAL)


def lacking(result: HomeworkGenerated, whole: Sequence[Exercise], place: int) -> HomeworkGenerated:
    """A GPU's homework without the exercise at `place`."""
    kept = (*whole[:place], *whole[place + 1 :])
    return result.model_copy(update={"exercises": kept, "missing": (place,)})


def steps(examples: int) -> settings:
    # A failure is reported as found, because shrinking it replays it for minutes.
    return settings(
        max_examples=examples, stateful_step_count=30, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip


def machine_over(database: Callable[[], str]) -> Any:
    # Hypothesis requires a type and calls it without arguments.
    return lambda: HomeworkMachine(database)


def test_the_life_of_homework_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    def new_database() -> str:
        return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / f'{uuid4()}.db')}"

    run_state_machine_as_test(machine_over(new_database), settings=steps(50))


def test_the_life_of_homework_on_postgresql(postgres_url: str) -> None:
    async def empty() -> None:
        connection = await asyncpg.connect(postgres_url)
        await connection.execute("TRUNCATE students, assignments CASCADE")
        await connection.close()

    def emptied_database() -> str:
        asyncio.run(empty())
        return postgres_url

    run_state_machine_as_test(machine_over(emptied_database), settings=steps(12))
