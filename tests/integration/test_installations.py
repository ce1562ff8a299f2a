"""Two installations with separate databases on the same broker."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from tests.support.api.pipeline import QUICK, As, Pipeline, now, running
from tests.support.api.pipeline_steps import only_homework, store
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import take
from tests.support.messages import generated
from tests.support.waiting import eventually

from homework_api.database.engine import Database
from homework_api.database.migrate import upgrade
from homework_api.pipeline.installation import Installation
from homework_api.pipeline.presence import GeneratorPresence
from homework_shared.errors import BrokerClaimed, LinkLost
from homework_shared.messaging import broker as broker_module
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.topology import DEAD, RESULTS
from homework_shared.messaging.transport import INSTALLATION_HEADER, envelop
from homework_shared.settings import LocalBrokerSettings


def of(broker: BrokerProcess, installation: UUID) -> RabbitBroker:
    async def known() -> UUID:
        return installation

    settings = LocalBrokerSettings(amqp_url=SecretStr(broker.amqp_url("api")))
    return RabbitBroker(settings, "test", installation=known)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused claim is retried without a wait."""
    monkeypatch.setattr(broker_module, "REFUSED_SECONDS", 0.0)


async def enter(broker: RabbitBroker) -> None:
    async with broker.consumer(RESULTS, 1):
        pass


async def test_all_processes_of_one_installation_use_the_broker(broker: BrokerProcess) -> None:
    ours = uuid4()
    first, second = of(broker, ours), of(broker, ours)
    async with first.publisher(), first.monitor(), second.consumer(RESULTS, 1), second.browse(DEAD, 1):
        pass


async def test_a_second_installation_is_refused_while_the_first_has_one_connection_left(
    broker: BrokerProcess, at_once: None
) -> None:
    first, second = of(broker, uuid4()), of(broker, uuid4())
    async with first.publisher():
        async with first.monitor():
            pass
        with pytest.raises(BrokerClaimed, match="give each installation its own vhost"):
            await enter(second)
    await claimed_by(second)
    with pytest.raises(BrokerClaimed):
        async with second.monitor():
            await enter(first)


async def claimed_by(broker: RabbitBroker) -> None:
    """The installation that holds the claim. The broker frees a claim a moment after its last connection has
    ended.
    """

    async def entered() -> bool:
        try:
            await enter(broker)
        except BrokerClaimed:
            return False
        return True

    await eventually(entered)


async def test_a_claim_whose_owner_died_before_it_was_bound_is_removed(
    broker: BrokerProcess, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("aio_pika.Queue.bind", die)
        with pytest.raises(LinkLost, match="killed"):
            await enter(of(broker, uuid4()))
    await claimed_by(of(broker, uuid4()))


async def test_a_refused_installation_leaves_the_broker_to_its_owner_for_a_while(
    broker: BrokerProcess,
) -> None:
    first, second = of(broker, uuid4()), of(broker, uuid4())
    async with first.publisher():
        with pytest.raises(BrokerClaimed):
            await enter(second)
    with pytest.raises(BrokerClaimed, match="own vhost"):  # No installation holds it any more.
        await enter(second)


async def test_readiness_reports_that_the_broker_belongs_to_another_installation(
    broker: BrokerProcess,
) -> None:
    presence = GeneratorPresence(of(broker, uuid4()), now, QUICK)
    async with of(broker, uuid4()).monitor(), running(presence.run):
        await eventually(presence.is_shut_out)
        assert "another installation" in str(await presence.broker_problem())


@pytest.fixture
async def elsewhere(as_user: As, tmp_path: Path) -> AsyncIterator[Pipeline]:
    """Another installation on the same broker."""
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    yield Pipeline(database, as_user)
    await database.close()


async def test_each_database_has_an_identity_of_its_own(pipeline: Pipeline, elsewhere: Pipeline) -> None:
    assert await Installation(pipeline.database).id() != await Installation(elsewhere.database).id()


async def test_the_result_of_another_installation_is_parked_and_counted_and_not_lost(
    pipeline: Pipeline, elsewhere: Pipeline
) -> None:
    await elsewhere.assign()
    job_id = (await only_homework(elsewhere)).job_id
    theirs = str(await Installation(elsewhere.database).id())
    result = envelop(generated(job_id), str(job_id), headers={INSTALLATION_HEADER: theirs})
    await store(pipeline, result)
    async with pipeline.broker("api").consumer(DEAD, 1) as consumer:
        [dead] = await take(consumer, 1)
    assert dead.envelope.body == result.body
    assert dead.envelope.headers[INSTALLATION_HEADER] == theirs
    assert (await only_homework(elsewhere)).status == "pending"


async def test_a_result_without_an_identity_is_of_a_worker_of_the_version_before(pipeline: Pipeline) -> None:
    await pipeline.assign()
    job_id = (await only_homework(pipeline)).job_id
    await store(pipeline, generated(job_id))
    assert (await only_homework(pipeline)).status == "available"
