"""What a form sends. A browser without JavaScript sends nothing else."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

LONGEST = 200_000
"""Twenty answers of the longest that the API takes, each letter of which may become six bytes."""
_MOST_FIELDS = 100


class FormTooLong(Exception):
    """No page of ours sends so much."""


def answers_of(form: Mapping[str, str]) -> list[str | None]:
    """The answers of a form of exercises, in their order; None for what was left blank."""
    count = form.get("count", "")
    if not (count.isascii() and count.isdigit() and int(count) <= _MOST_FIELDS):
        return []
    return [one_line(form.get(f"answer-{number}", "")) for number in range(int(count))]


def one_line(text: str) -> str | None:
    """As the API keeps an answer: one line, without what cannot be seen. None if nothing is left."""
    seen = "".join(letter for letter in text if letter.isprintable() or letter.isspace())
    return " ".join(seen.split()) or None


async def read_form(request: Request) -> dict[str, str]:
    """The fields; of two with one name the last. Raises FormTooLong."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise FormTooLong
    try:
        fields = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise FormTooLong from error
    return dict(fields)
