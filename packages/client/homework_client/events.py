"""Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html defines them."""

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

# `str.splitlines` also splits at U+2028 and others, which a JSON string may hold. A carriage return at the
# end of what has arrived may be the first half of a line's end.
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    name: str
    data: str


class EventDecoder:
    """Decodes text, which may arrive in pieces of any size, into events. An event that was cut off is
    dropped.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, text: str) -> Iterator[ServerSentEvent]:
        *lines, self._rest = _LINE_END.split(self._rest + text)
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._end()) is not None:
                yield event

    def _take(self, line: str) -> None:
        # A line that begins with a colon is a comment, which the API sends to keep the connection open.
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value

    def _end(self) -> ServerSentEvent | None:
        event = ServerSentEvent(self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data = "", []
        return event


def decode(texts: Iterable[str]) -> Iterator[ServerSentEvent]:
    decoder = EventDecoder()
    for text in texts:
        yield from decoder.feed(text)


async def decode_async(texts: AsyncIterable[str]) -> AsyncIterator[ServerSentEvent]:
    decoder = EventDecoder()
    async for text in texts:
        for event in decoder.feed(text):
            yield event
