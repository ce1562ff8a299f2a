"""Decides what to do with each line of a list of students: create, add to the class, or
report as unreadable.
"""

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
    """One line of the list. `student` is the existing student, if the teacher already has this one."""

    line: Line
    fate: Fate
    student: Student | None = None


def plan(lines: Iterable[Line], known: Iterable[Student], members: Iterable[Student]) -> list[Entry]:
    """Decide for each line. Students are identified by their address; one without an address is the same as a
    member of the class with this name.
    """
    by_email = {one.email.casefold(): one for one in known if one.email}
    by_name: dict[str, Student] = {}
    ids = set()
    for member in members:
        ids.add(member.id)
        by_name.setdefault(key_of(member.name), member)
    seen: set[str] = set()
    return [_entry(line, by_email, by_name, ids, seen) for line in lines]


def key_of(name: str) -> str:
    """The form of a name in which names are compared."""
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
