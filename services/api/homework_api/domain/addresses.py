"""Students without an e-mail address. The database wants one of each, which says who is twice in a list.

The one that stands in for it is below `.invalid`, where nobody has mail (RFC 2606), and no request may name
such an address. Nothing shows it.
"""

import hashlib
import secrets

_NOWHERE = "@no-address.invalid"


def stand_in(key: str | None) -> str:
    """Whoever sends the same key again means the same student."""
    name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest() if key else secrets.token_hex(32)
    return f"{name[:40]}{_NOWHERE}"


def shown(email: str) -> str:
    """Empty, if it stands in for none."""
    return "" if email.endswith(_NOWHERE) else email
