"""The FastAPI application with the classroom's pages."""

from fastapi import FastAPI

from homework_classroom import problems
from homework_classroom.gate import Gate
from homework_classroom.routes import common
from homework_classroom.routes.students import homework, sign_in, work
from homework_classroom.routes.teachers import (
    classes,
    exercise,
    files,
    give,
    links,
    progress,
    results,
    review,
    student_records,
    students,
)
from homework_classroom.routes.teachers import homework as given
from homework_classroom.routes.teachers import sign_in as teachers_sign_in
from homework_classroom.visit import Classroom
from homework_shared.runtime.asgi import App
from homework_shared.runtime.security_headers import SecurityHeadersMiddleware

_POLICY = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:; script-src 'self'; style-src 'self'"
)
# With `no-referrer` a browser would send `Origin: null` with our own forms, and the gate would refuse them.
_HEADERS = {"Referrer-Policy": "same-origin"}
_ROUTES = (
    common, sign_in, homework, work,
    teachers_sign_in, classes, students, student_records, links,
    given, give, review, exercise, results, files, progress,
)  # fmt: skip


def create_app(classroom: Classroom) -> App:
    """The application, whose requests all pass the gate first."""
    app = FastAPI(title="Homework classroom", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.classroom = classroom
    problems.install(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    gate = Gate(app, classroom.address, classroom.pages)
    # This wraps the whole application, so that every response has the headers, including errors.
    return SecurityHeadersMiddleware(gate, lambda _path: _POLICY, _HEADERS)
