"""The TLS files of a broker that the command line runs: a private CA and one server certificate, renewed
before they expire.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from homework_cli.broker.x509 import TLS_NAME, make_ca, make_server_certificate
from homework_shared.runtime.clock import Clock, utc_now
from homework_shared.runtime.files import private_folder, write_atomically

__all__ = ["TLS_NAME", "CertificateRenewer", "Certificates", "ca_file", "load_or_create_certificates"]

_CA_MARGIN = timedelta(days=90)
_SERVER_MARGIN = timedelta(days=30)
_LOOK_EVERY = timedelta(hours=1)
_NEW_CA = "the broker has a new CA certificate: replace every ticket, see `homework ticket show`"
_RENEWED = "the broker's TLS certificate was renewed; tickets stay as they are"


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of a TLS server. `news` is the message to print when one of them has just been replaced."""

    ca: Path
    certificate: Path
    key: Path
    news: str | None = None


def ca_file(folder: Path) -> Path:
    return folder / "tls" / "ca.pem"


def load_or_create_certificates(folder: Path, now: Clock = utc_now) -> Certificates:
    """The certificates under `folder`/tls. Missing, damaged and expiring ones are created again.

    Each is renewed for the same key, so a running broker sees one atomic rename, and tickets with the old CA
    certificate work until that one expires, within 90 days. They stop working at once if `ca.key` was lost.
    In both cases `news` says to make new tickets.
    """
    tls = private_folder(folder / "tls")
    ca_key, key = _load_or_create_key(tls / "ca.key"), _load_or_create_key(tls / "server.key")
    ca, is_new_ca = _load_or_create(
        ca_file(folder),
        lambda old: _is_good(old, ca_key, old, now(), _CA_MARGIN),
        lambda: make_ca(ca_key, now()),
    )
    _, is_renewed = _load_or_create(
        tls / "server.pem",
        lambda old: _is_good(old, key, ca, now(), _SERVER_MARGIN),
        lambda: make_server_certificate(key.public_key(), ca, ca_key, now()),
    )
    news = _NEW_CA if is_new_ca else _RENEWED if is_renewed else None
    return Certificates(ca_file(folder), tls / "server.pem", tls / "server.key", news)


class CertificateRenewer:
    """Renews the certificates of a running broker. It checks them at most once an hour."""

    def __init__(self, folder: Path, now: Clock = utc_now) -> None:
        self._folder = folder
        self._now = now
        self._due_at = datetime.min.replace(tzinfo=UTC)
        self._news: str | None = None

    def look(self) -> Certificates:
        self._due_at = self._now() + _LOOK_EVERY
        certificates = load_or_create_certificates(self._folder, self._now)
        self._news = certificates.news or self._news
        return certificates

    def look_when_due(self) -> Certificates | None:
        """The certificates, if this call has renewed them."""
        if self._now() < self._due_at:
            return None
        try:
            certificates = self.look()
        except OSError as error:
            self._news = f"the broker's TLS certificates cannot be renewed, free the disk: {error}"
            return None
        return certificates if certificates.news else None

    def news(self) -> str | None:
        """The certificates that were renewed since the last call, if any."""
        news, self._news = self._news, None
        return news


def _load_or_create(
    file: Path, is_good: Callable[[x509.Certificate], bool], make: Callable[[], x509.Certificate]
) -> tuple[x509.Certificate, bool]:
    """The certificate in `file`, and whether this call replaced an invalid one."""
    existed = file.exists()
    if existed:
        try:
            old = x509.load_pem_x509_certificate(file.read_bytes())
            if is_good(old):
                return old, False
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            pass  # The file is damaged, or another CA issued the certificate.
    new = make()
    write_atomically(file, new.public_bytes(Encoding.PEM), 0o644)
    return new, existed


def _is_good(
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    now: datetime,
    margin: timedelta,
) -> bool:
    certificate.verify_directly_issued_by(ca)
    lasts = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - margin
    return lasts and certificate.public_key() == key.public_key()


def _load_or_create_key(file: Path) -> ec.EllipticCurvePrivateKey:
    if file.exists():
        file.chmod(0o600)
        try:
            old = load_pem_private_key(file.read_bytes(), password=None)
            if isinstance(old, ec.EllipticCurvePrivateKey):
                return old
        except (ValueError, TypeError, UnsupportedAlgorithm):
            pass  # The file is damaged.
    key = ec.generate_private_key(ec.SECP256R1())
    write_atomically(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    return key
