"""When a server counts as busy or as lost, and how many requests it gets at once."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from starlette.responses import Response
from tests.support.generator import model_server as kinds
from tests.support.generator.model_server import ModelServer, serving
from tests.support.waiting import eventually

from homework_generator.engines.engine import Engine
from homework_generator.engines.server import client, crowd
from homework_generator.engines.server import engine as engine_module
from homework_generator.engines.server.limit import RequestLimit
from homework_generator.errors import CannotStart, PromptRefused, Unusable
from homework_shared.errors import GeneratorLost
from homework_shared.worker.stats import WorkerStats

from .servers import answering, cut_off, request, starter

pytestmark = pytest.mark.usefixtures("quick")


async def test_a_server_that_goes_away_is_a_lost_engine(server: ModelServer, engine: Engine) -> None:
    await server.stop()
    with pytest.raises(GeneratorLost, match="nobody answers"):
        await engine.complete(request())


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_key_or_a_model_that_is_gone_is_a_lost_engine(
    server: ModelServer, engine: Engine, status: int
) -> None:
    server.answer = lambda _: server.error(status, "no longer")
    with pytest.raises(GeneratorLost, match=f"{status}: no longer"):
        await engine.complete(request())


async def test_a_server_that_does_not_answer_is_a_lost_engine(server: ModelServer, engine: Engine) -> None:
    http = engine._client._http  # type: ignore[attr-defined]
    assert http.timeout.read == client.SILENT_SECONDS
    http.timeout = httpx.Timeout(60, read=0.2)  # The start had more time.
    server._seconds = 5
    with pytest.raises(GeneratorLost, match="has said nothing"):
        await engine.complete(request())


@pytest.mark.parametrize("error", [500, 502, 504])
async def test_repeated_failures_count_against_the_server(
    server: ModelServer, engine: Engine, error: int
) -> None:
    server.answer = lambda _: server.error(error, "the GPU fell off the bus")
    kinds_of_failure = []
    for _ in range(engine_module.FAILURES_IN_A_ROW):
        with pytest.raises((Unusable, PromptRefused, GeneratorLost)) as caught:
            await engine.complete(request())
        kinds_of_failure.append(caught.type)
    assert GeneratorLost not in kinds_of_failure[:-1]
    assert kinds_of_failure[-1] is GeneratorLost


async def test_prompts_that_are_refused_are_not_the_servers_fault(
    server: ModelServer, engine: Engine
) -> None:
    server.answer = lambda _: server.error(400, "this topic is not allowed")
    for _ in range(3 * engine_module.FAILURES_IN_A_ROW):
        with pytest.raises(PromptRefused):
            await engine.complete(request())


async def test_one_answer_between_failures_clears_the_server(server: ModelServer, engine: Engine) -> None:
    for _ in range(3):
        server.answer = answering(*[cut_off] * (engine_module.FAILURES_IN_A_ROW - 1))
        for _ in range(engine_module.FAILURES_IN_A_ROW - 1):
            with pytest.raises(Unusable):
                await engine.complete(request())
        await engine.complete(request())


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again_when_it_says(
    server: ModelServer, engine: Engine, status: int
) -> None:
    busy = server.error(status, "too many requests", {"Retry-After": "0.2"})
    server.answer = answering(lambda: busy)
    server.asked.clear()
    started = time.monotonic()
    await engine.complete(request())
    assert time.monotonic() - started >= 0.2
    assert len(server.asked) == 2


async def test_a_date_may_say_when_to_come_back(server: ModelServer, engine: Engine) -> None:
    def later() -> Response:
        # A date has whole seconds, so this one is between one and two seconds away.
        at = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return server.error(429, "later", {"Retry-After": at})

    server.answer = answering(later)
    started = time.monotonic()
    await engine.complete(request())
    assert time.monotonic() - started > 0.9


async def test_during_a_pause_no_request_is_sent_to_the_server(server: ModelServer, engine: Engine) -> None:
    """Neither the refused request nor any other one of this process is sent."""
    asked_at: list[float] = []

    def slow_down_once(_: object) -> Response | None:
        asked_at.append(time.monotonic())
        return server.error(429, "slow down", {"Retry-After": "1.5"}) if len(asked_at) == 1 else None

    server.answer = slow_down_once
    limit = engine._limit  # type: ignore[attr-defined]
    before = limit.allowed
    asking = [asyncio.create_task(engine.complete(request()))]
    await eventually(lambda: limit.allowed < before)  # The engine has read the refusal.
    asking += [asyncio.create_task(engine.complete(request(seed=seed))) for seed in range(3)]
    await asyncio.gather(*asking)
    assert len(asked_at) == 5
    assert asked_at[1] - asked_at[0] >= 1.5


async def test_a_busy_server_gets_fewer_requests_at_once_and_then_more_again(
    server: ModelServer, engine: Engine
) -> None:
    limit = engine._limit  # type: ignore[attr-defined]
    assert limit.allowed == 4
    server.answer = answering(lambda: server.error(429, "slow down", {"Retry-After": "0"}))
    await engine.complete(request())
    assert limit.allowed == 2
    await asyncio.gather(*(engine.complete(request(seed=seed)) for seed in range(8)))
    assert limit.allowed == 4


async def test_a_server_that_asks_for_too_long_a_pause_is_a_lost_engine(
    server: ModelServer, engine: Engine
) -> None:
    server.answer = lambda _: server.error(429, "quota exceeded", {"Retry-After": "3600"})
    with pytest.raises(GeneratorLost, match=r"accepts no work now: .*quota exceeded"):
        await engine.complete(request())


async def test_a_server_that_stays_busy_is_a_lost_engine(
    server: ModelServer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> Response:
        if len(server.asked) > 1:
            monkeypatch.setattr(engine_module, "BUSY_SECONDS", client.LONGEST_WAIT_SECONDS)
        return server.error(503, "the queue is full")

    server.asked.clear()
    server.answer = busy
    with pytest.raises(GeneratorLost, match="accepts no work now"):
        await engine.complete(request())
    assert len(server.asked) > 1


async def test_an_earlier_busy_period_is_forgotten(server: ModelServer, engine: Engine) -> None:
    busy = server.error(503, "the queue is full")
    server.answer = answering(lambda: busy)
    server._seconds = 5.0
    # The request is refused once, and then answered slowly.
    asking = asyncio.create_task(engine.complete(request()))
    await eventually(lambda: server.running == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    server._seconds = 0.0
    # An hour passes, in which nothing is asked.
    engine._busy_since -= 3600  # type: ignore[attr-defined]
    engine._busy_until -= 3600  # type: ignore[attr-defined]
    server.answer = answering(lambda: busy)
    assert (await engine.complete(request())).ended_by_itself


async def test_requests_that_are_refused_together_halve_the_limit_once() -> None:
    limit, both = RequestLimit(64), asyncio.Barrier(64)

    async def refused() -> None:
        async with limit.turn() as turn:
            await both.wait()
            limit.busy(turn)

    await asyncio.gather(*(refused() for _ in range(64)))
    assert limit.allowed == 32


async def test_a_pause_that_a_server_asked_for_outlives_the_engine(server: ModelServer) -> None:
    starting = starter(server)
    engine = await starting.start(WorkerStats())
    server.answer = lambda _: server.error(429, "quota exceeded", {"Retry-After": "3600"})
    with pytest.raises(GeneratorLost):
        await engine.complete(request())
    await engine.close()
    server.asked.clear()
    with pytest.raises(CannotStart, match=r"asks for a pause of another 3[56]"):
        await starting.start(WorkerStats())
    assert server.asked == []


async def test_refused_concurrent_requests_show_the_servers_limit() -> None:
    async with serving(kinds.OLLAMA, slots=100, seconds_a_token=0.005) as server:

        def refuse_a_fourth(_: object) -> Response | None:
            crowd = sum("Count from one" in str(body) for body in server.asked)
            return server.error(429, "too many") if crowd > 3 else None

        server.answer = refuse_a_fourth
        engine = await starter(server, engine={}).start(WorkerStats())
        await engine.close()
    assert engine.profile.requests_at_once == 3


async def test_a_slow_server_does_not_hold_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "ROUND_SECONDS", 2.0)
    async with serving(kinds.OLLAMA, slots=2) as server:
        unhurried = starter(server, engine={})
        server.answer = lambda body: _slowly(server, body)
        engine = await unhurried.start(WorkerStats())
        await engine.close()
    assert engine.profile.requests_at_once == 2


def _slowly(server: ModelServer, body: dict[str, object]) -> None:
    server._seconds = 0.2 if "Count from one" in str(body) else 0.0
