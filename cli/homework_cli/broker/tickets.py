"""The broker tickets. They are made from the broker's folder, and files with them are kept up to date."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import SecretStr

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.certificates import TLS_NAME
from homework_cli.broker.running import GENERATOR, ManagedBroker
from homework_shared.messaging.ticket import BadTicket, BrokerTicket, read_ticket, write_ticket
from homework_shared.runtime.files import private_folder, write_atomically


class Tickets:
    """The ticket in `folder`/tunnel, and copies of it where the generator looks for one, such as on Drive."""

    def __init__(self, folder: Path) -> None:
        self._broker = ManagedBroker(folder)
        own = private_folder(folder.resolve() / "tunnel")
        self.file = own / "ticket"
        self._list = own / "ticket_files.json"

    @property
    def files(self) -> list[Path]:
        """Our own file, and the files that were requested earlier."""
        try:
            return [self.file, *(Path(name) for name in json.loads(self._list.read_text()))]
        except (OSError, ValueError):
            return [self.file]

    def keep_also_in(self, files: Iterable[Path]) -> None:
        known = self.files[1:]
        self._save([*known, *(path for file in files if (path := _absolute(file)) not in known)])

    def forget(self, file: Path) -> bool:
        """Stop updating the ticket in this file. Returns False if the file was never requested."""
        known = self.files[1:]
        if _absolute(file) not in known:
            return False
        self._save([path for path in known if path != _absolute(file)])
        return True

    @property
    def mark(self) -> str:
        """The text by which ngrok's API identifies our tunnel. It changes only when the CA certificate in the
        tickets changes.
        """
        return f"homework-{hashlib.sha256(self._broker.ca.encode()).hexdigest()[:12]}"

    def current(self) -> BrokerTicket | None:
        try:
            return read_ticket(self.file)
        except BadTicket:
            return None

    def issue(self, address: PublicAddress, mark: str | None) -> list[str]:
        """Write the ticket into each file whose ticket differs. Returns the errors.

        Raises:
            NoBroker: there is no broker yet to make a ticket for.
        """
        ticket = BrokerTicket(
            host=address.host, port=address.port, user=GENERATOR, tls_name=TLS_NAME, ca=self._broker.ca,
            password=SecretStr(self._broker.password(GENERATOR)), tunnel=mark,
        )  # fmt: skip
        return [problem for file in self.files if (problem := _put(file, ticket))]

    def reissue(self) -> list[str]:
        """Write the ticket again after a change of the password, if there is a ticket. Raises NoBroker."""
        if (old := self.current()) is None:
            return []
        return self.issue(PublicAddress(old.host, old.port), old.tunnel)

    def _save(self, files: Iterable[Path]) -> None:
        write_atomically(self._list, json.dumps([str(file) for file in files], indent=2).encode(), 0o600)


def _absolute(file: Path) -> Path:
    return file.expanduser().absolute()


def _put(file: Path, ticket: BrokerTicket) -> str | None:
    try:
        if _ticket_in(file) != ticket:
            write_ticket(file, ticket)
    except FileNotFoundError:
        return f"the ticket file {file} cannot be written: there is no folder {file.parent}"
    except OSError as error:
        return f"the ticket file {file} cannot be written ({error.strerror or error})"
    return None


def _ticket_in(file: Path) -> BrokerTicket | None:
    try:
        return read_ticket(file)
    except BadTicket:
        return None
