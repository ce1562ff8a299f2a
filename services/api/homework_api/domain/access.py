"""Callers and their rights. docs/security.md gives the reasons."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Scope(StrEnum):
    TEACHER = "teacher"
    OPS = "ops"


FIRST_TEACHER = 1
"""The teacher who owns all data from before teachers were separate, and data that is created without a key.
Migration v0016 creates this teacher, who cannot be deleted."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The students, classes and assignments that a request may see and change. What it creates belongs to
    `teacher_id`. With `all_teachers` it may also see and change those of other teachers, as an administrator
    does.
    """

    teacher_id: int
    all_teachers: bool = False


EVERYTHING = Reach(FIRST_TEACHER, all_teachers=True)
"""The reach of an administrator, and of the service's own work."""


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
"""The caller while no key exists, as on a new laptop. The service then listens for this machine only, unless
it is started with `--insecure`: see `main`."""

ADMINISTRATOR = Caller("the administrator", frozenset(Scope))
"""The caller with the administrator's key from the settings."""
OWNER = Caller("whoever runs this service", frozenset(Scope))
"""The caller with the owner's key, which `homework up` makes for the person who runs it. That person could
create one at the database anyway. Unlike the administrator's key, it does not make other requests need
one."""
CONSOLE = Caller("the console", frozenset({Scope.OPS}))
"""The console, whose key is in the settings too."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The name and the id of the API key with which something was done. Both are None while no keys are in
    use.
    """

    name: str | None = None
    key_id: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> Self:
        return cls() if caller is ANYBODY else cls(caller.name, caller.key_id)


NO_KEY = Signature()
"""The signature of this machine's own user while no key is in use, and of commands at the database itself."""
