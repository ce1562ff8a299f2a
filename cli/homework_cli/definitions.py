"""A broker's full definitions: the topology, and users with passwords of their own."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homework_shared import topology


def full_definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """What RabbitMQ imports at start. `passwords` has one entry per user of `topology.PERMISSIONS`."""
    return topology.definitions() | {
        "vhosts": [{"name": "/"}],
        "users": [_user(name, may.tags, passwords[name]) for name, may in topology.PERMISSIONS.items()],
        "permissions": [
            {"user": name, "vhost": "/", "configure": may.configure, "write": may.write, "read": may.read}
            for name, may in topology.PERMISSIONS.items()
        ],
    }


def kept_passwords(file: Path) -> dict[str, str]:
    """The passwords in `file`, made at first use. Stable, because an import resets them."""
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    passwords = {user: known.get(user) or secrets.token_urlsafe(24) for user in topology.PERMISSIONS}
    if passwords != known:
        file.touch(mode=0o600)
        file.write_text(json.dumps(passwords, indent=2))
    return passwords


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's `rabbit_password_hashing_sha256`: base64(salt + sha256(salt + password)).

    Source: https://www.rabbitmq.com/docs/passwords#computing-password-hash. `salt` is four bytes.
    """
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _user(name: str, tags: tuple[str, ...], password: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ",".join(tags),
    }
