"""Two runs on one machine have addresses of their own, even if both start at the same moment."""

from pathlib import Path

from homework_cli.broker.ports import listen, load_or_create_ports
from homework_cli.run_folder import DEFAULT_API_PORT
from homework_cli.stack.stack import DEFAULT_CONSOLE_PORT, Stack


def quiet_stack(folder: Path) -> Stack:
    return Stack(folder, folder / "homework.db", lambda _: None, with_pages=True)


def test_a_port_that_is_listened_on_is_not_given_again() -> None:
    with listen(0) as first, listen(first.getsockname()[1]) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_run_that_has_not_started_its_services_yet_holds_its_addresses(tmp_path: Path) -> None:
    first, second = quiet_stack(tmp_path / "one"), quiet_stack(tmp_path / "two")
    try:
        ours = {first.url, first.console_url, first.classroom_url}
        assert ours.isdisjoint({second.url, second.console_url, second.classroom_url})
    finally:
        first.stop()
        second.stop()


def test_a_run_has_the_addresses_of_the_last_one_in_its_folder(tmp_path: Path) -> None:
    with listen(DEFAULT_API_PORT), listen(DEFAULT_CONSOLE_PORT):
        first = quiet_stack(tmp_path)
        first.stop()
    assert first.port != DEFAULT_API_PORT
    second = quiet_stack(tmp_path)
    second.stop()
    assert (second.url, second.console_url) == (first.url, first.console_url)


def test_a_broker_gets_no_port_that_an_outgoing_connection_could_take_before_it_listens(
    tmp_path: Path,
) -> None:
    names = ("amqp", "amqps", "management", "prometheus")
    ports = load_or_create_ports(tmp_path / "ports.json", names)
    assert len(set(ports.values())) == 4
    assert max(ports.values()) < 32_768
