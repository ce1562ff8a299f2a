"""Placeholder addresses for students without an e-mail address. The database requires a unique address for
each student.

A placeholder is below `.invalid`, where no mailbox exists (RFC 2606). Requests may not name such an address,
and no response shows it.
"""

import hashlib
import secrets

_NOWHERE = "@no-address.invalid"


def stand_in(key: str | None) -> str:
    """The placeholder for this idempotency key. The same key means the same student."""
    name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest() if key else secrets.token_hex(32)
    return f"{name[:40]}{_NOWHERE}"


def shown(email: str) -> str:
    """The address as responses show it: empty for a placeholder."""
    return "" if email.endswith(_NOWHERE) else email
