"""The broker of docker-compose.yml, for machines with Docker and no rabbitmq-server."""

import asyncio
import json
import socket
import ssl
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.support.broker.brokers import IMAGE, need_docker
from tests.support.broker.clients import rabbit

from homework_cli.broker.certificates import TLS_NAME
from homework_cli.broker.choice import ComposeBroker
from homework_shared.messaging.topology import FALLBACK, FALLBACK_DESTINATION, PERMISSIONS
from homework_shared.messaging.transport import Envelope
from homework_shared.runtime.clock import utc_now


@pytest.fixture(autouse=True)
def _the_image_that_the_other_tests_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RABBITMQ_VERSION", IMAGE.partition(":")[2])


def own_project() -> str:
    """A name that no other run on this Docker engine has, and no run that was killed has left."""
    return f"homework-test-{uuid4().hex[:8]}"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ComposeBroker]:
    need_docker()
    broker = ComposeBroker(tmp_path, project=own_project())
    broker.start()
    try:
        yield broker
    finally:
        broker.stop(with_data=True)


def test_the_container_speaks_tls_and_serves_a_renewed_certificate_without_a_restart(tmp_path: Path) -> None:
    need_docker()
    # A certificate of that age has 17 days left.
    now = utc_now() - timedelta(days=380)
    broker = ComposeBroker(tmp_path, own_project(), lambda: now)
    broker.start()
    try:
        old = serial_served_by(broker)
        assert broker.revive() is None
        now = utc_now()
        assert "renewed" in (broker.revive() or "")
        assert serial_served_by(broker) != old
    finally:
        broker.stop(with_data=True)


def serial_served_by(broker: ComposeBroker) -> object:
    trusting = ssl.create_default_context(cadata=broker.ca)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", broker.tls_port), timeout=60) as line,
        trusting.wrap_socket(line, server_hostname=TLS_NAME) as client,
    ):
        return (client.getpeercert() or {})["serialNumber"]


def test_on_the_host_only_the_owner_gets_to_the_containers_key(broker: ComposeBroker, tmp_path: Path) -> None:
    copies = tmp_path / "tls" / "container"
    assert stat.S_IMODE(copies.parent.stat().st_mode) == 0o700
    assert {file.name for file in copies.iterdir()} == {"ca.pem", "server.pem", "server.key"}


def test_the_container_has_our_users_and_no_guest(broker: ComposeBroker) -> None:
    url, _, file = broker.describe().partition("  (user ops; its password is in ")
    password = json.loads(Path(file.rstrip(")")).read_text())["ops"]
    response = httpx.get(f"{url}/api/users", auth=("ops", password), timeout=60).raise_for_status()
    assert {user["name"] for user in response.json()} == set(PERMISSIONS)


def test_the_container_has_the_topology_and_the_users_and_keeps_its_data(broker: ComposeBroker) -> None:
    async def publish() -> None:
        async with rabbit(broker, "api").publisher() as publisher:
            # A queue that was declared less than a second ago may lose confirmed messages.
            await asyncio.sleep(1.5)
            await publisher.publish(FALLBACK_DESTINATION, Envelope("GenerateHomework", "kept", b"{}"))

    async def take() -> str:
        async with rabbit(broker, "mock_generator").consumer(FALLBACK, 1) as consumer, asyncio.timeout(60):
            [delivery] = await consumer.take(1)
            return delivery.envelope.message_id

    asyncio.run(publish())
    broker.stop()
    broker.start()
    assert asyncio.run(take()) == "kept"
