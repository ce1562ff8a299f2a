"""Secrets that are made here and shown once, and the hashes that are kept of them.

Each is made of 32 random bytes, so one SHA-256 of it is as good as a slow hash: there is nothing to guess.
"""

import base64
import hashlib
import hmac
import re
import secrets
from enum import StrEnum


class SessionKind(StrEnum):
    """Whose session it is, which the secret begins with."""

    STUDENT = "hs"
    TEACHER = "ht"


_SESSION = re.compile(r"(hs|ht)_[A-Za-z0-9_-]{43}")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def session_secret(kind: SessionKind, token: str, nonce: str) -> str:
    """The same for the same two, so that whoever asks again has the same session. ADR 44 says why."""
    mac = hmac.digest(_bytes(token), _bytes(nonce), "sha256")
    return f"{kind}_{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def derived_token(nonce: str, student_id: int, period: int) -> str:
    """A link's token that whoever asks again with the same nonce in the same period gets again."""
    mac = hmac.digest(_bytes(nonce), f"link {student_id} {period}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def session_kind(text: str) -> SessionKind | None:
    """Whose session this secret is of, by its form. None: it has the form of none."""
    found = _SESSION.fullmatch(text)
    return SessionKind(found[1]) if found else None


def hash_of(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON may hold lone surrogates, which have no UTF-8 form
