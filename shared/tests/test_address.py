"""The addresses of a cluster's nodes, in one AMQP_URL."""

import pytest
from pydantic import SecretStr

from homework_shared.messaging.address import address_resolver, urls_in
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


async def test_each_connection_goes_to_the_next_node_and_no_node_is_left_out() -> None:
    urls = SecretStr(",".join(f"amqp://a:b@node-{number}/" for number in range(3)))
    resolve_address = address_resolver(BrokerSettings(amqp_url=urls))
    asked = [(await resolve_address()).url.host for _ in range(6)]
    assert set(asked[:3]) == {"node-0", "node-1", "node-2"}
    assert asked[3:] == asked[:3]


async def test_clients_do_not_all_start_with_the_same_node() -> None:
    urls = SecretStr(",".join(f"amqp://a:b@node-{number}/" for number in range(3)))
    first = [(await address_resolver(BrokerSettings(amqp_url=urls))()).url.host for _ in range(60)]
    assert len(set(first)) > 1
