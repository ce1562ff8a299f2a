"""A school's certificate, for https in its own network."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from homework_cli.sharing.errors import NotShared
from homework_shared.runtime.clock import utc_now


@dataclass(frozen=True, slots=True)
class Certificate:
    """Certificate files in PEM. `name` is the first name for which the certificate is valid."""

    certificate: Path
    key: Path
    name: str


def checked_certificate(certificate: Path, key: Path) -> Certificate:
    """Raises NotShared if a browser would warn about the certificate, or if the key belongs
    to another one.
    """
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            certificate, key, password=_no_password
        )
        leaf = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise NotShared(f"{certificate} and {key} are not a certificate and its key: {error}") from error
    since, until = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if not since <= utc_now() <= until:
        raise NotShared(f"{certificate} is good from {since:%Y-%m-%d} to {until:%Y-%m-%d}: get a new one")
    return Certificate(certificate, key, _name_in(leaf, certificate))


def _no_password() -> str:
    # OpenSSL would ask for a passphrase in the terminal, and the classroom has no terminal.
    raise ValueError("the key has a password: write it without one, in a file that only you can read")


def _name_in(leaf: x509.Certificate, file: Path) -> str:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    for name in names.get_values_for_type(x509.DNSName):
        if "*" not in name:
            return name
    for address in names.get_values_for_type(x509.IPAddress):
        return str(address)
    raise NotShared(f"{file} names no host: browsers want a name in subjectAltName")
