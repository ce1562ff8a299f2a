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
        # How each page was reached: after which job it begins. The newest page begins after none. An offset
        # would leave jobs out when newer ones are deleted.
        self._after: list[int | None] = [None]
        self._last: int | None = None
        with section("Filter"), block("div", "filters"):
            self._status = Choice("Status", STATUSES, self._first)
            self._generator = Choice("Written by", GENERATORS, self._first)
            self._assignment = ui.input("Assignment", on_change=self._first).props("inputmode=numeric dense")
        self._notice = Notice()
        with section("Homework, newest first"):
            self._counted = words("p", "", "muted")
            self._table = Table(
                "The steps of each job, with seconds from its acceptance",
                (
                    "Job",
                    "Status",
                    "Written by",
                    "Accepted",
                    *(each.capitalize() for each in STEPS),
                    "Deadline",
                ),
                "No job matches. Choose other filters, or give homework in the classroom.",
            )
            with block("nav", "actions", aria_label="Pages of jobs"):
                self._newer = button("Newer", self._to_newer)
                self._older = button("Older", self._to_older)

    async def read(self) -> None:
        """Read this page of the list again."""
        assignment = (self._assignment.value or "").strip()
        try:
            found = await self._api.send(requests.list_jobs(
                self._status.value, self._generator.value, assignment, PAGE + 1, before_id=self._after[-1]
            ))  # fmt: skip
        except ApiError as error:
            self._notice.problem(in_sentences(error))
            return
        self._notice.clear()
        shown, older = found.jobs[:PAGE], found.jobs[PAGE:]
        self._last = shown[-1].homework_id if older else None
        self._counted.text = f"Page {len(self._after)}: {len(shown)} of {found.total}"
        self._table.show(shown, _cells)
        self._newer.set_enabled(len(self._after) > 1)
        self._older.set_enabled(bool(older))

    async def _first(self, *_: object) -> None:
        self._after = [None]
        await self.read()

    async def _to_newer(self) -> None:
        self._after = self._after[:-1] or [None]
        await self.read()

    async def _to_older(self) -> None:
        if self._last is not None:
            self._after.append(self._last)
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
