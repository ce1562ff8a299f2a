"""SQL of the operators' pages: jobs with their path, and the last hour by minute."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Result, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from homework_api.database.models import Homework
from homework_api.database.queries.assignments import tallied
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
"""The deadline net asks one second after a deadline, and a class may notice two."""

# While a replacement is on its way, what is stored belongs to an earlier request.
_STORED_AT = case(
    (col(Homework.available_at) >= col(Homework.requested_at), col(Homework.available_at)), else_=None
)


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    columns = {
        Homework.status: wanted.status,
        Homework.generated_by: wanted.generator,
        Homework.assignment_id: wanted.assignment_id,
    }
    return [col(column) == value for column, value in columns.items() if value is not None]


async def page_jobs(session: AsyncSession, wanted: JobFilter, page: Page) -> JobsResponse:
    """Newest first, without students and exercises."""
    conditions = _conditions(wanted)
    rows: Result[Any] = await session.execute(
        select(
            col(Homework.id).label("homework_id"),
            col(Homework.job_id),
            col(Homework.assignment_id),
            col(Homework.status),
            col(Homework.generated_by),
            col(Homework.model),
            col(Homework.worker_id),
            col(Homework.fallback_reason),
            col(Homework.error_message).label("error"),
            col(Homework.requested_at).label("accepted_at"),
            col(Homework.published_at),
            col(Homework.taken_at),
            col(Homework.generated_at),
            _STORED_AT.label("stored_at"),
            col(Homework.deadline_at),
        )
        .where(*conditions)
        .order_by(col(Homework.id).desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    jobs = [JobResponse(**row) for row in rows.mappings()]
    return JobsResponse(jobs=jobs, total=await _count_jobs(session, wanted))


async def _count_jobs(session: AsyncSession, wanted: JobFilter) -> int:
    if wanted.assignment_id is None:
        return await tallied(session, Homework, wanted.status, wanted.generator)
    # Those of one class can be counted.
    counted = select(func.count()).select_from(Homework).where(*_conditions(wanted))
    return await session.scalar(counted) or 0


async def read_latency(session: AsyncSession, now: datetime) -> LatencyResponse:
    """Three statements, however much was written: the databases do the counting."""
    since = (now - WINDOW).replace(second=0, microsecond=0) + timedelta(minutes=1)
    hour = (await _figures(session, literal(0), since)).get(0, LatencyFigures())
    minutes = await _figures(session, minute_of(col(Homework.available_at)), since)
    for minute, missing in (await _unwritten(session, since, now - LATE)).items():
        minutes.setdefault(minute, LatencyFigures()).deadline_misses += missing
        hour.deadline_misses += missing
    series = [
        MinuteFigures(minute=datetime.fromtimestamp(minute * 60, UTC), **dict(figures))
        for minute, figures in sorted(minutes.items())
    ]
    return LatencyResponse(since=since, hour=hour, minutes=series)


async def _figures(
    session: AsyncSession, bucket: ColumnElement[int], since: datetime
) -> dict[int, LatencyFigures]:
    """What was stored since then, by `bucket`. A percentile is the first value whose rank covers it."""
    seconds = seconds_of(col(Homework.available_at)) - seconds_of(col(Homework.requested_at))
    written = (
        select(
            bucket.label("bucket"),
            seconds.label("seconds"),
            col(Homework.generated_by).label("generator"),
            _was_late().label("late"),
        )
        .where(col(Homework.available_at) >= since, _STORED_AT.is_not(None))
        .subquery()
    )
    ranked = select(
        written,
        func.row_number().over(partition_by=written.c.bucket, order_by=written.c.seconds).label("rank"),
        func.count().over(partition_by=written.c.bucket).label("count"),
    ).subquery()
    rows = await session.execute(
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
    after = seconds_of(col(Homework.first_available_at)) - seconds_of(col(Homework.deadline_at))
    return case((after > LATE.total_seconds(), 1), else_=0)


async def _unwritten(session: AsyncSession, since: datetime, late: datetime) -> dict[int, int]:
    """Homework that is still not there, or has failed, by the minute of its deadline."""
    minute = minute_of(col(Homework.deadline_at))
    missed = and_(
        col(Homework.available_at).is_(None),
        col(Homework.deadline_at) >= since,
        col(Homework.deadline_at) < late,
    )
    rows = await session.execute(select(minute, func.count()).where(missed).group_by(minute))
    return {int(minute): count for minute, count in rows}
