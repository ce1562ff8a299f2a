"""Every ticket file has the tunnel's present address and the broker's present password."""

from dataclasses import replace

from tests.support.tunnel.supervised import House, first

from homework_cli.broker.definitions import load_or_create_passwords, save_passwords
from homework_cli.tunnel.supervisor import State
from homework_shared.messaging.ticket import read_ticket


def test_a_new_address_of_the_running_agent_renews_the_ticket(house: House) -> None:
    house.agent.on_look = lambda seen: replace(seen, address=first(7)) if house.agent.looks > 2 else seen
    house.run_until(lambda state: state.address == first(7))
    assert read_ticket(house.tickets.file).host == "7.tcp.ngrok.io"


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
