"""The configuration files of a broker that the command line runs: the same for the child process and the
container.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from homework_cli.broker.certificates import Certificates
from homework_cli.broker.definitions import full_definitions
from homework_cli.broker.disk import disk_free_limit
from homework_shared.exercises.messages import MAX_BODY_BYTES
from homework_shared.runtime.files import write_atomically

_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus]."
# Services refuse longer messages too, but only after the broker has stored and delivered them.
LIMITS = (f"max_message_size = {MAX_BODY_BYTES}",)
CONTAINER_TLS = Path("/etc/rabbitmq/tls")
CONTAINER_TLS_PORT = 5671
# Erlang caches certificate files for two minutes. After this command it reads them at the next connection.
READ_CERTIFICATES_AGAIN = ("eval", "ssl:clear_pem_cache().")


def write_configuration(
    folder: Path, ports: Mapping[str, int], passwords: Mapping[str, str], certificates: Certificates
) -> None:
    """Write rabbitmq.conf, definitions.json and enabled_plugins for a broker on loopback ports."""
    definitions = folder / "definitions.json"
    _write_lines(
        folder / "rabbitmq.conf",
        f"listeners.tcp.1 = 127.0.0.1:{ports['amqp']}",
        f"listeners.ssl.1 = 127.0.0.1:{ports['amqps']}",
        *_tls(certificates.ca, certificates.certificate, certificates.key),
        "management.tcp.ip = 127.0.0.1",
        f"management.tcp.port = {ports['management']}",
        "prometheus.tcp.ip = 127.0.0.1",
        f"prometheus.tcp.port = {ports['prometheus']}",
        "definitions.import_backend = local_filesystem",
        f"definitions.local.path = {definitions}",
        *LIMITS,
        f"disk_free_limit.absolute = {disk_free_limit(folder)}",
        "log.console = true",
        "log.console.level = warning",
    )
    write_definitions(definitions, passwords, 0o600)
    _write_lines(folder / "enabled_plugins", _PLUGINS)


def write_container_configuration(
    folder: Path, passwords: Mapping[str, str], certificates: Certificates
) -> None:
    """Write the files that the container mounts. The paths and ports in them are the container's own."""
    _write_lines(
        folder / "10-homework.conf",
        *container_tls_lines(),
        *LIMITS,
        "definitions.import_backend = local_filesystem",
        "definitions.local.path = /etc/rabbitmq/definitions.json",
    )
    write_container_certificates(certificates)
    # The container's rabbitmq user is not ours. What it reads are hashes, so others may read them too.
    write_definitions(folder / "definitions.json", passwords, 0o644)
    _write_lines(folder / "enabled_plugins", _PLUGINS)


def write_container_certificates(certificates: Certificates) -> None:
    """Copy the certificates to a folder that the container mounts as a whole. A file that is mounted by
    itself would stay the old one when a renewed file is renamed over it.

    The container's rabbitmq user differs from ours, so the copy of the key is readable by every user who
    reaches it. On the host only the owner can reach it, because the `tls` folder around it is closed to
    others. The CA's key is not copied.
    """
    folder = certificates.key.parent / "container"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for file in (certificates.ca, certificates.key, certificates.certificate):
        write_atomically(folder / file.name, file.read_bytes(), 0o644)


def container_tls_lines(files: Path = CONTAINER_TLS) -> list[str]:
    """The TLS settings inside the container, whose port is published on the host's loopback only."""
    return [
        f"listeners.ssl.default = {CONTAINER_TLS_PORT}",
        *_tls(*(files / name for name in ("ca.pem", "server.pem", "server.key"))),
    ]


def write_definitions(file: Path, passwords: Mapping[str, str], mode: int | None = None) -> None:
    """Write the definitions. Without `mode`, an existing file keeps its mode."""
    write_atomically(file, json.dumps(full_definitions(passwords), indent=2).encode(), mode)


def _tls(ca: Path, certificate: Path, key: Path) -> list[str]:
    return [
        f"ssl_options.cacertfile = {ca}",
        f"ssl_options.certfile = {certificate}",
        f"ssl_options.keyfile = {key}",
        # Clients prove who they are with a password, and have no certificate.
        "ssl_options.verify = verify_none",
        "ssl_options.fail_if_no_peer_cert = false",
        "ssl_options.versions.1 = tlsv1.3",
        "ssl_options.versions.2 = tlsv1.2",
    ]


def _write_lines(file: Path, *lines: str) -> None:
    write_atomically(file, "\n".join([*lines, ""]).encode(), 0o644)
