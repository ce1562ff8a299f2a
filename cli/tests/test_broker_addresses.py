"""AMQP_URL with several nodes, as `homework broker` and `homework up` read it. The first node is down."""

import pytest
from tests.support.broker.brokers import BrokerProcess, free_port
from typer.testing import CliRunner
from yarl import URL

from homework_cli.broker.choice import ExternalBroker
from homework_cli.commands.broker import app


def nodes(broker: BrokerProcess) -> str:
    alive = URL(broker.amqp_url("ops"))
    return f"{alive.with_port(free_port())},{alive}"


def test_check_and_apply_reach_the_node_that_is_alive(broker: BrokerProcess) -> None:
    run = CliRunner()
    checked = run.invoke(app, ["check", "--amqp-url", nodes(broker)])
    assert (checked.exit_code, checked.output) == (0, "the broker has every exchange and queue\n")
    applied = run.invoke(
        app, ["apply", "--amqp-url", nodes(broker), "--management-url", broker.management_url]
    )
    assert applied.exit_code == 0, applied.output
    assert "ok        queue generation.jobs" in applied.output


def test_check_without_any_node_that_answers_says_so_of_each() -> None:
    ports = [free_port(), free_port()]
    url = ",".join(f"amqp://127.0.0.1:{port}/" for port in ports)
    checked = CliRunner().invoke(app, ["check", "--amqp-url", url])
    assert checked.exit_code == 1
    assert all(f"127.0.0.1:{port}" in checked.output for port in ports)


def test_up_shows_the_node_that_answered_and_hands_all_of_them_to_the_services(
    broker: BrokerProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    url = nodes(broker).replace("127.0.0.1", "localhost", 1)
    external = ExternalBroker(url)
    external.start()
    capsys.readouterr()  # No management API listens on the usual port.
    assert external.amqp_url("api") == url
    assert external.management.url == "http://127.0.0.1:15672"
    assert "127.0.0.1" in external.describe()
