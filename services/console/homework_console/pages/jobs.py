"""Jobs: a list of all homework with the path of each one, filtered, the newest first."""

from datetime import datetime

from nicegui import ui

from homework_client import requests
from homework_client.client import AsyncClient
from homework_client.models import HomeworkStatus, Job
from homework_client.refusals import ApiError
from homework_console.client import in_sentences
from homework_console.widgets import (
    UNKNOWN,
    WRITERS,
    Cell,
    Choice,
    Moment,
    Notice,
    Table,
    block,
    button,
    section,
    words,
)

PAGE = 50
AGAIN_SECONDS = 5.0
STEPS = ("published", "taken", "generated", "stored")
STATUSES = {"": "all"} | {name: name.replace("_", " ") for name in HomeworkStatus}
GENERATORS = {"": "all"} | {kind.value: name for kind, name in WRITERS.items()}


async def jobs_page(api: AsyncClient) -> None:
    jobs = JobList(api)
    await jobs.read()
    ui.timer(AGAIN_SECONDS, jobs.read, immediate=False)


class JobList:
    def __init__(self, api: AsyncClient) -> None:
        self._api = api
        self._offset = 0
        self._total = 0
        with section("Filter"), block("div", "filters"):
            self._status = Choice("Status", STATUSES, self._first)
            self._generator = Choice("Written by", GENERATORS, self._first)
            self._assignment = ui.input("Assignment", on_change=self._first).props("inputmode=numeric dense")
        self._notice = Notice()
        with section("Homework, newest first"):
            self._counted = words("p", "", "muted")
            self._table = Table(
                "The path of each job; small figures count from its acceptance",
                (
                    "Job",
                    "Status",
                    "Written by",
                    "Accepted",
                    *(each.capitalize() for each in STEPS),
                    "Deadline",
                ),
                "No job matches. Choose other filters, or assign homework under Teach.",
            )
            with block("nav", "actions", aria_label="Pages of jobs"):
                self._newer = button("Newer", self._to_newer)
                self._older = button("Older", self._to_older)

    async def read(self) -> None:
        """Read this page of the list again."""
        assignment = (self._assignment.value or "").strip()
        try:
            found = await self._api.send(requests.list_jobs(
                self._status.value, self._generator.value, assignment, PAGE, self._offset
            ))  # fmt: skip
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        self._notice.clear()
        self._total = found.total
        first, last = self._offset + bool(found.jobs), self._offset + len(found.jobs)
        self._counted.text = f"{first}–{last} of {found.total}"
        self._table.show(found.jobs, _cells)
        self._newer.set_enabled(self._offset > 0)
        self._older.set_enabled(last < found.total)

    async def _first(self, *_: object) -> None:
        self._offset = 0
        await self.read()

    async def _to_newer(self) -> None:
        self._offset = max(0, self._offset - PAGE)
        await self.read()

    async def _to_older(self) -> None:
        self._offset += PAGE
        await self.read()


def _cells(job: Job) -> list[Cell]:
    moments = (job.published_at, job.taken_at, job.generated_at, job.stored_at)
    return [
        lambda: _identity(job),
        lambda: _state(job),
        lambda: _writer(job),
        lambda: Moment(job.accepted_at),
        *[_step(job, moment) for moment in moments],
        lambda: Moment(job.deadline_at),
    ]


def _identity(job: Job) -> None:
    words("span", f"Homework {job.homework_id}")
    words("span", f"assignment {job.assignment_id}", "since")
    words("code", str(job.job_id)[:8], "since").tooltip(str(job.job_id))


def _state(job: Job) -> None:
    words("span", job.status.replace("_", " "))
    if job.error:
        words("span", job.error, "since")


def _writer(job: Job) -> None:
    kind = WRITERS[job.generated_by] if job.generated_by else UNKNOWN
    words("span", kind if not job.fallback_reason else f"{kind}: {job.fallback_reason.replace('_', ' ')}")
    for detail in (job.model, job.worker_id):
        if detail:
            words("span", detail, "since")


def _step(job: Job, moment: datetime | None) -> Cell:
    def draw() -> None:
        Moment(moment)
        if moment:
            words("span", f"+{(moment - job.accepted_at).total_seconds():.2f} s", "since")

    return draw
