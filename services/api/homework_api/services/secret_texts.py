"""Secrets that are created here and shown once, and the hashes that are stored of them.

Each secret has 32 random bytes, so one SHA-256 is as good as a slow hash: it cannot be guessed.
"""

import base64
import hashlib
import hmac
import re
import secrets
from enum import StrEnum


class SessionKind(StrEnum):
    """Whose session it is; the secret begins with this."""

    STUDENT = "hs"
    TEACHER = "ht"


_SESSION = re.compile(r"(hs|ht)_[A-Za-z0-9_-]{43}")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def session_secret(kind: SessionKind, token: str, nonce: str) -> str:
    """The session's secret, derived from both values, so that a repeated request gets the same session (ADR
    44).
    """
    mac = hmac.digest(_bytes(token), _bytes(nonce), "sha256")
    return f"{kind}_{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def derived_token(nonce: str, student_id: int, period: int) -> str:
    """A link's token, derived so that a repeated request with the same nonce in the same period gets the same
    link.
    """
    mac = hmac.digest(_bytes(nonce), f"link {student_id} {period}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def session_kind(text: str) -> SessionKind | None:
    """The kind of session that this secret has by its form; None if it has the form of no session."""
    found = _SESSION.fullmatch(text)
    return SessionKind(found[1]) if found else None


def hash_of(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON may hold lone surrogates, which have no UTF-8 form
