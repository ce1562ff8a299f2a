"""A disk that fills faster than the alarm reacts stops the quorum queues of a broker that still answers."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.support.broker.brokers import CONTAINER_DATA, ContainerBroker, docker_answers, unavailable
from tests.support.broker.clients import HasUsers, rabbit, send, take
from tests.support.broker.small_disk import (
    MEGABYTES,
    fill,
    ignore_the_alarm,
    publish_until_it_is_refused,
    small_disk,
)
from tests.support.waiting import wait_until

from homework_cli.broker import queue_watch
from homework_cli.broker.choice import ChildBroker
from homework_cli.broker.disk import disk_free_limit
from homework_shared.errors import PublishRefused, QueuesDown
from homework_shared.messaging.topology import FALLBACK, FALLBACK_DESTINATION, WORK_QUEUES
from homework_shared.messaging.transport import Envelope

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needs_rabbitmq_server: None
) -> Iterator[ChildBroker]:
    monkeypatch.setattr(queue_watch, "EVERY_SECONDS", 0.0)
    with small_disk(tmp_path / "broker") as disk, ChildBroker(disk) as broker:
        yield broker


async def probe(broker: HasUsers) -> None:
    async with rabbit(broker, "api").prober() as prober:
        await prober.check()


async def probe_until_the_alarm_is_over(broker: HasUsers) -> None:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(PublishRefused):
                return await probe(broker)


async def depths(broker: ChildBroker) -> set[str]:
    async with rabbit(broker, "api").monitor() as monitor:
        return set(await monitor.depths())


def test_queues_that_a_full_disk_has_stopped_are_seen_and_their_broker_is_restarted(
    broker: ChildBroker,
) -> None:
    kept = Envelope("GenerateHomework", "kept", b"{}")
    # A queue that was declared less than a second ago may lose confirmed messages.
    asyncio.run(asyncio.sleep(1.5))
    asyncio.run(send(rabbit(broker, "api"), FALLBACK_DESTINATION, kept))
    assert broker.revive() is None
    ignore_the_alarm(broker.control)
    stuffing = fill(broker.folder)
    asyncio.run(publish_until_it_is_refused(broker.amqp_url("ops")))

    with pytest.raises(PublishRefused, match="alarm"):
        asyncio.run(probe(broker))
    stuffing.unlink()

    with pytest.raises(QueuesDown):  # Free space alone does not bring the queues back.
        asyncio.run(probe_until_the_alarm_is_over(broker))
    # The broker answers clients that only read.
    assert asyncio.run(depths(broker)) == {queue.name for queue in WORK_QUEUES}
    for _ in range(queue_watch.LOOKS - 1):
        assert broker.revive() is None
    assert broker.revive() == "RabbitMQ accepted no messages any more and was started again"
    asyncio.run(probe(broker))
    assert asyncio.run(first_of_the_fallback(broker)) == "kept"


async def first_of_the_fallback(broker: ChildBroker) -> str:
    async with rabbit(broker, "mock_generator").consumer(FALLBACK, 1) as consumer:
        [delivery] = await take(consumer, 1)
        return delivery.envelope.message_id


def test_an_alarm_is_no_reason_for_a_restart_and_a_full_disk_is_waited_for(
    broker: ChildBroker,
) -> None:
    stuffing = fill(broker.folder, disk_free_limit(broker.folder) // 2)

    async def alarmed() -> None:
        async with rabbit(broker, "api").prober() as prober, asyncio.timeout(60):
            while True:
                await prober.check()
                await asyncio.sleep(0.1)

    with pytest.raises(PublishRefused, match="alarm"):
        asyncio.run(alarmed())
    for _ in range(queue_watch.LOOKS + 1):
        assert broker.revive() is None
    broker.kill()
    assert f"free {disk_free_limit(broker.folder) / 1e6:.0f} MB there" in (broker.revive() or "")
    assert broker.revive() is None  # It is logged once.
    stuffing.unlink()
    assert broker.revive() == "RabbitMQ had died and was started again"
    asyncio.run(probe(broker))


def test_the_limit_is_a_share_of_a_small_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        assert disk_free_limit(disk) == MEGABYTES * 2**20 // 20


@pytest.fixture
def container(tmp_path: Path) -> Iterator[ContainerBroker]:
    if not docker_answers():
        unavailable("no Docker engine: RabbitMQ 4 was not tried")
    broker = ContainerBroker(tmp_path, MEGABYTES)
    broker.start()
    try:
        yield broker
    finally:
        broker.remove()


def kubernetes_probe() -> list[str]:
    cluster = next(yaml.safe_load_all((DEPLOY / "k8s/base/broker.yaml").read_text()))
    pod = cluster["spec"]["override"]["statefulSet"]["spec"]["template"]["spec"]
    command: list[str] = pod["containers"][0]["livenessProbe"]["exec"]["command"]
    return command


def compose_probe() -> list[str]:
    """The probe of Compose without its last step, which would end the container."""
    composed = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())
    test: str = composed["services"]["broker"]["healthcheck"]["test"]
    assert test.count("rabbitmqctl stop") == 1
    return ["sh", "-c", test.replace("rabbitmqctl stop", "echo stopped")]


def test_the_probes_of_compose_and_kubernetes_see_stopped_queues_once_there_is_room(
    container: ContainerBroker,
) -> None:
    ignore_the_alarm(container.control)
    asyncio.run(probe_until_the_alarm_is_over(container))
    assert container.execute(*kubernetes_probe())[0] == 0
    assert container.execute(*compose_probe())[0] == 0
    free = f"$(($(df -k --output=avail {CONTAINER_DATA} | tail -1) - 200))"
    container.execute("sh", "-c", f"head -c {free}K /dev/zero > {CONTAINER_DATA}/stuffing")
    asyncio.run(publish_until_it_is_refused(container.amqp_url("ops")))
    # The broker checks its disk at intervals of seconds, and until then it does not know that it is full.
    check_alarms = ("rabbitmq-diagnostics", "-q", "check_local_alarms")
    wait_until(lambda: container.execute(*check_alarms)[0] != 0, 60)

    code, output = container.execute(*compose_probe())
    assert (code, "stopped" in output) == (1, False)  # On a full disk a restart would not help.
    assert container.execute(*kubernetes_probe())[0] == 0
    container.execute("rm", f"{CONTAINER_DATA}/stuffing")
    with pytest.raises(QueuesDown):
        asyncio.run(probe_until_the_alarm_is_over(container))
    assert container.execute("rabbitmq-diagnostics", "-q", "check_port_connectivity")[0] == 0
    assert container.execute(*kubernetes_probe())[0] == 1
    code, output = container.execute(*compose_probe())
    assert (code, "stopped" in output) == (1, True)
