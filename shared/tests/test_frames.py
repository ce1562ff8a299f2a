"""A message is put together from bytes that it shares with others, and its frames are those of pamqp."""

from types import SimpleNamespace
from typing import Any

import pytest
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from homework_shared.messaging.pipelining import Publish, Shared, _frames

CHANNEL, MOST = 7, 64


def written(message_id: str, body: bytes, **properties: Any) -> bytes:
    channel: Any = SimpleNamespace(number=CHANNEL, max_content_size=MOST)
    shared = Shared.by(commands.Basic.Properties(**properties))
    return b"".join(_frames(channel, Publish("exchange", "key", message_id, shared, body)))


def by_pamqp(message_id: str, body: bytes, **properties: Any) -> bytes:
    of_all = commands.Basic.Properties(message_id=message_id, **properties)
    parts: list[Any] = [
        commands.Basic.Publish(exchange="exchange", routing_key="key", mandatory=True),
        ContentHeader(properties=of_all, body_size=len(body)),
        *(ContentBody(body[at : at + MOST]) for at in range(0, len(body), MOST)),
    ]
    return b"".join(frame.marshal(part, CHANNEL) for part in parts)


@pytest.mark.parametrize("body", [b"", b"{}", b"x" * MOST, b"x" * (3 * MOST + 1)])
@pytest.mark.parametrize("message_id", ["1", "è" * 127, "x" * 255])
@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"content_type": "application/json", "headers": {"a": "b", "perché": "né"}, "delivery_mode": 2},
        {"expiration": "500", "message_type": "GenerateHomework", "user_id": "api"},
        {"headers": {"traceparent": "x" * 300}},
    ],
)
def test_a_message_is_written_as_pamqp_writes_it(
    message_id: str, body: bytes, properties: dict[str, Any]
) -> None:
    assert written(message_id, body, **properties) == by_pamqp(message_id, body, **properties)


def test_a_message_id_that_amqp_cannot_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="256"):
        written("x" * 256, b"{}")
