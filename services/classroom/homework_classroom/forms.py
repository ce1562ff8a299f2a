"""Reads the forms that browsers send. Without JavaScript, forms are all that a browser sends."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

LONGEST = 200_000
"""Twenty answers of the longest that the API takes, each letter of which may become six bytes."""
SLOWEST_SECONDS = 30.0
"""Bodies that never end would keep connections from other students."""
_MOST_FIELDS = 100


class FormRefused(Exception):
    """The form is larger than any of our pages sends, or took too long to arrive."""


def answers_of(form: Mapping[str, str]) -> list[str | None]:
    """The answers of a form of exercises, in order; None for a field that was left blank."""
    count = form.get("count", "")
    if not (count.isascii() and count.isdigit() and int(count) <= _MOST_FIELDS):
        return []
    return [one_line(form.get(f"answer-{number}", "")) for number in range(int(count))]


def one_line(text: str) -> str | None:
    """The text as the API stores an answer: one line without invisible characters. None if
    nothing is left.
    """
    seen = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    return " ".join(seen.split()) or None


async def read_form(request: Request, most_fields: int = _MOST_FIELDS) -> dict[str, str]:
    """The fields of the form. Of two fields with the same name the last one counts. Raises FormRefused, and
    ClientDisconnect.
    """
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            body = await _read(request)
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=most_fields)
    except (ValueError, TimeoutError) as error:
        raise FormRefused from error
    return dict(fields)


async def read_upload(request: Request, name: str) -> tuple[dict[str, str], bytes]:
    """The fields of a form, and the content of the file in the field `name`, which is empty if no file was
    chosen. Raises FormRefused, and ClientDisconnect.
    """
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return await read_form(request), b""
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            body = await _read(request)
        parser = MultiPartParser(request.headers, _once(body), max_files=1, max_fields=_MOST_FIELDS)
        form = await parser.parse()
        try:
            chosen = form.get(name)
            content = await chosen.read() if isinstance(chosen, UploadFile) else b""
        finally:
            await form.close()
    except (MultiPartException, ValueError, KeyError, TimeoutError) as error:
        raise FormRefused from error
    return {key: value for key, value in form.items() if isinstance(value, str)}, content


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _read(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise FormRefused
    return body
