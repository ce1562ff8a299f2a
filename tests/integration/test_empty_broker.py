"""An external broker restarts without its queues."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.support.api.pipeline import QUICK, now, running
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.clients import rabbit
from tests.support.broker.vhosts import Vhost, own_vhost
from tests.support.waiting import eventually

from homework_api.pipeline.presence import GeneratorPresence
from homework_cli.broker import queue_watch
from homework_cli.broker.choice import ExternalBroker
from homework_shared.messaging.topology import QUEUES


@pytest.fixture
def vhost(running_broker: BrokerProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vhost]:
    monkeypatch.setattr(queue_watch, "EVERY_SECONDS", 0.0)
    with own_vhost(running_broker, "empty") as vhost:
        yield vhost


async def probe(vhost: Vhost) -> None:
    async with rabbit(vhost, "api").prober() as prober:
        await prober.check()


def test_with_an_administrator_the_queues_and_their_limits_are_declared_again(vhost: Vhost) -> None:
    broker = ExternalBroker(vhost.amqp_url("ops"), vhost.broker.management_url)
    broker.start()
    assert broker.revive() is None
    vhost.make_empty()
    assert "had lost its queues" in (broker.revive() or "")
    assert vhost.policies() == {queue.name for queue in QUEUES}
    assert broker.revive() is None
    asyncio.run(probe(vhost))


def test_a_user_without_configure_rights_is_told_once_what_to_do(
    vhost: Vhost, capsys: pytest.CaptureFixture[str]
) -> None:
    broker = ExternalBroker(vhost.amqp_url("api"), vhost.broker.management_url)
    broker.start()
    assert "ACCESS_REFUSED" in capsys.readouterr().out
    assert "run `homework broker apply`" in (broker.revive() or "")
    assert broker.revive() is None


async def test_an_api_whose_broker_is_empty_says_what_to_do_until_it_is_done(vhost: Vhost) -> None:
    presence = GeneratorPresence(rabbit(vhost, "api"), now, QUICK)
    async with running(presence.run):
        await eventually(lambda: "run `homework broker apply`" in str(presence.problem))
        await asyncio.to_thread(ExternalBroker(vhost.amqp_url("ops"), vhost.broker.management_url).start)
        await eventually(lambda: presence.problem is None)
        await asyncio.to_thread(vhost.make_empty)  # The link stays open.
        await eventually(lambda: "run `homework broker apply`" in str(presence.problem))
