"""The broker ticket: everything that a remote generator needs to connect, in one string or file."""

import base64
import binascii
import json
import re
import zlib
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_serializer
from yarl import URL

from homework_shared.errors import TransientError
from homework_shared.runtime.files import write_atomically

_PREFIX = "homework1:"
_MAX_TICKET_BYTES = 64 * 1024
_MAX_HOST = 253
_HOST = r"[A-Za-z0-9._:-]+"
_HELP = "make one with `homework ticket show` on the teacher's computer and paste all of it"


def is_host(text: str) -> bool:
    """Whether a ticket can name this host: a DNS name in ASCII, or an IP address without a zone."""
    return len(text) <= _MAX_HOST and re.fullmatch(_HOST, text) is not None


class BadTicket(TransientError):  # transient, because a synced file may be there in part only
    """This is not a broker ticket."""

    code = "bad_ticket"


class BrokerTicket(BaseModel):
    """Where the broker is, which name its certificate has, and the user to log in as.

    `host` and `port` are the tunnel's and may change. `tls_name` is the name in the certificate, which `ca`
    (PEM) signed, whatever the host. ngrok's API finds the current address by `tunnel`, a tunnel's metadata.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    host: str = Field(max_length=_MAX_HOST, pattern=f"^{_HOST}$")
    port: int = Field(ge=1, le=65535)
    vhost: str = "/"
    user: str = Field(min_length=1)
    password: SecretStr
    ca: str = Field(pattern=r"^-----BEGIN CERTIFICATE-----")
    tls_name: str = Field(min_length=1)
    tunnel: str | None = None

    @property
    def url(self) -> URL:
        """The amqps address, with the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        secret = quote(self.password.get_secret_value(), safe="")
        vhost = quote(self.vhost, safe="")
        return URL(f"amqps://{quote(self.user, safe='')}:{secret}@{host}:{self.port}/{vhost}", encoded=True)

    def moved_to(self, host: str, port: int) -> Self:
        """The same broker at another address. Raises BadTicket."""
        return self._parse(self._plain() | {"host": host, "port": port})

    def encode(self) -> str:
        """One line of about 900 characters. It contains the password: keep it as secret as that."""
        packed = zlib.compress(json.dumps(self._plain()).encode(), level=9)
        return _PREFIX + base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a ticket as it was pasted, with line breaks and spaces in it or quotes around it.

        Raises:
            BadTicket: it is cut off, or it is not a ticket at all.
        """
        compact = "".join(text.split()).strip("\"'")
        if not compact.startswith(_PREFIX):
            raise BadTicket(f"a broker ticket begins with {_PREFIX!r}: {_HELP}")
        try:
            packed = base64.b64decode(compact.removeprefix(_PREFIX), altchars=b"-_", validate=True)
            unpacker = zlib.decompressobj()
            plain = json.loads(unpacker.decompress(packed, _MAX_TICKET_BYTES))
        except (binascii.Error, zlib.error, ValueError) as error:
            raise BadTicket(f"the broker ticket is damaged or cut off: {_HELP}") from error
        if not unpacker.eof:  # the fields may be complete, but the checksum was not compared
            raise BadTicket(f"the broker ticket is cut off: {_HELP}")
        return cls._parse(plain)

    @field_serializer("password")
    def _reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()

    def _plain(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)

    @classmethod
    def _parse(cls, plain: object) -> Self:
        try:
            return cls.model_validate(plain)
        except ValidationError as error:
            # The input stays out of the message: it contains the password.
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "ticket"
            raise BadTicket(f"the broker ticket is not valid ({where}: {first['msg']}): {_HELP}") from error


def read_ticket(file: Path) -> BrokerTicket:
    """Raises BadTicket, also when there is no such file (yet)."""
    try:
        return BrokerTicket.decode(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadTicket(f"the ticket file {file} cannot be read ({error}): {_HELP}") from error


def write_ticket(file: Path, ticket: BrokerTicket) -> None:
    """Write a ticket so that only the owner can read it. A reader sees the old ticket or the new one.

    Raises:
        OSError: also when the folder is not there. To make it would hide that a drive is not mounted.
    """
    write_atomically(file, f"{ticket.encode()}\n".encode(), 0o600)
