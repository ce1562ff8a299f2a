"""The addresses of a cluster's nodes, in one AMQP_URL."""

import pytest
from pydantic import SecretStr

from homework_shared.messaging.address import (
    address_resolver,
    beginning_with,
    nodes_in,
    read_url,
    urls_in,
    vhost_of,
)
from homework_shared.messaging.ticket import BadTicket
from homework_shared.settings import BrokerSettings


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("amqp://a:b@one/", ["amqp://a:b@one/"]),
        ("amqp://a:b@one/,amqps://a:b@two:5671/", ["amqp://a:b@one/", "amqps://a:b@two:5671/"]),
        ("amqp://a:b@one/ , amqp://a:b@two/", ["amqp://a:b@one/", "amqp://a:b@two/"]),
        ("amqp://a:b,c@one/", ["amqp://a:b,c@one/"]),
    ],
)
def test_a_comma_separates_nodes_only_before_the_next_url(text: str, urls: list[str]) -> None:
    assert urls_in(text) == urls


def three_nodes() -> BrokerSettings:
    return BrokerSettings(amqp_url=SecretStr(",".join(f"amqp://a:b@node-{number}/" for number in range(3))))


async def test_a_connection_may_try_every_node() -> None:
    hosts = [node.url.host for node in await address_resolver(three_nodes())()]
    assert sorted(map(str, hosts)) == ["node-0", "node-1", "node-2"]


async def test_clients_do_not_all_start_with_the_same_node() -> None:
    first = [(await address_resolver(three_nodes())())[0].url.host for _ in range(60)]
    assert len(set(first)) > 1


def test_the_ring_of_nodes_is_walked_from_any_of_them() -> None:
    one, two, three = nodes_in("amqp://one/,amqp://two/,amqp://three/")
    assert beginning_with(two, [one, two, three]) == [two, three, one]
    assert beginning_with(None, [one, two, three]) == [one, two, three]
    assert beginning_with(three, [one, two]) == [one, two]  # The tunnel has a new address.


@pytest.mark.parametrize(
    ("text", "vhost"),
    [
        ("amqp://a:b@one", "/"),
        ("amqp://a:b@one/", "/"),
        ("amqp://a:b@one/%2F", "/"),
        ("amqp://a:b@one/school", "school"),
        ("amqp://a:b@one/school%2Fone", "school/one"),
        ("amqp://a:b@one/%2Fschool?heartbeat=5", "/school"),
    ],
)
def test_the_vhost_of_a_url_is_what_its_broker_calls_it(text: str, vhost: str) -> None:
    assert vhost_of(read_url(text)) == vhost


@pytest.mark.parametrize(
    "text",
    [
        "amqp://a:se#cret@one/",
        "amqp://a:se/cret@one/",
        "one:5672",
        "http://a:secret@one/",
        "amqp://",
        "amqp://a:b@one:port/",
    ],
)
def test_what_is_no_address_is_refused_with_how_to_write_one_and_without_the_password(text: str) -> None:
    with pytest.raises(BadTicket, match="%40") as refused:
        address_resolver(BrokerSettings(amqp_url=SecretStr(text)))
    assert "cret" not in str(refused.value)
