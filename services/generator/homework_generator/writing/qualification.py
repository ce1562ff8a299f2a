"""The test that a model has to pass before it gets a job: exercises of every type and several grammars, one
try each.

A model that loads may still write nonsense. Each of its exercises would cost a job five tries and delay the
homework to its deadline, so such a model is refused with the figures.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice
from uuid import uuid4

import structlog

from homework_generator.errors import CannotStart
from homework_generator.writing.generate import Writer
from homework_shared.errors import GeneratorLost, HomeworkError
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import CefrLevel, ExerciseType
from homework_shared.exercises.messages import GenerateHomework
from homework_shared.runtime.clock import utc_now

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

LONGEST_SECONDS = 600.0
_LESSONS = (
    (CefrLevel.A1, Grammar.ARTICLES),
    (CefrLevel.A1, Grammar.PRESENT),
    (CefrLevel.A2, Grammar.PASSATO_PROSSIMO),
    (CefrLevel.A2, Grammar.PREPOSITIONS),
    (CefrLevel.B1, Grammar.IMPERFETTO),
    (CefrLevel.B1, Grammar.FUTURE),
    (CefrLevel.B2, Grammar.SUBJUNCTIVE_PRESENT),
    (CefrLevel.B2, Grammar.CONDITIONAL),
)


async def qualify(writer: Writer, exercises: int, needed_share: float, *, refuse: bool = True) -> None:
    """Let the model write exercises, and report the result. Without `refuse`, any share of usable ones is
    accepted.

    Raises:
        CannotStart: too few were usable, or none arrived in time. The text has the figures.
        GeneratorLost: the engine died.
    """
    started = time.monotonic()
    writer.quality.afresh()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await asyncio.gather(*(writer.try_all(job, tries=1) for job in _jobs(exercises)))
    except GeneratorLost:
        raise
    except TimeoutError as error:
        raise CannotStart(f"the model loads but did not write within {LONGEST_SECONDS:.0f} s") from error
    except HomeworkError as error:
        raise CannotStart(f"the model loads but cannot write ({error}): try another") from error
    quality = writer.quality
    share = quality.usable_share or 0.0
    log.info(
        "qualified" if share >= needed_share else "not_qualified",
        usable_percent=round(100 * share),
        exercises=quality.tries,
        faults=quality.faults(),
        check_percent=round(quality.check_percent),
        seconds=round(time.monotonic() - started, 1),
    )
    if refuse and share < needed_share:
        raise CannotStart(
            f"the model does not write well enough: {100 * share:.0f} % usable, {100 * needed_share:.0f} % "
            f"needed (faults in {quality.tries} exercises: {quality.faults()}). Try another model; "
            "GENERATOR_IGNORE_QUALIFICATION=true takes this one all the same"
        )


def _jobs(exercises: int) -> Iterator[GenerateHomework]:
    """As many jobs as needed, each with one exercise of every type, and the last one with the rest."""
    now = utc_now()
    each = len(ExerciseType)
    quantities = [each] * (exercises // each) + [exercises % each] * (exercises % each > 0)
    lessons = islice(cycle(_LESSONS), len(quantities))
    for seed, (quantity, (level, grammar)) in enumerate(zip(quantities, lessons, strict=True)):
        yield GenerateHomework(
            job_id=uuid4(), cefr_level=level, grammar_focus=grammar.value, quantity=quantity,
            exercise_types=tuple(ExerciseType), seed=seed, created_at=now,
            deadline_at=now + timedelta(seconds=LONGEST_SECONDS),
        )  # fmt: skip
