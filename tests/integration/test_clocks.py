"""Clocks that are wrong or change at run time. Deadlines and leases follow one consistent time."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update
from tests.support.api.pipeline import As, Pipeline, now, running
from tests.support.api.rows import execute
from tests.support.broker.clients import take
from tests.support.clocks import MachineClock

from homework_api.database.engine import Database
from homework_api.database.models import OutboxEntry
from homework_api.pipeline.clock_watch import ClockWatch
from homework_api.settings import ApiSettings
from homework_api.wiring import wire
from homework_shared.messaging.topology import FALLBACK, JOBS
from homework_shared.runtime.clock import SteadyClock


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url)
    yield database
    await database.close()


@pytest.mark.parametrize("seconds", [-300.0, 300.0], ids=["behind", "ahead"])
async def test_a_relay_whose_machine_has_a_wrong_clock_gives_jobs_the_time_they_have(
    postgres: Database, as_user: As, seconds: float
) -> None:
    clock = SteadyClock(MachineClock(seconds))
    await ClockWatch(postgres, clock).look()
    assert REGISTRY.get_sample_value("homework_clock_ahead_seconds", {"of": "machine"}) == pytest.approx(
        seconds, abs=10
    )
    await Pipeline(postgres, as_user).assign(deadline_seconds=200)
    relay = Pipeline(postgres, as_user, clock).relay
    async with running(relay.run), as_user("generator").consumer(JOBS, 1) as gpu:
        # The job goes to the GPU, although the machine's clock says that the deadline has passed.
        await take(gpu, 1)
        async with as_user("api").monitor() as monitor:
            assert (await monitor.depths())[FALLBACK].ready == 0


async def test_a_relay_that_is_behind_lets_no_job_expire_late(postgres: Database, as_user: As) -> None:
    clock = SteadyClock(MachineClock(-300))
    await ClockWatch(postgres, clock).look()
    await Pipeline(postgres, as_user).assign(deadline_seconds=10)
    began = now()
    async with (
        running(Pipeline(postgres, as_user, clock).relay.run),
        as_user("mock_generator").consumer(FALLBACK, 1) as mock,
    ):
        [expired] = await take(mock, 1)
    assert expired.death_reason == "expired"
    assert (now() - began).total_seconds() < 60


async def test_a_clock_set_back_while_the_broker_is_away_makes_no_homework_late(pipeline: Pipeline) -> None:
    machine = MachineClock()
    house = Pipeline(pipeline.database, pipeline.broker, SteadyClock(machine))
    await house.assign(deadline_seconds=5)
    machine.off = timedelta(hours=-1)  # The broker returns now.
    async with (
        running(house.relay.run, house.net.run),
        house.broker("mock_generator").consumer(FALLBACK, 1) as mock,
    ):
        await take(mock, 1)


async def test_a_lease_from_before_the_clock_was_set_back_holds_nothing_up(pipeline: Pipeline) -> None:
    await pipeline.assign(deadline_seconds=60)
    in_an_hour = now() + timedelta(hours=1)
    await execute(pipeline.database, update(OutboxEntry).values(claimed_until=in_an_hour))
    async with running(pipeline.relay.run), pipeline.broker("generator").consumer(JOBS, 1) as gpu:
        await take(gpu, 1)


async def test_the_database_servers_time_counts_more_than_a_machines_that_ntp_has_set(
    postgres: Database,
) -> None:
    machine, by_ntp = MachineClock(seconds=30), [False]
    clock = SteadyClock(machine)
    watch = ClockWatch(postgres, clock, is_set_by_ntp=lambda: by_ntp[0])
    by_ntp[0] = True
    await watch.look()
    assert abs((clock() - now()).total_seconds()) < 10


async def test_all_roles_of_a_process_go_by_one_steady_clock(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    roles = wire(ApiSettings(), "test")
    clocks = {id(role._clock) for role in (roles.relay, roles.net, roles.results, roles.presence)}
    assert clocks == {id(roles.clock_watch._clock)}
    assert isinstance(roles.relay._clock, SteadyClock)
    await roles.close()
