"""The supervisor reopens a lost tunnel as soon as it can, and never opens one to another program's port."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.support.broker.brokers import free_port

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.certificates import Certificates, load_or_create_certificates
from homework_cli.broker.definitions import load_or_create_passwords, save_passwords
from homework_cli.broker.running import ManagedBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.tunnel.agent import Endpoint
from homework_cli.tunnel.errors import TunnelLost, TunnelRefused
from homework_cli.tunnel.supervisor import Pace, State, Supervisor
from homework_cli.tunnel.usage import UsageBook
from homework_shared.messaging.ticket import read_ticket

FAST = Pace(look=0.01, wait_min=0.01, wait_max=0.05, steady=0.0, offline=0.1)


class Enough(Exception):
    """Ends `run` once the test has seen what it waited for."""


class TlsPort:
    """A TLS port with the right certificate. A tunnel knows nothing else of a broker."""

    def __init__(self, certificates: Certificates, port: int = 0) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, args=(context,), daemon=True).start()

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            # This wakes the thread that waits in accept.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _serve(self, context: ssl.SSLContext) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
                with context.wrap_socket(raw, server_side=True):
                    pass
            except ssl.SSLError:
                continue
            except OSError:
                return


@dataclass
class Agent:
    """Opens the tunnels in `addresses`, one after the other. The test specifies what `look` does."""

    addresses: list[PublicAddress | Exception] = field(
        default_factory=lambda: [PublicAddress(f"{n}.tcp.ngrok.io", 1000 + n) for n in range(9)]
    )
    opened: list[int] = field(default_factory=list)
    looks: int = 0
    closed: int = 0
    on_look: Callable[[Endpoint[PublicAddress]], Endpoint[PublicAddress]] = lambda endpoint: endpoint

    def open(self, port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        self.opened.append(port)
        now = url or self.addresses[len(self.opened) - 1]
        if isinstance(now, Exception):
            raise now
        self._now = now
        return now

    def look(self) -> Endpoint[PublicAddress]:
        self.looks += 1
        return self.on_look(Endpoint(self._now, self.looks, online=True))

    def close(self) -> None:
        self.closed += 1


class House:
    """A folder as `homework up` leaves it, with a supervisor for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tickets = Tickets(folder)
        broker = folder / "broker"
        broker.mkdir()
        self.certificates = load_or_create_certificates(broker)
        load_or_create_passwords(broker / "credentials.json")
        self.broker_port = TlsPort(self.certificates)
        self.listens_at(self.broker_port.port)
        self.agent = Agent()
        self.states: list[State] = []
        self.until: Callable[[State], bool] = lambda _: False

    def listens_at(self, port: int) -> None:
        (self.folder / "broker/ports.json").write_text(json.dumps({"amqps": port, "management": 9}))

    def show(self, state: State) -> None:
        self.states.append(state)
        if self.until(state):
            raise Enough
        assert len(self.states) < 3000, self.states[-1]

    def supervisor(self, pace: Pace = FAST, url: PublicAddress | None = None) -> Supervisor:
        book = UsageBook(self.folder / "usage.json")
        return Supervisor(ManagedBroker(self.folder), self.tickets, self.agent, book, self, url, pace)

    def run_until(self, until: Callable[[State], bool], pace: Pace = FAST) -> None:
        self.until = until
        with pytest.raises(Enough):
            self.supervisor(pace).run()

    @property
    def notes(self) -> list[str]:
        return [state.note for state in self.states]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.broker_port.close()


def first(n: int) -> PublicAddress:
    return PublicAddress(f"{n}.tcp.ngrok.io", 1000 + n)


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


def test_a_new_address_of_the_running_agent_renews_the_ticket(house: House) -> None:
    house.agent.on_look = lambda seen: replace(seen, address=first(7)) if house.agent.looks > 2 else seen
    house.run_until(lambda state: state.address == first(7))
    assert read_ticket(house.tickets.file).host == "7.tcp.ngrok.io"


def test_a_tunnel_that_is_lost_is_opened_again_and_the_ticket_renewed(house: House) -> None:
    def gone(seen: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        if house.agent.looks == 2:
            raise TunnelLost("the ngrok agent has ended")
        return seen

    house.agent.on_look = gone
    house.run_until(lambda state: state.address == first(1))
    assert read_ticket(house.tickets.file).port == 1001
    assert any("the tunnel is gone (the ngrok agent has ended)" in note for note in house.notes)


def test_tries_that_fail_wait_longer_and_longer_with_jitter_up_to_the_limit(house: House) -> None:
    house.agent.addresses = [TunnelLost("no")] * 60
    pace = replace(FAST, steady=60, wait_min=0.001, wait_max=0.016)
    slept = _sleeps(house, pace, lambda _: len(house.agent.opened) == 13)
    assert max(slept) <= 0.016
    assert max(slept[4:]) > 2 * slept[0]
    # The jitter prevents tunnels from trying at the same moments.
    assert len(set(slept)) > 6


def _sleeps(house: House, pace: Pace, until: Callable[[State], bool]) -> list[float]:
    house.until = until
    slept: list[float] = []
    supervisor = house.supervisor(pace)
    retrying = supervisor._retrying()

    def sleep(seconds: float) -> None:
        slept.append(seconds)

    retrying.sleep = sleep
    with pytest.raises(Enough):
        retrying(supervisor._session)
    return slept


def test_a_refusal_that_asks_for_patience_gets_it(house: House) -> None:
    house.agent.addresses = [TunnelLost("used up", wait_seconds=900)] * 9
    slept = _sleeps(house, replace(FAST, steady=60), lambda _: len(house.agent.opened) == 4)
    assert all(seconds >= 900 for seconds in slept)


def test_a_tunnel_that_breaks_at_once_counts_as_a_failed_try(house: House) -> None:
    def breaks(_: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        raise TunnelLost("broken at once")

    house.agent.on_look = breaks
    house.run_until(lambda state: "broken at once; trying again in" in state.note, replace(FAST, steady=60))


def test_a_tunnel_that_took_long_to_open_has_not_held_long(house: House) -> None:
    def breaks(_: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        raise TunnelLost("broken at once")

    opened_at_once = house.agent.open

    def open_slowly(port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        time.sleep(0.2)
        return opened_at_once(port, mark, url)

    house.agent.on_look = breaks
    house.agent.open = open_slowly  # type: ignore[method-assign]
    house.run_until(lambda _: len(house.agent.opened) == 2, replace(FAST, steady=0.1))
    assert "trying again in" in house.notes[-1]


def test_a_tunnel_without_a_ticket_to_make_is_a_failed_try(house: House) -> None:
    (house.folder / "broker/credentials.json").unlink()
    slept = _sleeps(house, replace(FAST, steady=60), lambda _: len(house.agent.opened) == 3)
    assert len(slept) == 2
    assert "run `homework up` there first; trying again in" in house.notes[-1]


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


def test_a_refusal_that_needs_a_person_ends_the_command(house: House) -> None:
    house.agent.addresses = [TunnelRefused("add a card")]
    with pytest.raises(TunnelRefused, match="add a card"):
        house.supervisor().run()
    assert house.agent.closed == 1


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


def test_a_new_password_is_in_the_ticket_at_the_next_look(house: House) -> None:
    passwords = load_or_create_passwords(house.folder / "broker/credentials.json")

    def changed(state: State) -> bool:
        if house.agent.looks == 1:
            save_passwords(house.folder / "broker/credentials.json", passwords | {"generator": "new"})
        return house.agent.looks == 3

    house.run_until(changed)
    assert read_ticket(house.tickets.file).password.get_secret_value() == "new"


def test_a_ticket_file_that_cannot_be_written_is_reported_and_the_others_are_written(house: House) -> None:
    (house.folder / "drive").write_text("not a folder")
    good = house.folder / "synced"
    house.tickets.keep_also_in([house.folder / "drive/ticket", good])
    house.run_until(lambda state: state.address is not None)
    assert read_ticket(good) == read_ticket(house.tickets.file)
    [problem] = house.states[-1].problems
    assert "drive/ticket cannot be written" in problem


def test_a_folder_that_is_not_there_is_not_made_for_a_ticket(house: House) -> None:
    file = house.folder / "unmounted drive/ticket"
    house.tickets.keep_also_in([file])

    def mounted(state: State) -> bool:
        if state.problems and not file.parent.exists():
            assert state.problems == (
                f"the ticket file {file} cannot be written: there is no folder {file.parent}",
            )
            file.parent.mkdir()
        return state.address is not None and not state.problems

    house.run_until(mounted)
    assert read_ticket(file) == read_ticket(house.tickets.file)


def test_a_folder_is_no_ticket_file_and_nothing_is_left_beside_it(house: House) -> None:
    folder = house.folder / "drive/folder"
    folder.mkdir(parents=True)
    house.tickets.keep_also_in([folder])
    [problem] = house.tickets.issue(first(0), None)
    assert f"{folder} cannot be written (Is a directory)" in problem
    assert list(folder.parent.iterdir()) == [folder]


def test_a_ticket_file_that_is_forgotten_is_not_written_any_more(house: House) -> None:
    kept, forgotten = house.folder / "kept", house.folder / "forgotten"
    house.tickets.keep_also_in([kept, forgotten])
    assert house.tickets.forget(forgotten)
    assert not house.tickets.forget(forgotten)
    house.tickets.issue(first(0), None)
    assert house.tickets.files == [house.tickets.file, kept]
    assert not forgotten.exists()


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
