"""The contents of our two certificates. Strict verification, the default of Python 3.13, requires all of
these extensions.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TLS_NAME = "homework-broker"
"""The name on the certificate, whatever address a tunnel gives the broker."""
KUBERNETES_NAME = f"{TLS_NAME}.homework.svc"
"""The name of the broker's service in deploy/k8s. KEDA and browsers cannot ask for another name."""

CA_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=397)
# The clock of a borrowed GPU may be behind ours.
_CLOCK_SKEW = timedelta(days=1)


def make_ca(key: EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """A CA that signs itself and server certificates, and no other CA."""
    public = key.public_key()
    name = _name("homework private CA")
    extensions = [
        x509.BasicConstraints(ca=True, path_length=0),
        _key_usage(signs_certificates=True),
        x509.SubjectKeyIdentifier.from_public_key(public),
    ]
    return _certificate(name, public, name, key, now, CA_LIFE, extensions)


def make_server_certificate(
    public: EllipticCurvePublicKey, ca: x509.Certificate, ca_key: EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    """A certificate for TLS_NAME, the broker's own machine and its service in Kubernetes."""
    hosts = (TLS_NAME, KUBERNETES_NAME, "localhost")
    names = [*map(x509.DNSName, hosts), x509.IPAddress(IPv4Address("127.0.0.1"))]
    extensions = [
        x509.BasicConstraints(ca=False, path_length=None),
        _key_usage(signs_certificates=False),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.SubjectAlternativeName(names),
        x509.SubjectKeyIdentifier.from_public_key(public),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
    ]
    return _certificate(_name(TLS_NAME), public, ca.subject, ca_key, now, SERVER_LIFE, extensions)


def _certificate(
    subject: x509.Name,
    public: EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
    extensions: Iterable[x509.ExtensionType],
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
    )
    for extension in extensions:
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
