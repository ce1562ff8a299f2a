"""The addresses of a cluster's nodes, in one AMQP_URL."""

import pytest
from pydantic import SecretStr

from homework_shared.messaging.address import address_resolver, beginning_with, nodes_in, urls_in
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
    assert beginning_with(three, [one, two]) == [one, two]  # the tunnel has moved
