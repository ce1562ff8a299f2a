"""SQL of the operators' pages: jobs with the times of their stages, and the latencies of the last hour by
minute."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, select

from homework_api.database.models import HOMEWORK
from homework_api.database.queries.counts import count_rows
from homework_api.database.queries.pages import newest_first
from homework_api.database.sql_functions import minute_of, seconds_of
from homework_api.schemas.assignments import GeneratorCounts
from homework_api.schemas.jobs import (
    JobFilter,
    JobResponse,
    JobsResponse,
    LatencyFigures,
    LatencyResponse,
    MinuteFigures,
)
from homework_api.schemas.paging import Page
from homework_shared.exercises.messages import GeneratorKind

WINDOW = timedelta(minutes=60)
LATE = timedelta(seconds=2)
"""Homework counts as late this long after its deadline: the deadline net acts after one second, and a class
may notice two."""

# While a replacement is requested, the stored homework belongs to an earlier request.
_STORED_AT = case((HOMEWORK.c.available_at >= HOMEWORK.c.requested_at, HOMEWORK.c.available_at), else_=None)

_JOB = (
    HOMEWORK.c.id.label("homework_id"),
    HOMEWORK.c.job_id,
    HOMEWORK.c.assignment_id,
    HOMEWORK.c.status,
    HOMEWORK.c.generated_by,
    HOMEWORK.c.model,
    HOMEWORK.c.worker_id,
    HOMEWORK.c.fallback_reason,
    HOMEWORK.c.error_message.label("error"),
    HOMEWORK.c.requested_at.label("accepted_at"),
    HOMEWORK.c.published_at,
    HOMEWORK.c.taken_at,
    HOMEWORK.c.generated_at,
    _STORED_AT.label("stored_at"),
    HOMEWORK.c.deadline_at,
)


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    columns = {
        HOMEWORK.c.status: wanted.status,
        HOMEWORK.c.generated_by: wanted.generator,
        HOMEWORK.c.assignment_id: wanted.assignment_id,
    }
    return [column == value for column, value in columns.items() if value is not None]


def page_jobs(connection: Connection, wanted: JobFilter, page: Page) -> JobsResponse:
    """The jobs of a page, newest first, without students and exercises."""
    wanted_jobs = select(*_JOB).where(*_conditions(wanted))
    rows = connection.execute(newest_first(wanted_jobs, HOMEWORK.c.id, page))
    jobs = [JobResponse(**row) for row in rows.mappings()]
    return JobsResponse(jobs=jobs, total=_count_jobs(connection, wanted))


def _count_jobs(connection: Connection, wanted: JobFilter) -> int:
    if wanted.assignment_id is None:
        return count_rows(connection, HOMEWORK, wanted.status, wanted.generator)
    # The homework of one assignment is few enough to count its rows.
    counted = select(func.count()).select_from(HOMEWORK).where(*_conditions(wanted))
    return connection.scalar(counted) or 0


def read_latency(connection: Connection, now: datetime) -> LatencyResponse:
    """The figures of the last hour. The database counts, with three statements for any number of rows."""
    since = (now - WINDOW).replace(second=0, microsecond=0) + timedelta(minutes=1)
    hour = (_figures(connection, literal(0), since)).get(0, LatencyFigures())
    minutes = _figures(connection, minute_of(HOMEWORK.c.available_at), since)
    for minute, missing in (_unwritten(connection, since, now - LATE)).items():
        minutes.setdefault(minute, LatencyFigures()).deadline_misses += missing
        hour.deadline_misses += missing
    series = [
        MinuteFigures(minute=datetime.fromtimestamp(minute * 60, UTC), **dict(figures))
        for minute, figures in sorted(minutes.items())
    ]
    return LatencyResponse(since=since, hour=hour, minutes=series)


def _figures(
    connection: Connection, bucket: ColumnElement[int], since: datetime
) -> dict[int, LatencyFigures]:
    """The figures of the homework stored since `since`, by `bucket`. A percentile is the smallest value whose
    rank reaches it."""
    seconds = seconds_of(HOMEWORK.c.available_at) - seconds_of(HOMEWORK.c.requested_at)
    written = (
        select(
            bucket.label("bucket"),
            seconds.label("seconds"),
            HOMEWORK.c.generated_by.label("generator"),
            _was_late().label("late"),
        )
        .where(HOMEWORK.c.available_at >= since, _STORED_AT.is_not(None))
        .subquery()
    )
    ranked = select(
        written,
        func.row_number().over(partition_by=written.c.bucket, order_by=written.c.seconds).label("rank"),
        func.count().over(partition_by=written.c.bucket).label("count"),
    ).subquery()
    rows = connection.execute(
        select(
            ranked.c.bucket,
            func.count(),
            *(func.sum(case((ranked.c.generator == kind.value, 1), else_=0)) for kind in GeneratorKind),
            *(
                func.min(case((ranked.c.rank * 100 >= ranked.c.count * percent, ranked.c.seconds)))
                for percent in (50, 95, 99)
            ),
            func.sum(ranked.c.late),
        ).group_by(ranked.c.bucket)
    )
    return {bucket: _as_figures(*figures) for bucket, *figures in rows}


def _as_figures(
    count: int, vllm: int, mock: int, p50: float, p95: float, p99: float, late: int
) -> LatencyFigures:
    return LatencyFigures(
        count=count,
        by_generator=GeneratorCounts(vllm=vllm, mock=mock),
        p50_seconds=round(p50, 3),
        p95_seconds=round(p95, 3),
        p99_seconds=round(p99, 3),
        deadline_misses=late,
        fallback_share=round(mock / count, 4),
    )


def _was_late() -> ColumnElement[int]:
    after = seconds_of(HOMEWORK.c.first_available_at) - seconds_of(HOMEWORK.c.deadline_at)
    return case((after > LATE.total_seconds(), 1), else_=0)


def _unwritten(connection: Connection, since: datetime, late: datetime) -> dict[int, int]:
    """The number of homework that is not written yet or has failed, by the minute of its deadline."""
    minute = minute_of(HOMEWORK.c.deadline_at)
    missed = and_(
        HOMEWORK.c.available_at.is_(None),
        HOMEWORK.c.deadline_at >= since,
        HOMEWORK.c.deadline_at < late,
    )
    rows = connection.execute(select(minute, func.count()).where(missed).group_by(minute))
    return {int(minute): count for minute, count in rows}
