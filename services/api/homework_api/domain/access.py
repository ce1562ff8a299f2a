"""Callers and their rights. docs/security.md gives the reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Scope(StrEnum):
    TEACHER = "teacher"
    OPS = "ops"


FIRST_TEACHER = 1
"""Who owns what was there before teachers were separate, and what is made without any key. Migration v0016
makes this teacher, and nobody deletes them."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The students, classes and assignments that a request may see and change. What it creates belongs to
    `teacher_id`. With `all_teachers` it may also see and change those of other teachers, as an administrator
    does.
    """

    teacher_id: int
    all_teachers: bool = False


EVERYTHING = Reach(FIRST_TEACHER, all_teachers=True)
"""What an administrator reaches, and what this service does by itself."""


@dataclass(frozen=True)
class Caller:
    """The caller of a request. `student_id` may read and submit that student's homework; a teacher sees their
    own students' homework. `key_id` is None without a key, and for a key from the settings. `session` is the
    hash that names a browser's session, if the caller has one: a student's with `student_id`, else a
    teacher's. `teacher_id` is the teacher to whom the key or its student belongs.
    """

    name: str
    rights: frozenset[Scope] = frozenset()
    student_id: int | None = None
    key_id: str | None = None
    teacher_id: int = FIRST_TEACHER
    session: str | None = None

    @property
    def reach(self) -> Reach:
        """A caller with every right is an administrator, who reaches all teachers' objects."""
        return Reach(self.teacher_id, all_teachers=self.rights >= frozenset(Scope))

    def may(self, right: Scope) -> bool:
        return right in self.rights

    def may_act_for(self, student_id: int) -> bool:
        return self.student_id == student_id or Scope.TEACHER in self.rights

    def may_give(self, rights: frozenset[Scope], student_id: int | None) -> bool:
        """Whether this caller may create a key with these rights. Nobody may give rights that they do not
        have; otherwise an operator's key could become a teacher's with one request.
        """
        return rights <= self.rights and (student_id is None or self.may_act_for(student_id))


ANYBODY = Caller("anybody on this machine", frozenset(Scope))
"""While there is no key, as on a fresh laptop. Other machines do not get this far: see `main`."""

ADMINISTRATOR = Caller("the administrator", frozenset(Scope))
"""Whose key is in the settings."""
OWNER = Caller("whoever runs this service", frozenset(Scope))
"""Who runs `homework up` could make a key at the database, so is given one. Unlike the administrator's, it
makes nobody else need one."""
CONSOLE = Caller("the console", frozenset({Scope.OPS}))
"""Its key is in the settings too. Its pages for teachers ask for the teacher's own key."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something, for the record: name and id of the API key. Both are None while no keys
    are in use.
    """

    name: str | None = None
    key_id: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        return cls() if caller is ANYBODY else cls(caller.name, caller.key_id)


NO_KEY = Signature()
"""Of this machine's own user, while no key is in use, and of commands at the database itself."""
