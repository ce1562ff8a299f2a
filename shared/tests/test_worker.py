"""The worker loop on the in-memory broker. Each job gets one verdict, whatever happens."""

import asyncio
from dataclasses import replace

import pytest
from tests.support.broker.clients import send
from tests.support.broker.memory_broker import MemoryBroker
from tests.support.generator.worker_loop import EXERCISE, GPU, MOCK, ready, settled, working, write
from tests.support.messages import TRACEPARENT, job, sealed
from tests.support.waiting import eventually

from homework_shared.errors import GeneratorLost, PermanentError, TransientError
from homework_shared.exercises.messages import (
    MAX_FAULTS,
    GenerateHomework,
    GeneratorStatus,
    HomeworkFailed,
    HomeworkGenerated,
    decode,
)
from homework_shared.messaging.topology import (
    DEAD,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOB_DESTINATION,
    JOBS,
    RESULTS,
)
from homework_shared.messaging.transport import INSTALLATION_HEADER, Envelope
from homework_shared.worker.outcomes import USABLE
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats


async def test_a_result_says_whose_job_it_was() -> None:
    broker, command = MemoryBroker(), sealed(job())
    async with working(broker, GPU, write):
        await send(broker, JOB_DESTINATION, replace(command, headers={INSTALLATION_HEADER: "ours"}))
        await eventually(lambda: len(ready(broker, RESULTS)) == 1)
    assert ready(broker, RESULTS)[0].headers[INSTALLATION_HEADER] == "ours"


async def test_a_job_becomes_a_result_and_is_acknowledged() -> None:
    broker, command = MemoryBroker(), job()
    await send(broker, JOB_DESTINATION, sealed(command))
    async with working(broker, GPU, write):
        await eventually(lambda: bool(ready(broker, RESULTS)) and settled(broker, JOBS))
    [envelope] = ready(broker, RESULTS)
    result = decode(HomeworkGenerated, envelope.type, envelope.body)
    assert (result.job_id, result.exercises, result.generated_by) == (command.job_id, (EXERCISE,), "vllm")
    assert (result.prompt_tokens, result.completion_tokens, result.worker_id) == (3, 5, "gpu-1")
    assert result.fallback_reason is None
    assert envelope.headers["traceparent"] == TRACEPARENT


async def test_jobs_run_side_by_side_up_to_the_prefetch() -> None:
    broker, running, most = MemoryBroker(), 0, 0

    async def slow(_: GenerateHomework) -> Draft:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        return Draft((EXERCISE,))

    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(12)))
    async with working(broker, replace(GPU, prefetch=4), slow):
        await eventually(lambda: len(ready(broker, RESULTS)) == 12)
    assert most == 4


async def test_a_job_is_cancelled_at_its_deadline_and_expires_to_the_fallback() -> None:
    broker, cancelled = MemoryBroker(), asyncio.Event()

    async def endless(_: GenerateHomework) -> Draft:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        raise AssertionError

    await send(broker, JOB_DESTINATION, sealed(job(1)))
    async with working(broker, GPU, endless):
        await eventually(lambda: broker.depths()[FALLBACK].ready == 1)
    assert cancelled.is_set()
    assert broker.queues[FALLBACK].ready[0].deaths[0].reason == "expired"


async def test_a_job_that_the_broker_keeps_a_moment_past_its_deadline_still_expires_to_the_fallback() -> None:
    broker = MemoryBroker()

    async def endless(_: GenerateHomework) -> Draft:
        await asyncio.sleep(60)
        raise AssertionError

    await send(broker, JOB_DESTINATION, replace(sealed(job(0.05)), expires_in_ms=200))
    async with working(broker, GPU, endless):
        await eventually(lambda: broker.depths()[FALLBACK].ready == 1)
    assert broker.queues[FALLBACK].ready[0].deaths[0].reason == "expired"


async def test_a_timeout_of_the_engine_is_not_taken_for_the_deadline() -> None:
    broker = MemoryBroker()

    async def stuck(_: GenerateHomework) -> Draft:
        raise TimeoutError("a timeout of the engine")

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, stuck):
        await eventually(lambda: bool(ready(broker, FALLBACK)))
    assert broker.queues[FALLBACK].ready[0].deaths[0].reason == "rejected"


async def test_a_job_whose_generator_cancels_its_own_work_is_rejected_and_the_worker_goes_on() -> None:
    broker = MemoryBroker()

    async def aborting(_: GenerateHomework) -> Draft:
        raise asyncio.CancelledError

    await send(broker, JOB_DESTINATION, *(sealed(job()) for _ in range(3)))
    async with working(broker, replace(GPU, prefetch=1), aborting):
        await eventually(lambda: len(ready(broker, FALLBACK)) == 3)


async def test_a_transient_error_is_tried_again() -> None:
    broker, tries = MemoryBroker(), 0

    async def flaky(command: GenerateHomework) -> Draft:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise TransientError
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, flaky):
        await eventually(lambda: bool(ready(broker, RESULTS)))
    assert tries == 2


@pytest.mark.parametrize("error", [PermanentError("too long"), ZeroDivisionError("bug")])
async def test_a_job_that_this_generator_cannot_do_goes_to_the_fallback(error: Exception) -> None:
    broker = MemoryBroker()

    async def broken(_: GenerateHomework) -> Draft:
        raise error

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, broken):
        await eventually(lambda: bool(ready(broker, FALLBACK)))
    assert not ready(broker, RESULTS)


async def test_a_job_that_the_last_resort_cannot_do_is_reported_as_failed_and_parked() -> None:
    broker, command = MemoryBroker(), job()

    async def broken(_: GenerateHomework) -> Draft:
        raise PermanentError("no content for this")

    await send(broker, FALLBACK_DESTINATION, sealed(command))
    async with working(broker, MOCK, broken):
        await eventually(lambda: bool(ready(broker, DEAD)))
    [envelope] = ready(broker, RESULTS)
    failure = decode(HomeworkFailed, envelope.type, envelope.body)
    assert (failure.job_id, failure.code) == (command.job_id, "permanent")
    assert "no content for this" in failure.message


async def test_the_last_resort_writes_after_the_deadline_and_says_why_it_got_the_job() -> None:
    broker, late = MemoryBroker(), job(-1)
    await send(broker, JOB_DESTINATION, sealed(late))
    await send(broker, FALLBACK_DESTINATION, Envelope("GenerateHomework", "x", job(-1).encode()))
    async with working(broker, MOCK, write):
        await eventually(lambda: len(ready(broker, RESULTS)) == 2)
    results = [decode(HomeworkGenerated, e.type, e.body) for e in ready(broker, RESULTS)]
    reasons = {result.job_id == late.job_id: result.fallback_reason for result in results}
    assert reasons == {True: "expired", False: "overdue"}


async def test_a_malformed_message_is_rejected_and_the_worker_goes_on() -> None:
    broker = MemoryBroker()
    await send(broker, FALLBACK_DESTINATION, Envelope("GenerateHomework", "bad", b"{"), sealed(job()))
    async with working(broker, MOCK, write):
        await eventually(lambda: bool(ready(broker, RESULTS)) and bool(ready(broker, DEAD)))
    assert [envelope.message_id for envelope in ready(broker, DEAD)] == ["bad"]


async def test_a_job_comes_back_after_a_lost_link_and_the_worker_does_it() -> None:
    broker, tries = MemoryBroker(), 0

    async def interrupted(command: GenerateHomework) -> Draft:
        nonlocal tries
        tries += 1
        if tries == 1:
            broker.drop_links()
            await asyncio.sleep(60)
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, interrupted):
        await eventually(lambda: bool(ready(broker, RESULTS)) and settled(broker, JOBS))
    assert tries == 2


async def test_a_worker_that_starts_before_its_broker_waits_for_it() -> None:
    broker = MemoryBroker()
    broker.up = False
    async with working(broker, GPU, write):
        await asyncio.sleep(0.05)
        broker.up = True
        await send(broker, JOB_DESTINATION, sealed(job()))
        await eventually(lambda: bool(ready(broker, RESULTS)))


async def test_a_stopped_worker_finishes_the_jobs_in_flight() -> None:
    broker, started = MemoryBroker(), asyncio.Event()

    async def slow(command: GenerateHomework) -> Draft:
        started.set()
        await asyncio.sleep(0.1)
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, slow) as stop:
        await started.wait()
        stop.set()
    assert ready(broker, RESULTS)
    assert settled(broker, JOBS)


async def test_a_stopped_worker_gives_back_the_jobs_that_it_cannot_finish_in_time() -> None:
    broker, started = MemoryBroker(), asyncio.Event()

    async def endless(_: GenerateHomework) -> Draft:
        started.set()
        await asyncio.sleep(60)
        raise AssertionError

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, endless) as stop:
        await started.wait()
        stop.set()
    assert len(ready(broker, JOBS)) == 1
    assert not ready(broker, RESULTS)


def make_full(broker: MemoryBroker, queue: str) -> None:
    broker.queues[queue].spec = replace(
        broker.queues[JOBS].spec, limits={"max-length": 0, "delivery-limit": 5}
    )  # type: ignore[type-var]


async def test_a_worker_waits_while_the_results_queue_is_full_and_does_not_write_the_homework_again() -> None:
    broker, tries = MemoryBroker(), 0
    make_full(broker, RESULTS)

    async def once(command: GenerateHomework) -> Draft:
        nonlocal tries
        tries += 1
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, once):
        await eventually(lambda: tries == 1)
        await asyncio.sleep(0.05)
        broker.queues[RESULTS].spec = None
        await eventually(lambda: bool(ready(broker, RESULTS)) and settled(broker, JOBS))
    assert tries == 1
    assert len(ready(broker, RESULTS)) == 1


async def test_a_worker_that_stops_while_the_results_queue_is_full_gives_back_the_job() -> None:
    broker, written = MemoryBroker(), asyncio.Event()
    make_full(broker, RESULTS)

    async def told(command: GenerateHomework) -> Draft:
        written.set()
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, GPU, told) as stop:
        await written.wait()
        stop.set()
    assert len(ready(broker, JOBS)) == 1
    assert not ready(broker, RESULTS)


async def test_a_worker_announces_its_status() -> None:
    broker, stats = MemoryBroker(), WorkerStats()

    async def count_tokens(command: GenerateHomework) -> Draft:
        stats.tokens += 5
        return await write(command)

    await send(broker, JOB_DESTINATION, sealed(job()))
    async with working(broker, replace(GPU, status_seconds=0.05), count_tokens, stats):
        await eventually(lambda: any(status.done == 1 for status in statuses(broker)))
    last = statuses(broker)[-1]
    assert (last.worker_id, last.kind, last.model, last.in_flight) == ("gpu-1", "vllm", "marco", 0)
    assert any(status.tokens_per_second > 0 for status in statuses(broker))


async def test_a_status_counts_tries_and_names_the_most_frequent_faults() -> None:
    broker, stats = MemoryBroker(), WorkerStats()
    stats.outcomes.update({f"fault_{number}": number for number in range(1, 11)} | {USABLE: 20})
    async with working(broker, GPU, write, stats):
        await eventually(lambda: bool(statuses(broker)))
    status = statuses(broker)[0]
    assert (status.tries, status.usable) == (75, 20)
    assert [(fault.name, fault.count) for fault in status.faults] == [
        (f"fault_{number}", number) for number in range(10, 10 - MAX_FAULTS, -1)
    ]


async def test_a_worker_that_counts_no_tries_announces_none() -> None:
    broker = MemoryBroker()
    async with working(broker, GPU, write):
        await eventually(lambda: bool(statuses(broker)))
    assert (statuses(broker)[0].tries, statuses(broker)[0].faults) == (0, ())


async def test_a_worker_announces_its_engine_and_of_the_servers_url_no_secret() -> None:
    broker = MemoryBroker()
    worker = replace(GPU, engine="Ollama", server="http://ada:secret@127.0.0.1:11434/v1")
    async with working(broker, worker, write), working(broker, MOCK, write):
        await eventually(lambda: {status.worker_id for status in statuses(broker)} == {"gpu-1", "mock-1"})
    assert {(status.kind, status.engine, status.server) for status in statuses(broker)} == {
        ("vllm", "Ollama", "http://127.0.0.1:11434"), ("mock", None, None),
    }  # fmt: skip
    assert not any(b"secret" in envelope.body for envelope in broker.announced)


async def test_a_broken_generator_gives_back_all_its_jobs_and_takes_no_more() -> None:
    broker, tries = MemoryBroker(), 0

    async def dead(_: GenerateHomework) -> Draft:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.05)
        raise GeneratorLost("the engine core died")

    await send(broker, JOB_DESTINATION, *[sealed(job()) for _ in range(3)])
    with pytest.raises(GeneratorLost):
        await run_worker(broker, GPU, dead, asyncio.Event())
    assert [stored.deliveries for stored in broker.queues[JOBS].ready] == [1, 1, 1]
    assert (tries, broker.queues[JOBS].consumers) == (3, 0)


async def test_missed_deadlines_are_counted() -> None:
    broker, stats = MemoryBroker(), WorkerStats()

    async def slow(_: GenerateHomework) -> Draft:
        await asyncio.sleep(60)
        raise AssertionError("the deadline did not cut this off")

    await send(broker, JOB_DESTINATION, sealed(job(seconds=1)))
    async with working(broker, GPU, slow, stats):
        await eventually(lambda: stats.missed == 1)


def statuses(broker: MemoryBroker) -> list[GeneratorStatus]:
    return [decode(GeneratorStatus, envelope.type, envelope.body) for envelope in broker.announced]
