"""What becomes of a list of students in a class: who is made, who is there already, who cannot be read."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from homework_classroom.pasted import Line
from homework_client.models import Student


class Fate(StrEnum):
    NEW = "new"
    """Is made, and comes into the class."""
    KNOWN = "known"
    """Is a student of this teacher by the address, and comes into the class."""
    MEMBER = "member"
    """Is in the class already."""
    TWICE = "twice"
    """Stands further up in the same list."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Entry:
    """`student` is who it is, if the teacher has this student already."""

    line: Line
    fate: Fate
    student: Student | None = None


def plan(lines: Iterable[Line], known: Iterable[Student], members: Iterable[Student]) -> list[Entry]:
    """Students are the same by their address. One without an address is the same as a member of this name."""
    by_email = {one.email.casefold(): one for one in known if one.email}
    by_name: dict[str, Student] = {}
    ids = set()
    for member in members:
        ids.add(member.id)
        by_name.setdefault(key_of(member.name), member)
    seen: set[str] = set()
    return [_entry(line, by_email, by_name, ids, seen) for line in lines]


def key_of(name: str) -> str:
    """The name as names are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _entry(
    line: Line, by_email: Mapping[str, Student], by_name: Mapping[str, Student], ids: set[int], seen: set[str]
) -> Entry:
    if line.problem:
        return Entry(line, Fate.UNREADABLE)
    key = line.email.casefold() or f" {key_of(line.name)}"
    if key in seen:
        return Entry(line, Fate.TWICE)
    seen.add(key)
    known = by_email.get(line.email.casefold()) if line.email else by_name.get(key_of(line.name))
    if known is None:
        return Entry(line, Fate.NEW)
    return Entry(line, Fate.MEMBER if known.id in ids else Fate.KNOWN, known)
