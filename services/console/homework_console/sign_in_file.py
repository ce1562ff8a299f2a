"""The file in which the console's own user, and nobody else, finds the address at which to sign in."""

from pathlib import Path

import structlog

from homework_console.address import Address
from homework_shared.runtime.files import write_atomically

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class SignInFile:
    """`homework console` prints it. It is there while the console runs, and its token is always good."""

    def __init__(self, file: Path, address: Address) -> None:
        self._file = file
        self._address = address

    def publish(self, token: str) -> None:
        """Replace the address that is there. A failure is logged: who is signed in can go on."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self._file, f"{self._address.sign_in(token)}\n".encode(), 0o600)
        except OSError as error:
            log.error(
                "sign_in_file_not_written",
                file=str(self._file),
                error=str(error),
                hint="nobody else can sign in: free disk space, or set CONSOLE_SIGN_IN_FILE to a file "
                "that the console may write, and start the console again",
            )

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)
