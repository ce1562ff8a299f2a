"""The header of a message is read as pamqp reads it, and messages that differ in their ids share the rest."""

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pamqp import commands
from pamqp.header import ContentHeader

from homework_shared.messaging import content_header
from homework_shared.messaging.content_header import read_content_header
from homework_shared.messaging.frames import CONTENT
from homework_shared.messaging.properties import ForgivingProperties

SHORT = st.text(max_size=40).filter(lambda text: len(text.encode()) < 256)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SHORT, inner, max_size=3),
    max_leaves=6,
)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "content_type": SHORT,
        "content_encoding": SHORT,
        "headers": st.dictionaries(SHORT, VALUES, max_size=4),
        "delivery_mode": st.sampled_from([1, 2]),
        "priority": st.integers(0, 255),
        "correlation_id": SHORT,
        "reply_to": SHORT,
        "expiration": SHORT,
        "message_id": SHORT,
        "timestamp": st.just(datetime(2026, 12, 1, tzinfo=UTC)),
        "message_type": SHORT,
        "user_id": SHORT,
        "app_id": SHORT,
    },
)
OURS: dict[str, Any] = {
    "content_type": "application/json",
    "headers": {"traceparent": "00-1", "name": "è"},
    "delivery_mode": 2,
    "expiration": "9000",
    "message_id": "id",
    "message_type": "HomeworkGenerated",
    "user_id": "generator",
}


def header(size: int = 7, **properties: Any) -> bytes:
    """The payload of a content header."""
    return ContentHeader(properties=commands.Basic.Properties(**properties), body_size=size).marshal()


def values(properties: commands.Basic.Properties) -> dict[str, Any]:
    return {name: getattr(properties, name) for name in properties.__slots__}


def by_pamqp(payload: bytes) -> tuple[int, dict[str, Any]]:
    """The size of the body and all properties, as pamqp reads them by itself."""
    read = ContentHeader(properties=ForgivingProperties())
    read.unmarshal(payload)
    return read.body_size, values(read.properties)


def by_us(payload: bytes) -> tuple[int, dict[str, Any]]:
    content = read_content_header(payload)
    return content.body_size, values(content.properties) | {"message_id": content.message_id}


def outcome(read: Any, payload: bytes) -> Any:
    """What it returns, or the kind of its error."""
    try:
        return read(payload)
    except (ValueError, struct.error) as error:
        return type(error)


@given(PROPERTIES)
@example({})
@example({"message_id": "id"})
@example(OURS)
def test_whatever_properties_a_message_has_they_are_read_as_by_pamqp(properties: dict[str, Any]) -> None:
    payload = header(**properties)
    assert by_us(payload) == by_pamqp(payload)


@given(PROPERTIES, st.data())
def test_bytes_that_were_changed_or_cut_are_read_as_by_pamqp(
    properties: dict[str, Any], data: st.DataObject
) -> None:
    payload = bytearray(header(**properties))
    for at in data.draw(st.lists(st.integers(0, len(payload) - 1), max_size=3)):
        payload[at] = data.draw(st.integers(0, 255))
    cut = bytes(payload[: data.draw(st.integers(0, len(payload)))])
    for each in (bytes(payload), cut):
        assert outcome(by_us, each) == outcome(by_pamqp, each)


@given(st.binary(max_size=60), st.integers(0, 2**16 - 1))
def test_arbitrary_bytes_are_read_as_by_pamqp(rest: bytes, flags: int) -> None:
    payload = CONTENT.pack(60, 0, 1) + flags.to_bytes(2) + rest
    assert outcome(by_us, payload) == outcome(by_pamqp, payload)


def test_messages_that_differ_in_their_ids_share_all_other_properties() -> None:
    one, other = (read_content_header(header(**OURS | {"message_id": name})) for name in ("a", "another"))
    assert (one.message_id, other.message_id) == ("a", "another")
    assert one.properties is other.properties
    assert read_content_header(header(**OURS | {"user_id": "b"})).properties is not one.properties


def test_long_properties_are_not_remembered() -> None:
    headers = {"long": "x" * content_header._LONGEST_SHARED}
    one, other = (read_content_header(header(message_id=name, headers=headers)) for name in ("a", "b"))
    assert (one.message_id, one.properties.headers) == ("a", headers)
    assert one.properties is not other.properties


@pytest.mark.parametrize("message_id", [b"\xff", b"\xc3"])
def test_an_id_that_is_not_utf_8_makes_the_properties_unreadable(message_id: bytes) -> None:
    payload = header(message_id="id", user_id="u").replace(b"\x02id", bytes([len(message_id)]) + message_id)
    content = read_content_header(payload)
    assert (content.body_size, content.message_id, content.properties.user_id) == (7, None, None)
    # The next message with the same other properties is read.
    assert read_content_header(header(message_id="id", user_id="u")).properties.user_id == "u"
