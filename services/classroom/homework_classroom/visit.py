"""One request: in which language it is answered, who is signed in, and the API as this student asks it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from homework_classroom.address import Address
from homework_classroom.language import Language
from homework_classroom.pages import Pages
from homework_classroom.static_files import StaticFile
from homework_classroom.wishes import language_of, values_of
from homework_client import student_links
from homework_client.client import AsyncClient
from homework_client.request import Request as ApiRequest
from homework_shared.runtime.clock import Clock

T = TypeVar("T")


class NotSignedIn(Exception):
    """The browser has no session, or not any more."""


@dataclass(frozen=True)
class Classroom:
    """What every request shares. `api` has no key: each student's session is added to what it sends."""

    api: AsyncClient
    address: Address
    pages: Pages
    static: Mapping[str, StaticFile]
    clock: Clock


@dataclass(frozen=True)
class Visit:
    """`secret` is the session's, None if nobody is signed in. `path` is what was asked for."""

    classroom: Classroom
    language: Language
    secret: str | None
    path: str

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        text = self.classroom.pages.render(template, self.language, {"path": self.path, **values})
        return HTMLResponse(text, status)

    async def ask(self, request: ApiRequest[T]) -> T:
        """What the API answers this student. Raises NotSignedIn, and as `AsyncClient.fetch` does."""
        if self.secret is None:
            raise NotSignedIn
        headers = {**request.headers, "Authorization": f"Bearer {self.secret}"}
        return await self.classroom.api.send(replace(request, headers=headers))


@dataclass(frozen=True)
class Student(Visit):
    """The visit of a student who is signed in."""

    id: int
    name: str

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        shown = {"name": self.name, "student_id": self.id, **values}
        return super().page(template, status, **shown)


def forget_session(response: Response, classroom: Classroom) -> None:
    # Without `secure` a browser would not let go of a cookie whose name begins with __Host-.
    address = classroom.address
    response.delete_cookie(address.cookie, secure=address.is_secure, httponly=True, samesite="lax")


def visit_of(request: Request) -> Visit:
    """Also for what answers errors, which is given no dependencies."""
    classroom: Classroom = request.app.state.classroom
    cookies = request.headers.get("cookie")
    language = language_of(cookies, request.headers.get("accept-language"))
    secrets = [value for value in values_of(cookies, classroom.address.cookie) if value.isascii()]
    return Visit(classroom, language, next(iter(secrets), None), request.url.path)


async def _visit(request: Request) -> Visit:
    return visit_of(request)


async def student_of(visit: Visit) -> Student:
    """Raises NotSignedIn, and as `AsyncClient.fetch` does."""
    session = await visit.ask(student_links.get_session())
    return Student(
        visit.classroom, visit.language, visit.secret, visit.path, session.student_id, session.name
    )


async def _student(request: Request) -> Student:
    return await student_of(visit_of(request))


VisitDep = Annotated[Visit, Depends(_visit)]
StudentDep = Annotated[Student, Depends(_student)]
