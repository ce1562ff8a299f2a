"""A remote generator connects over TLS through a tunnel, and trusts only the ticket's CA and name."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.support.api.pipeline import QUICK, running
from tests.support.broker.brokers import BrokerProcess, ticket_for
from tests.support.broker.clients import take
from tests.support.broker.jobs import JobClient
from tests.support.broker.proxy import Proxy, proxy_to
from tests.support.messages import exercises, job
from tests.support.waiting import eventually

from homework_cli.broker.certificates import load_or_create_certificates
from homework_shared.errors import LinkLost, Verdict
from homework_shared.exercises.messages import GenerateHomework, GeneratorKind
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.messaging.link import Timeouts
from homework_shared.messaging.ticket import BrokerTicket, write_ticket
from homework_shared.messaging.topology import JOBS, RESULT_DESTINATION
from homework_shared.messaging.transport import Envelope
from homework_shared.settings import BrokerSettings
from homework_shared.worker.heartbeat import WorkerSettings
from homework_shared.worker.session import Draft, run_worker
from homework_shared.worker.stats import WorkerStats


def with_ticket(ticket: BrokerTicket) -> RabbitBroker:
    settings = BrokerSettings(ticket=SecretStr(ticket.encode()))
    return RabbitBroker(settings, "test", timeouts=Timeouts(call_seconds=30))


async def test_jobs_and_results_pass_a_tunnel_over_tls(broker: BrokerProcess) -> None:
    sent = job()
    await JobClient(broker).send([sent])
    async with proxy_to(broker.tls_port) as tunnel:
        generator = with_ticket(ticket_for(broker, port=tunnel.port))
        async with generator.publisher() as publisher, generator.consumer(JOBS, 1) as consumer:
            [delivery] = await take(consumer, 1)
            assert delivery.envelope.message_id == str(sent.job_id)
            await publisher.publish(RESULT_DESTINATION, Envelope("HomeworkGenerated", "1", b"{}"))
            await delivery.settle(Verdict.ACK)


async def test_the_tunnel_sees_no_password_and_no_job(broker: BrokerProcess) -> None:
    await JobClient(broker).send([job()])
    ticket = ticket_for(broker)
    async with proxy_to(broker.tls_port) as tunnel:
        seen = overheard(tunnel)
        async with with_ticket(ticket.moved_to("127.0.0.1", tunnel.port)).consumer(JOBS, 1) as consumer:
            await take(consumer, 1)
    assert len(seen) > 1000
    for secret in (ticket.password.get_secret_value(), "cefr_level", JOBS):
        assert secret.encode() not in seen


def overheard(proxy: Proxy) -> bytearray:
    """Record the bytes that pass through the proxy in both directions."""
    seen, pump = bytearray(), proxy._pump

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        write = writer.write

        def note(data: bytes) -> None:
            seen.extend(data)
            write(data)

        writer.write = note  # type: ignore[method-assign, assignment]
        await pump(reader, writer)

    proxy._pump = listening  # type: ignore[method-assign]
    return seen


def _another_ca(ticket: BrokerTicket, folder: Path) -> BrokerTicket:
    return ticket.model_copy(update={"ca": load_or_create_certificates(folder).ca.read_text()})


def _another_name(ticket: BrokerTicket, _folder: Path) -> BrokerTicket:
    return ticket.model_copy(update={"tls_name": "another-broker"})


@pytest.mark.parametrize("change", [_another_ca, _another_name], ids=["another CA", "another name"])
async def test_a_broker_that_is_not_the_tickets_is_refused_and_the_error_says_what_to_do(
    broker: BrokerProcess, tmp_path: Path, change: Callable[[BrokerTicket, Path], BrokerTicket]
) -> None:
    wrong_broker = with_ticket(change(ticket_for(broker), tmp_path))
    with pytest.raises(LinkLost, match=r"not the broker the ticket was made for .* get a new ticket"):
        async with wrong_broker.publisher():
            pass


async def test_a_certificate_for_the_host_is_not_enough_without_the_tickets_name(
    broker: BrokerProcess,
) -> None:
    """The certificate also names `localhost`, but the client requires the name in the ticket."""
    local = ticket_for(broker).model_copy(update={"host": "localhost", "tls_name": "0.tcp.ngrok.io"})
    with pytest.raises(LinkLost, match="get a new ticket"):
        async with with_ticket(local).publisher():
            pass


async def test_a_worker_finds_the_tunnels_new_address_by_itself(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    file, stats, client = tmp_path / "ticket", WorkerStats(), JobClient(broker)
    settings = BrokerSettings(ticket_file=file)
    worker = WorkerSettings(
        queue=JOBS, kind=GeneratorKind.VLLM, worker_id="gpu", model="m", version="0", prefetch=1,
        backoff=QUICK,
    )  # fmt: skip

    async def generate(_job: GenerateHomework) -> Draft:
        return Draft(exercises())

    async def work(stop: asyncio.Event) -> None:
        gpu = RabbitBroker(settings, "gpu", timeouts=Timeouts(call_seconds=30))
        await run_worker(gpu, worker, generate, stop, stats)

    async with running(work):
        for _address in ("first", "second"):
            async with proxy_to(broker.tls_port) as tunnel:
                write_ticket(file, ticket_for(broker, port=tunnel.port))
                sent = job()
                await client.send([sent])
                # If the tunnel was cut before the first job's ack, that job is delivered again.
                while sent.job_id not in await client.results(1, 20):
                    pass
            await eventually(lambda: not stats.connected)
    assert stats.done >= 2
