"""The publisher's reaction to a message that a broker confirms, refuses, returns or leaves unanswered."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiormq.channel import Channel
from pamqp import commands
from tests.support.broker.scripted_broker import (
    USER,
    Frame,
    Published,
    ScriptedBroker,
    confirmed,
    refused,
    returned,
    scripted_broker,
    unanswered,
)
from tests.support.waiting import SECONDS, eventually

from homework_shared.errors import LinkLost, MessageTooLarge, PublishRefused, Unroutable
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.messaging import pipelining
from homework_shared.messaging.aio_pika_internals import raw_channel
from homework_shared.messaging.link import Timeouts
from homework_shared.messaging.publisher import RabbitPublisher, _outcome
from homework_shared.messaging.topology import JOB_DESTINATION, STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope, OutgoingMessage

ALARM = commands.Connection.Blocked("low on disk")


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    async with scripted_broker() as broker:
        yield broker


def message(name: str = "m", body: bytes = b"{}", expires_in_ms: int | None = None) -> OutgoingMessage:
    return JOB_DESTINATION, Envelope("GenerateHomework", name, body, {"traceparent": "t"}, expires_in_ms)


def hurry(publisher: RabbitPublisher, call_seconds: float, ping_seconds: float = 60) -> None:
    """Let connecting take as long as on a busy machine from now on."""
    publisher._timeouts = Timeouts(call_seconds=call_seconds, ping_seconds=ping_seconds)


async def test_a_message_is_persistent_and_mandatory_and_names_its_user(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        await publisher.publish(*message("job-1", b'{"a": 1}', 500))
    [sent] = broker.published
    assert (sent.method.exchange, sent.method.routing_key) == (JOB_DESTINATION.exchange, JOB_DESTINATION.key)
    assert sent.method.mandatory
    assert not sent.method.immediate
    properties = sent.properties
    assert (properties.delivery_mode, properties.user_id, properties.expiration) == (2, USER, "500")
    assert (properties.message_id, properties.message_type) == ("job-1", "GenerateHomework")
    assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")
    assert (properties.headers, sent.body) == ({"traceparent": "t"}, b'{"a": 1}')


@pytest.mark.parametrize(("milliseconds", "expiration"), [(None, None), (0, "0"), (-5, "0"), (1, "1")])
async def test_a_message_whose_time_is_over_expires_at_once_and_one_without_a_time_never(
    broker: ScriptedBroker, milliseconds: int | None, expiration: str | None
) -> None:
    async with broker.client().publisher() as publisher:
        await publisher.publish(*message(expires_in_ms=milliseconds))
    assert broker.published[0].properties.expiration == expiration


async def test_each_message_of_a_batch_has_the_outcome_that_the_broker_gave_it(
    broker: ScriptedBroker,
) -> None:
    answers = {"good": confirmed, "full": refused, "lost": returned}
    broker.answer = lambda published: answers[published.properties.message_id](published)
    async with broker.client().publisher() as publisher:
        outcomes = await publisher.publish_many([message(name) for name in ("full", "good", "lost", "good")])
        assert [type(outcome) for outcome in outcomes] == [PublishRefused, type(None), Unroutable, type(None)]
        assert "generation/job" in str(outcomes[0])
        assert "homework broker apply" in str(outcomes[2])
        with pytest.raises(PublishRefused):
            await publisher.publish(*message("full"))
        with pytest.raises(Unroutable):
            await publisher.publish(*message("lost"))


async def test_confirmations_are_found_by_their_tag_in_whatever_order_they_come(
    broker: ScriptedBroker,
) -> None:
    arrived: list[Published] = []

    def answer(published: Published) -> Sequence[Frame]:
        arrived.append(published)
        if len(arrived) < 4:
            return []
        return [commands.Basic.Nack(4), commands.Basic.Nack(2), commands.Basic.Ack(3, multiple=True)]

    broker.answer = answer
    async with broker.client().publisher() as publisher:
        outcomes = await publisher.publish_many([message(str(number)) for number in range(4)])
    assert [outcome is None for outcome in outcomes] == [True, False, True, False]


async def test_two_messages_of_one_name_have_an_outcome_each(broker: ScriptedBroker) -> None:
    answers = iter([confirmed, returned])
    broker.answer = lambda published: next(answers)(published)
    async with broker.client().publisher() as publisher:
        outcomes = await publisher.publish_many([message("same"), message("same")])
    assert [type(outcome) for outcome in outcomes] == [type(None), Unroutable]


async def test_a_batch_goes_out_before_any_of_it_is_confirmed(broker: ScriptedBroker) -> None:
    broker.answer = lambda published: (
        [commands.Basic.Ack(3, multiple=True)] if len(broker.published) == 3 else []
    )
    async with broker.client().publisher() as publisher:
        assert await publisher.publish_many([message(str(number)) for number in range(3)]) == [None] * 3


async def test_a_message_of_the_largest_size_arrives_whole_and_one_byte_more_is_not_sent(
    broker: ScriptedBroker,
) -> None:
    largest = bytes(range(256)) * (MAX_BODY_BYTES // 256)
    batch = [message("large", largest), message("too large", largest + b"!"), message("small")]
    async with broker.client().publisher() as publisher:
        outcomes = await publisher.publish_many(batch)
    assert [type(outcome) for outcome in outcomes] == [type(None), MessageTooLarge, type(None)]
    assert str(MAX_BODY_BYTES + 1) in str(outcomes[1])
    assert [published.body for published in broker.published] == [largest, b"{}"]


async def test_a_batch_in_which_nothing_can_be_sent_is_no_publish(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        assert await publisher.publish_many([]) == []
        [outcome] = await publisher.publish_many([message(body=b"x" * (MAX_BODY_BYTES + 1))])
    assert isinstance(outcome, MessageTooLarge)
    assert broker.published == []


async def test_a_message_that_is_not_confirmed_in_time_is_a_lost_link_and_its_neighbours_are_confirmed(
    broker: ScriptedBroker,
) -> None:
    broker.answer = lambda published: unanswered(published) if published.tag == 2 else confirmed(published)
    async with broker.client().publisher() as publisher:
        hurry(publisher, 1)
        outcomes = await publisher.publish_many([message(str(number)) for number in range(3)])
    assert [type(outcome) for outcome in outcomes] == [type(None), LinkLost, type(None)]
    assert "no answer from the broker in time" in str(outcomes[1])


async def test_a_late_confirmation_is_not_taken_for_that_of_the_next_message(broker: ScriptedBroker) -> None:
    broker.answer = unanswered
    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.3)
        [first] = await publisher.publish_many([message("first")])
        broker.answer = lambda _: [commands.Basic.Ack(1)]
        [second] = await publisher.publish_many([message("second")])
    assert [type(first), type(second)] == [LinkLost, LinkLost]


async def test_messages_that_were_never_written_take_no_confirmation_of_later_ones(
    broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = pipelining._enqueue, [ConnectionError("the socket is full")]

    async def enqueue(channel: Channel, payload: bytes) -> asyncio.Future[None]:
        if failures:
            raise failures.pop()
        return await real(channel, payload)

    monkeypatch.setattr(pipelining, "_enqueue", enqueue)
    async with broker.client().publisher() as publisher:
        hurry(publisher, 3)
        lost = await publisher.publish_many([message("a"), message("b")])
        assert [type(outcome) for outcome in lost] == [LinkLost, LinkLost]
        broker.answer = lambda published: refused(published) if published.tag == 1 else confirmed(published)
        outcomes = await publisher.publish_many([message("c"), message("d")])
        assert [type(outcome) for outcome in outcomes] == [PublishRefused, type(None)]
        raw = await raw_channel(publisher._channel)
        assert (raw.confirmations, raw.message_id_delivery_tag) == ({}, {})
    assert [published.properties.message_id for published in broker.published] == ["c", "d"]


async def test_a_socket_that_takes_no_more_bytes_is_a_lost_link_whose_messages_nobody_waits_for(
    broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enqueue(_channel: Channel, _payload: bytes) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.2)
        monkeypatch.setattr(pipelining, "_enqueue", enqueue)
        lost = await publisher.publish_many([message("a"), message("b")])
        assert [type(outcome) for outcome in lost] == [LinkLost, LinkLost]
        raw = await raw_channel(publisher._channel)
        assert all(each.cancelled() for each in raw.confirmations.values())
        await eventually(lambda: not raw.message_id_delivery_tag)


async def test_during_an_alarm_nothing_is_sent_and_after_it_everything(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        broker.send(ALARM)
        await eventually(lambda: _is_refused(publisher.publish_many([message()])))
        refused_while_blocked = await publisher.publish_many([message(), message()])
        await publisher.announce(STATUS_DESTINATION, message()[1])
        sent_before = len(broker.published)
        assert [str(outcome) for outcome in refused_while_blocked] == [
            "the broker is in a disk or memory alarm and blocks publishers"
        ] * 2
        assert len(broker.published) == sent_before
        broker.send(commands.Connection.Unblocked())
        await eventually(lambda: _is_confirmed(publisher.publish_many([message("after")])))
    assert [published.properties.message_id for published in broker.published[sent_before:]] == ["after"]


async def _is_refused(publishing: object) -> bool:
    [outcome] = await publishing  # type: ignore[misc]
    return isinstance(outcome, PublishRefused)


async def _is_confirmed(publishing: object) -> bool:
    [outcome] = await publishing  # type: ignore[misc]
    return outcome is None


async def test_what_an_alarm_leaves_unconfirmed_is_refused_and_no_lost_link(broker: ScriptedBroker) -> None:
    def alarm(_: Published) -> Sequence[Frame]:
        broker.send(ALARM)
        return []

    broker.answer = alarm
    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.5)
        outcomes = await publisher.publish_many([message()])
    assert [(type(outcome), str(outcome)) for outcome in outcomes] == [
        (PublishRefused, "an alarm on the broker blocks publishers")
    ]


async def test_a_connection_that_breaks_while_publishing_is_a_lost_link_for_every_message(
    broker: ScriptedBroker,
) -> None:
    def cut(_: Published) -> Sequence[Frame]:
        broker.cut()
        return []

    broker.answer = cut
    async with broker.client().publisher() as publisher:
        outcomes = await publisher.publish_many([message("a"), message("b")])
        assert [type(outcome) for outcome in outcomes] == [LinkLost, LinkLost]
        again = await publisher.publish_many([message("a"), message("b")])
        assert [type(outcome) for outcome in again] == [LinkLost, LinkLost]


@pytest.mark.parametrize(
    ("error", "said"),
    [(ConnectionError("it is gone"), "it is gone"), (ConnectionError(), "ConnectionError")],
)
def test_a_publish_that_failed_says_why(error: Exception, said: str) -> None:
    assert str(_outcome(error, JOB_DESTINATION)) == f"publishing to {JOB_DESTINATION.exchange}: {said}"


async def test_a_status_is_transient_and_nobody_has_to_take_it(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        await publisher.announce(STATUS_DESTINATION, message("status")[1])
        await publisher.announce(STATUS_DESTINATION, message("status")[1])
    sent = broker.published[0]
    assert (sent.method.exchange, sent.method.routing_key) == (STATUS_DESTINATION.exchange, "")
    assert not sent.method.mandatory
    properties = sent.properties
    assert (properties.delivery_mode, properties.user_id, properties.expiration) == (1, USER, None)
    assert (properties.message_id, properties.message_type) == ("status", "GenerateHomework")
    assert properties.headers == {"traceparent": "t"}
    assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")


async def test_a_status_that_the_broker_does_not_confirm_is_a_lost_link(broker: ScriptedBroker) -> None:
    broker.answer = unanswered
    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.3)
        with pytest.raises(LinkLost, match="announcing"):
            await publisher.announce(STATUS_DESTINATION, message()[1])


async def test_the_watchdog_loses_a_link_on_which_nobody_answers(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.3, ping_seconds=0.01)
        broker.mute.add(commands.Exchange.Declare)
        async with asyncio.timeout(SECONDS):
            with pytest.raises(LinkLost, match="watchdog got no answer: TimeoutError"):
                await publisher.watch()


async def test_the_watchdog_asks_the_broker_and_goes_on_as_long_as_it_answers(broker: ScriptedBroker) -> None:
    async with broker.client(ping_seconds=0.01).publisher() as publisher:
        asked = len(broker.sent(commands.Exchange.Declare))
        watching = asyncio.create_task(publisher.watch())
        await eventually(lambda: len(broker.sent(commands.Exchange.Declare)) >= asked + 3)
        assert not watching.done()
        watching.cancel()
        await asyncio.wait({watching})


async def test_the_watchdog_leaves_a_connection_alone_that_an_alarm_blocks(broker: ScriptedBroker) -> None:
    async with broker.client().publisher() as publisher:
        hurry(publisher, 0.1, ping_seconds=0.01)
        broker.send(ALARM)
        await eventually(lambda: _is_refused(publisher.publish_many([message()])))
        broker.mute.add(commands.Exchange.Declare)
        asked = len(broker.sent(commands.Exchange.Declare))
        watching = asyncio.create_task(publisher.watch())
        done, _ = await asyncio.wait({watching}, timeout=0.6)  # It checks twice whether it is blocked.
        assert not done
        assert len(broker.sent(commands.Exchange.Declare)) == asked
        watching.cancel()
        await asyncio.wait({watching})
