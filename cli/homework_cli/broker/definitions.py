"""A broker's complete definitions: the topology, and users with passwords of their own."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homework_shared.messaging import topology
from homework_shared.runtime.files import write_atomically


def full_definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """What RabbitMQ imports at start. `passwords` has one entry per user of `topology.PERMISSIONS`."""
    return topology.definitions() | {
        "vhosts": [{"name": "/"}],
        "users": [{"name": name} | account(name, passwords[name]) for name in topology.PERMISSIONS],
        "permissions": [
            {"user": name, "vhost": "/", "configure": may.configure, "write": may.write, "read": may.read}
            for name, may in topology.PERMISSIONS.items()
        ],
    }


def load_or_create_passwords(file: Path) -> dict[str, str]:
    """The passwords in `file`, created at first use. They are kept, because each import of the definitions
    sets them.
    """
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    passwords = {user: known.get(user) or secrets.token_urlsafe(24) for user in topology.PERMISSIONS}
    if passwords != known:
        save_passwords(file, passwords)
    return passwords


def save_passwords(file: Path, passwords: Mapping[str, str]) -> None:
    write_atomically(file, json.dumps(passwords, indent=2).encode(), 0o600)


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's `rabbit_password_hashing_sha256`: base64(salt + sha256(salt + password)).

    Source: https://www.rabbitmq.com/docs/passwords#computing-password-hash. `salt` is four bytes.
    """
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def account(user: str, password: str) -> dict[str, Any]:
    """A user in the form that RabbitMQ imports: a salted hash, and the user's tags."""
    return {
        "password_hash": password_hash(password, secrets.token_bytes(4)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ",".join(topology.PERMISSIONS[user].tags),
    }
