"""The configuration files of a broker that we run: the same for the child process and the container."""

import json
from collections.abc import Mapping
from pathlib import Path

from homework_cli.definitions import full_definitions

_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"


def write_configuration(folder: Path, ports: Mapping[str, int], passwords: Mapping[str, str]) -> None:
    """rabbitmq.conf, definitions.json and enabled_plugins for a broker on loopback ports."""
    definitions = folder / "definitions.json"
    (folder / "rabbitmq.conf").write_text(
        "\n".join(
            [
                f"listeners.tcp.1 = 127.0.0.1:{ports['amqp']}",
                "management.tcp.ip = 127.0.0.1",
                f"management.tcp.port = {ports['management']}",
                "prometheus.tcp.ip = 127.0.0.1",
                f"prometheus.tcp.port = {ports['prometheus']}",
                "definitions.import_backend = local_filesystem",
                f"definitions.local.path = {definitions}",
                "log.console = true",
                "log.console.level = warning",
                "",
            ]
        )
    )
    write_definitions(definitions, passwords)
    (folder / "enabled_plugins").write_text(_PLUGINS)


def write_container_configuration(folder: Path, passwords: Mapping[str, str]) -> None:
    """The files that docker-compose.yml mounts. Inside, the container's own paths and ports."""
    (folder / "10-homework.conf").write_text(
        "\n".join(
            [
                "definitions.import_backend = local_filesystem",
                "definitions.local.path = /etc/rabbitmq/definitions.json",
                "",
            ]
        )
    )
    write_definitions(folder / "definitions.json", passwords)
    # The container's rabbitmq user is not ours; what it reads are hashes.
    (folder / "definitions.json").chmod(0o644)
    (folder / "enabled_plugins").write_text(_PLUGINS)


def write_definitions(file: Path, passwords: Mapping[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(full_definitions(passwords), indent=2))
