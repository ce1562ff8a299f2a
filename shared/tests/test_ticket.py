"""The broker ticket: a string that survives pasting, hides its password, and is read for every connection."""

import base64
import json
import stat
import zlib
from pathlib import Path

import pytest
from pydantic import SecretStr

from homework_shared.messaging.address import AddressResolver, address_resolver
from homework_shared.messaging.ticket import BadTicket, BrokerTicket, is_host, read_ticket, write_ticket
from homework_shared.settings import BrokerSettings

CA = """\
-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUdGVzdA==
-----END CERTIFICATE-----
"""
PASSWORD = "p@ss/word: with#every?thing%"


def ticket(**fields: object) -> BrokerTicket:
    given = {
        "host": "7.tcp.eu.ngrok.io", "port": 12345, "user": "generator", "password": PASSWORD, "ca": CA,
        "tls_name": "homework-broker",
    }  # fmt: skip
    return BrokerTicket.model_validate(given | fields)


def test_a_ticket_is_one_line_that_reads_back_the_same() -> None:
    text = ticket(vhost="school", tunnel="homework-7f").encode()
    assert "\n" not in text
    assert len(text) < 1500
    assert BrokerTicket.decode(text) == ticket(vhost="school", tunnel="homework-7f")


@pytest.mark.parametrize("wrap", ["  {}\n", '"{}"', "'{}'\n"])
def test_whitespace_and_quotes_around_a_pasted_ticket_are_ignored(wrap: str) -> None:
    assert BrokerTicket.decode(wrap.format(ticket().encode())) == ticket()


def test_line_breaks_inside_a_pasted_ticket_are_ignored() -> None:
    text = ticket().encode()
    broken = "\r\n".join(text[start : start + 60] for start in range(0, len(text), 60))
    assert BrokerTicket.decode(broken) == ticket()


@pytest.mark.parametrize(
    "text",
    ["", "amqp://generator:secret@host", "homework1:", "homework1:AAAA", "homework1:höhö", "homework2:AAAA"],
)
def test_a_text_that_is_not_a_ticket_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(BadTicket, match="homework ticket show"):
        BrokerTicket.decode(text)


def test_a_ticket_that_is_cut_off_anywhere_is_refused() -> None:
    text = ticket().encode()
    for length in range(len(text) - 1):
        with pytest.raises(BadTicket):
            BrokerTicket.decode(text[:length])


def test_a_ticket_that_unpacks_without_end_is_refused() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000, 9)).decode()
    with pytest.raises(BadTicket):
        BrokerTicket.decode(f"homework1:{bomb}")


@pytest.mark.parametrize(
    "wrong",
    [{"port": 0}, {"port": 70000}, {"host": "a b"}, {"host": "evil@host"}, {"ca": "none"}, {"tls_name": ""}],
)
def test_an_invalid_field_is_named_without_showing_the_password(wrong: dict[str, object]) -> None:
    plain = ticket().model_dump(exclude_none=True) | wrong
    text = "homework1:" + base64.urlsafe_b64encode(zlib.compress(json.dumps(plain).encode())).decode()
    with pytest.raises(BadTicket, match=next(iter(wrong))) as refused:
        BrokerTicket.decode(text)
    assert PASSWORD not in str(refused.value)


def test_the_password_is_hidden_wherever_a_ticket_is_shown() -> None:
    assert PASSWORD not in f"{ticket()!r} {ticket()}"
    settings = BrokerSettings(ticket=SecretStr(ticket().encode()))
    assert ticket().encode() not in repr(settings)


def test_the_url_contains_any_password_unchanged() -> None:
    url = ticket(vhost="/").url
    assert (url.scheme, url.host, url.port, url.password) == ("amqps", "7.tcp.eu.ngrok.io", 12345, PASSWORD)
    assert url.path == "//"
    assert ticket(host="::1").url.host == "::1"


def test_a_moved_ticket_differs_only_in_its_address() -> None:
    moved = ticket().moved_to("1.tcp.ngrok.io", 7)
    assert moved == ticket(host="1.tcp.ngrok.io", port=7)
    with pytest.raises(BadTicket):
        ticket().moved_to("not a host", 7)


def test_only_the_owner_can_read_a_ticket_file(tmp_path: Path) -> None:
    file = tmp_path / "drive" / "ticket"
    file.parent.mkdir()
    write_ticket(file, ticket())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [found.name for found in file.parent.iterdir()] == ["ticket"]
    assert read_ticket(file) == ticket()


def test_the_folder_of_a_ticket_file_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_ticket(tmp_path / "unmounted" / "ticket", ticket())
    assert list(tmp_path.iterdir()) == []


def test_a_ticket_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "ticket"
    write_ticket(file, ticket())
    with file.open() as reader:
        write_ticket(file, ticket(port=1))
        assert BrokerTicket.decode(reader.read()) == ticket()
    assert read_ticket(file).port == 1


async def port_of(resolve_address: AddressResolver) -> int | None:
    [address] = await resolve_address()
    return address.url.port


async def test_the_ticket_file_is_read_for_every_connection(tmp_path: Path) -> None:
    file = tmp_path / "ticket"
    resolve_address = address_resolver(BrokerSettings(ticket_file=file))
    with pytest.raises(BadTicket, match="cannot be read"):
        await resolve_address()
    write_ticket(file, ticket(port=1))
    assert await port_of(resolve_address) == 1
    write_ticket(file, ticket(port=2))
    assert await port_of(resolve_address) == 2


async def test_the_file_takes_precedence_over_the_ticket_and_the_ticket_over_amqp_url(tmp_path: Path) -> None:
    file = tmp_path / "ticket"
    write_ticket(file, ticket(port=1))
    pasted = SecretStr(ticket(port=2).encode())
    plain = SecretStr("amqp://guest:guest@127.0.0.1:3/")
    both = BrokerSettings(ticket_file=file, ticket=pasted, amqp_url=plain)
    assert await port_of(address_resolver(both)) == 1
    assert await port_of(address_resolver(BrokerSettings(ticket=pasted, amqp_url=plain))) == 2
    [found] = await address_resolver(BrokerSettings(amqp_url=plain))()
    assert (found.url.port, found.ca, found.ssl_context()) == (3, None, None)


def test_an_empty_setting_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_TICKET", "")
    monkeypatch.setenv("BROKER_TICKET_FILE", "")
    assert (BrokerSettings().ticket, BrokerSettings().ticket_file) == (None, None)


def test_a_pasted_text_that_is_not_a_ticket_is_refused_at_once() -> None:
    with pytest.raises(BadTicket):
        address_resolver(BrokerSettings(ticket=SecretStr("homework1:oops")))


async def test_a_ticket_with_a_damaged_certificate_is_refused() -> None:
    [address] = await address_resolver(BrokerSettings(ticket=SecretStr(ticket().encode())))()
    with pytest.raises(BadTicket, match="certificate is damaged"):
        address.ssl_context()


@pytest.mark.parametrize("port", [1, 65535])
def test_every_port_that_there_is_can_be_named(port: int) -> None:
    assert BrokerTicket.decode(ticket(port=port).encode()).port == port


def test_names_of_one_letter_are_names() -> None:
    assert BrokerTicket.decode(ticket(user="u", tls_name="t").encode()).user == "u"


@pytest.mark.parametrize("wrong", [{"port": 65536}, {"user": ""}, {"host": "h" * 254}, {"version": 2}])
def test_what_no_broker_can_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ticket(**wrong)


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("h" * 253, True),
        ("h" * 254, False),
        ("7.tcp.eu.ngrok.io", True),
        ("::1", True),
        ("a b", False),
        ("", False),
    ],
)
def test_a_host_is_a_name_or_an_address(host: str, is_one: bool) -> None:
    assert is_host(host) is is_one


def test_fields_of_a_later_version_are_ignored_and_an_ipv6_address_is_put_in_brackets() -> None:
    plain = ticket(host="2001:db8::7").model_dump(exclude_none=True) | {"colour": "red"}
    text = "homework1:" + base64.urlsafe_b64encode(zlib.compress(json.dumps(plain).encode())).decode()
    read = BrokerTicket.decode(text)
    assert read == ticket(host="2001:db8::7")
    assert "@[2001:db8::7]:12345/" in str(read.url)


def test_a_ticket_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    def packed(size: int) -> str:
        plain = ticket().model_dump(exclude_none=True)
        room = size - len(json.dumps(plain | {"padding": ""}).encode())
        text = json.dumps(plain | {"padding": "x" * room}).encode()
        assert len(text) == size
        return "homework1:" + base64.urlsafe_b64encode(zlib.compress(text)).decode()

    assert BrokerTicket.decode(packed(64 * 1024)) == ticket()
    with pytest.raises(BadTicket):
        BrokerTicket.decode(packed(64 * 1024 + 1))


def test_a_field_that_is_missing_altogether_is_named() -> None:
    text = "homework1:" + base64.urlsafe_b64encode(zlib.compress(b"[]")).decode()
    with pytest.raises(BadTicket, match=r"not valid \(ticket: "):
        BrokerTicket.decode(text)
