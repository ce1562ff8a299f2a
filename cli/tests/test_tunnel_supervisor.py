"""The supervisor reopens a lost tunnel as soon as it can, and never opens one to another program's port."""

from dataclasses import replace

import pytest
from tests.support.broker.brokers import free_port
from tests.support.tunnel.supervised import Enough, House, TlsPort, first

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.certificates import load_or_create_certificates
from homework_cli.tunnel.agent import Endpoint
from homework_cli.tunnel.errors import TunnelLost
from homework_cli.tunnel.supervisor import State
from homework_shared.messaging.ticket import read_ticket


def test_the_tunnel_leads_to_the_tls_port_and_the_ticket_has_its_address(house: House) -> None:
    house.run_until(lambda state: state.address is not None)
    assert house.agent.opened == [house.broker_port.port]
    ticket = read_ticket(house.tickets.file)
    assert (ticket.host, ticket.port, ticket.user) == ("0.tcp.ngrok.io", 1000, "generator")
    assert ticket.tunnel == house.tickets.mark
    assert house.tickets.file.stat().st_mode & 0o777 == 0o600
    assert house.agent.closed == 1


def test_the_supervisor_waits_until_the_broker_is_there(house: House) -> None:
    port = house.broker_port.port
    (house.folder / "broker/ports.json").unlink()

    def there(state: State) -> bool:
        if len(house.states) == 3:
            house.listens_at(port)
        return state.address is not None

    house.run_until(there)
    assert "waiting for `homework up`" in house.notes[0]
    assert house.agent.opened == [port]


def test_no_tunnel_is_opened_to_another_program_at_the_brokers_port(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = TlsPort(load_or_create_certificates(tmp_path_factory.mktemp("stranger")))
    house.listens_at(stranger.port)
    house.run_until(lambda _: len(house.states) == 3)
    assert house.agent.opened == []
    assert "a program other than the broker" in house.notes[-1]
    stranger.close()


def test_the_tunnel_is_closed_when_another_program_takes_the_brokers_port(
    house: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = load_or_create_certificates(tmp_path_factory.mktemp("stranger"))
    port = house.broker_port.port
    usurper: list[TlsPort] = []

    def closed(state: State) -> bool:
        if state.address and not usurper:
            house.broker_port.close()
            usurper.append(TlsPort(stranger, port))
        return "the tunnel is closed" in state.note

    house.run_until(closed)
    assert house.agent.closed == 1
    usurper[0].close()


def test_a_broker_that_is_only_down_keeps_its_tunnel_and_address(house: House) -> None:
    def down(state: State) -> bool:
        if house.agent.looks == 1:
            house.broker_port.close()
        return house.agent.looks > 20

    house.run_until(down)
    assert len(house.agent.opened) == 1
    assert "`homework up` does not run" in house.notes[-1]


def test_a_tunnel_that_is_lost_is_opened_again_and_the_ticket_renewed(house: House) -> None:
    def gone(seen: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        if house.agent.looks == 2:
            raise TunnelLost("the ngrok agent has ended")
        return seen

    house.agent.on_look = gone
    house.run_until(lambda state: state.address == first(1))
    assert read_ticket(house.tickets.file).port == 1001
    assert any("the tunnel is gone (the ngrok agent has ended)" in note for note in house.notes)


def test_a_broker_that_has_its_ports_but_no_certificates_yet_is_waited_for(house: House) -> None:
    ca, later = house.certificates.ca, house.folder / "ca.pem"
    ca.rename(later)

    def made(state: State) -> bool:
        if len(house.states) == 3:
            later.rename(ca)
        return state.address is not None

    house.run_until(made)
    assert "waiting for `homework up`" in house.notes[0]


def test_ports_that_cannot_be_read_for_a_moment_keep_the_tunnel(house: House) -> None:
    def unreadable(_: State) -> bool:
        if house.agent.looks == 1:
            (house.folder / "broker/ports.json").write_text("")
        return house.agent.looks > 10

    house.run_until(unreadable)
    assert len(house.agent.opened) == 1


def test_an_agent_that_stays_offline_is_replaced(house: House) -> None:
    house.agent.on_look = lambda seen: replace(seen, online=len(house.agent.opened) > 1)
    house.run_until(lambda state: state.address == first(1))
    assert any("has lost its connection to ngrok" in note for note in house.notes)
    assert any("is this computer online?" in note for note in house.notes)


def test_a_broker_that_moved_to_another_port_gets_another_tunnel(house: House) -> None:
    moved = TlsPort(house.certificates)

    def both(_: State) -> bool:
        if house.agent.looks == 1:
            house.listens_at(moved.port)
        return len(house.agent.opened) == 2 and house.agent.looks > 2

    house.run_until(both)
    assert house.agent.opened == [house.broker_port.port, moved.port]
    moved.close()


def test_a_reserved_address_is_handed_to_the_agent(house: House) -> None:
    house.until = lambda state: state.address is not None
    with pytest.raises(Enough):
        house.supervisor(url=PublicAddress("1.tcp.eu.ngrok.io", 20000)).run()
    assert house.states[-1].address == PublicAddress("1.tcp.eu.ngrok.io", 20000)


def test_a_count_that_cannot_be_saved_is_reported_and_the_tunnel_stays(house: House) -> None:
    (house.folder / "usage.json").mkdir()
    house.run_until(lambda _: house.agent.looks == 3)
    assert len(house.agent.opened) == 1
    [problem] = house.states[-1].problems
    assert "the count cannot be kept in" in problem


def test_connections_that_the_agent_does_not_report_are_shown_as_missing(house: House) -> None:
    house.agent.on_look = lambda seen: replace(seen, connections=None)
    house.run_until(lambda _: house.agent.looks == 3)
    assert house.states[-1].problems == ("the ngrok agent does not report its connections",)
    assert house.states[-1].usage.connections == 0


def test_an_unused_port_is_reported_as_not_answering(house: House) -> None:
    house.listens_at(free_port())
    house.run_until(lambda _: len(house.states) == 2)
    assert "nothing answers" in house.notes[-1]
