"""The private CA and the server certificate are made, kept and renewed, and pass strict verification."""

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from homework_cli.broker.certificates import (
    TLS_NAME,
    CertificateRenewer,
    Certificates,
    ca_file,
    load_or_create_certificates,
)
from homework_shared.runtime.clock import Clock, utc_now

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
# These are the defaults of Python 3.13.
STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN


def later(days: float) -> Clock:
    return lambda: NOW + timedelta(days=days)


def serial(file: Path) -> int:
    return x509.load_pem_x509_certificate(file.read_bytes()).serial_number


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(made: Certificates) -> list[bytes]:
    return [made.ca.read_bytes(), made.certificate.read_bytes(), made.key.read_bytes()]


async def handshake(server: Certificates, ca: str, name: str) -> None:
    """Connect as a client that trusts only `ca` and expects `name`. Raises ssl.SSLError."""

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        writer.close()

    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    showing.load_cert_chain(server.certificate, server.key)
    trusting = ssl.create_default_context(cadata=ca)
    trusting.verify_flags |= STRICT
    listener = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=showing)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=name)
        assert await reader.read() == b"hello"
        writer.close()


@pytest.mark.parametrize("name", [TLS_NAME, "localhost", "127.0.0.1"])
async def test_a_strict_client_accepts_the_certificate_under_its_names(tmp_path: Path, name: str) -> None:
    made = load_or_create_certificates(tmp_path)
    await handshake(made, made.ca.read_text(), name)


async def test_a_client_refuses_another_name_and_another_ca(tmp_path: Path) -> None:
    made, other = load_or_create_certificates(tmp_path / "a"), load_or_create_certificates(tmp_path / "b")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await handshake(made, made.ca.read_text(), "0.tcp.ngrok.io")
    with pytest.raises(ssl.SSLCertVerificationError):
        await handshake(made, other.ca.read_text(), TLS_NAME)


def test_the_ca_signs_servers_and_no_other_ca(tmp_path: Path) -> None:
    made = load_or_create_certificates(tmp_path, later(0))
    ca = x509.load_pem_x509_certificate(made.ca.read_bytes())
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    assert ca.not_valid_after_utc == NOW + timedelta(days=3650)
    leaf = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc == NOW + timedelta(days=397)


def test_only_the_owner_may_read_the_keys(tmp_path: Path) -> None:
    made = load_or_create_certificates(tmp_path)
    tls = made.key.parent
    assert mode(tls) == 0o700
    assert mode(made.key) == mode(tls / "ca.key") == 0o600
    tls.chmod(0o755)
    made.key.chmod(0o644)
    load_or_create_certificates(tmp_path)
    assert mode(tls) == 0o700
    assert mode(made.key) == 0o600


def test_certificates_are_kept_until_thirty_days_are_left(tmp_path: Path) -> None:
    first = load_or_create_certificates(tmp_path, later(0))
    before = contents(first)
    assert first.news is None
    again = load_or_create_certificates(tmp_path, later(366))
    assert contents(again) == before
    assert again.news is None


def test_the_server_certificate_is_renewed_before_it_expires_and_the_tickets_stay(tmp_path: Path) -> None:
    ca, certificate, key = contents(load_or_create_certificates(tmp_path, later(0)))
    renewed = load_or_create_certificates(tmp_path, later(368))
    assert contents(renewed)[0] == ca
    assert contents(renewed)[1] != certificate
    # The key is kept, so that a running broker sees one rename and not two.
    assert contents(renewed)[2] == key
    assert renewed.news is not None
    assert "tickets stay" in renewed.news


async def test_a_ca_that_nears_its_end_is_renewed_and_the_news_asks_for_new_tickets(tmp_path: Path) -> None:
    first = load_or_create_certificates(tmp_path, lambda: utc_now() - timedelta(days=3650 - 89))
    old_ca = first.ca.read_text()
    renewed = load_or_create_certificates(tmp_path)
    assert renewed.ca.read_text() != old_ca
    assert renewed.news is not None
    assert "replace every ticket" in renewed.news
    await handshake(renewed, renewed.ca.read_text(), TLS_NAME)
    # A ticket that was made before works for the 89 days that its certificate has left.
    await handshake(renewed, old_ca, TLS_NAME)


@pytest.mark.parametrize("damage", [b"", b"not a certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem", "server.key"])
async def test_a_damaged_file_is_made_again(tmp_path: Path, name: str, damage: bytes) -> None:
    tls = load_or_create_certificates(tmp_path).ca.parent
    (tls / name).write_bytes(damage)
    mended = load_or_create_certificates(tmp_path)
    await handshake(mended, mended.ca.read_text(), TLS_NAME)


async def test_a_certificate_of_another_ca_is_made_again(tmp_path: Path) -> None:
    made, other = load_or_create_certificates(tmp_path / "a"), load_or_create_certificates(tmp_path / "b")
    made.certificate.write_bytes(other.certificate.read_bytes())
    made.key.write_bytes(other.key.read_bytes())
    mended = load_or_create_certificates(tmp_path / "a")
    await handshake(mended, mended.ca.read_text(), TLS_NAME)


def test_a_certificate_made_by_a_clock_far_ahead_is_made_again(tmp_path: Path) -> None:
    ahead = serial(load_or_create_certificates(tmp_path, later(300)).certificate)
    assert serial(load_or_create_certificates(tmp_path, later(0)).certificate) != ahead


def test_certificates_are_checked_once_an_hour_and_a_renewal_is_reported_once(tmp_path: Path) -> None:
    now = NOW
    renewer = CertificateRenewer(tmp_path, lambda: now)
    renewer.look()
    now += timedelta(days=380)
    assert renewer.look_when_due()
    assert "renewed" in (renewer.news() or "")
    assert renewer.news() is None
    ca_file(tmp_path).unlink()
    now += timedelta(minutes=59)
    renewer.look_when_due()
    assert not ca_file(tmp_path).exists()
    now += timedelta(minutes=2)
    renewer.look_when_due()
    assert ca_file(tmp_path).exists()


def test_a_full_disk_is_reported_and_does_not_crash_the_renewal(tmp_path: Path) -> None:
    now = NOW
    renewer = CertificateRenewer(tmp_path, lambda: now)
    renewer.look()
    now += timedelta(days=380)
    (tmp_path / "tls").rename(tmp_path / "elsewhere")
    (tmp_path / "tls").write_text("not a folder")
    assert renewer.look_when_due() is None
    assert "cannot be renewed" in (renewer.news() or "")
