"""The context of one request: its language, who is signed in, and the API with this person's rights."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import unquote

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from homework_classroom.address import Address
from homework_classroom.language import Language
from homework_classroom.pages import Pages
from homework_classroom.static_files import StaticFile
from homework_classroom.wishes import language_of, values_of
from homework_client import student_links
from homework_client.client import AsyncClient, Reply
from homework_client.request import Request as ApiRequest
from homework_shared.runtime.clock import Clock

T = TypeVar("T")

TEACHERS = "/teacher"
"""All of their pages lie below it. Everything else is a student's or anybody's."""


_COOKIE = re.compile(r"(?P<secret>h[st]_[\w-]{43})(?:\.(?P<id>\d{1,18})\.[\w-]{1,600})?", re.ASCII)
"""A session's secret, and in a student's cookie the id, so that no page has to ask the API for it. Whoever
changes that misleads only themselves: the API gives a session what is its own student's."""
_NO_NAME = "-"
"""Cookies of the version before end with the student's name, and it takes none that ends without one."""


class NotSignedIn(Exception):
    """The browser has no session, or its session has ended."""


@dataclass(frozen=True)
class Classroom:
    """What all requests share. `api` has no key: each request adds the session of its user. `shared_url_file`
    is where `homework share` keeps the public address while it runs.
    """

    api: AsyncClient
    address: Address
    pages: Pages
    static: Mapping[str, StaticFile]
    clock: Clock
    shared_url_file: Path | None = None

    def students_address(self) -> Address:
        """The address with which students' links begin. It differs from the address that a teacher uses on
        the computer that runs the service.
        """
        try:
            shared = self.shared_url_file.read_text().strip() if self.shared_url_file else ""
        except OSError:
            shared = ""
        return Address(shared) if shared else self.address


@dataclass(frozen=True)
class Visit:
    """One request. `secret` is the session's secret, None if nobody is signed in: a teacher's below TEACHERS,
    else a student's. `path` is the requested path, and `student_id` the student's, if the cookie contains it.
    """

    classroom: Classroom
    language: Language
    secret: str | None
    path: str
    student_id: int | None = None

    @property
    def is_teachers(self) -> bool:
        return self.path == TEACHERS or self.path.startswith(f"{TEACHERS}/")

    @property
    def cookie(self) -> str:
        """The name of the cookie with the session for such a page."""
        address = self.classroom.address
        return address.teacher_cookie if self.is_teachers else address.cookie

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        text = self.classroom.pages.render(template, self.language, {"path": self.path, **values})
        return HTMLResponse(text, status)

    async def ask(self, request: ApiRequest[T]) -> T:
        """Send the request to the API as this person. Raises NotSignedIn, and as `AsyncClient.fetch` does."""
        return (await self.fetch(request)).value

    async def fetch(self, request: ApiRequest[T]) -> Reply[T]:
        """The response with its headers. Raises as `ask` does."""
        if self.secret is None:
            raise NotSignedIn
        headers = {**request.headers, "Authorization": f"Bearer {self.secret}"}
        return await self.classroom.api.fetch(replace(request, headers=headers))


@dataclass(frozen=True, kw_only=True)
class Student(Visit):
    """The request of a student. With each response the API says whether the session is still valid and what
    the student is called now, so ask it before you show a page. `names` are the names that it has sent.
    """

    id: int
    names: list[str] = field(default_factory=list)

    async def fetch(self, request: ApiRequest[T]) -> Reply[T]:
        reply = await super().fetch(request)
        if student_links.STUDENT_NAME in reply.headers:
            self.names.append(unquote(reply.headers[student_links.STUDENT_NAME]))
        elif not self.names:  # an API of the version before says it only if it is asked
            self.names.append((await super().fetch(student_links.get_session())).value.name)
        return reply

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        shown = {"name": self.names[-1], "student_id": self.id, **values}
        return super().page(template, status, **shown)


@dataclass(frozen=True)
class Teacher(Visit):
    """The request of a teacher. The API checks the session with the first request."""

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of the dates that she types; None means this machine's."""
        return self.classroom.pages.zone

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        return super().page(template, status, signed_in=True, **values)


def keep_session(
    response: Response, visit: Visit, secret: str, expires_at: datetime, student_id: int | None = None
) -> None:
    """Set the session cookie. `student_id` is the student whose session it is."""
    value = secret if student_id is None else f"{secret}.{student_id}.{_NO_NAME}"
    # The cookie is Lax and not Strict, so that a link in a mail or on a school's page finds its student
    # signed in. Such a link changes nothing, because changes need a form's POST, with which a Lax cookie is
    # not sent from other sites.
    response.set_cookie(
        visit.cookie,
        value,
        max_age=max(0, int((expires_at - visit.classroom.clock()).total_seconds())),
        secure=visit.classroom.address.is_secure,
        httponly=True,
        samesite="lax",
    )


def forget_session(response: Response, visit: Visit) -> None:
    # Without `secure` a browser would not delete a cookie whose name begins with __Host-.
    secure = visit.classroom.address.is_secure
    response.delete_cookie(visit.cookie, secure=secure, httponly=True, samesite="lax")


def visit_of(request: Request) -> Visit:
    """The context of the request. Error handlers call it too, because they get no dependencies."""
    classroom: Classroom = request.app.state.classroom
    cookies = request.headers.get("cookie")
    language = language_of(cookies, request.headers.get("accept-language"))
    visit = Visit(classroom, language, None, request.url.path)
    # While no key is in use, the API grants every caller on this machine all rights. Only a header in the
    # form of a session is looked up even then. Without this check, any cookie would make a student a teacher.
    kind = "ht_" if visit.is_teachers else "hs_"
    for value in values_of(cookies, visit.cookie):
        if (found := _COOKIE.fullmatch(value)) and value.startswith(kind):
            student_id = int(found["id"]) if found["id"] else None
            return replace(visit, secret=found["secret"], student_id=student_id)
    return visit


async def _visit(request: Request) -> Visit:
    return visit_of(request)


async def student_of(visit: Visit) -> Student:
    """The student of the session cookie. Raises NotSignedIn, and as `AsyncClient.fetch` does."""
    if visit.student_id is None:
        return await signed_in_student(visit)
    return _as_student(visit, visit.student_id)


async def signed_in_student(visit: Visit) -> Student:
    """The student of the session, if the session has not ended. Raises NotSignedIn, and as
    `AsyncClient.fetch` does.
    """
    session = await visit.ask(student_links.get_session())
    return _as_student(visit, session.student_id, session.name)


def _as_student(visit: Visit, id_: int, *names: str) -> Student:
    return Student(visit.classroom, visit.language, visit.secret, visit.path, id=id_, names=list(names))


async def _student(request: Request) -> Student:
    return await student_of(visit_of(request))


async def _teacher(request: Request) -> Teacher:
    visit = visit_of(request)
    if visit.secret is None:
        raise NotSignedIn
    return Teacher(visit.classroom, visit.language, visit.secret, visit.path)


VisitDep = Annotated[Visit, Depends(_visit)]
StudentDep = Annotated[Student, Depends(_student)]
TeacherDep = Annotated[Teacher, Depends(_teacher)]
