"""Turns every error into a JSON object with `detail`."""

import json
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from homework_api.database.engine import DatabaseGone, DatabaseUnavailable
from homework_api.domain.errors import ApiError
from homework_api.http.malformed import words
from homework_api.http.route_matching import allowed_methods

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 2
# The text must not claim that nothing was stored, because perhaps only the confirmation of a commit was lost.
_DATABASE_SILENT = "The database does not answer. Try again in a moment, with the same Idempotency-Key."
_DATABASE_GONE = "The database was removed or replaced. Whoever runs the service finds in /ready what to do."
_WITH = {
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "60"},
    503: {"Retry-After": str(RETRY_AFTER_SECONDS)},
}


class _AsciiResponse(JSONResponse):
    # The error text may quote lone surrogates from a refused body, and UTF-8 cannot encode them.
    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode("ascii")


def install(app: FastAPI) -> None:
    """Install handlers that answer every error of `app` with a JSON object with `detail`."""
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(400, _on_unreadable_body)
    app.add_exception_handler(405, _on_wrong_method)
    app.add_exception_handler(DatabaseUnavailable, _on_database_unavailable)
    app.add_exception_handler(Exception, _on_bug)


def _on_api_error(_request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, ApiError) else 500
    return JSONResponse({"detail": str(error)}, status, _WITH.get(status))


def _on_malformed(_request: Request, error: Exception) -> JSONResponse:
    # The input is left out, because it may be huge or contain a number that JSON cannot represent.
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    detail = [{"type": each["type"], "loc": each["loc"], "msg": words(each)} for each in problems]
    return _AsciiResponse({"detail": detail}, 422)


def _on_unreadable_body(_request: Request, _error: Exception) -> JSONResponse:
    # FastAPI answers 400 where the JSON parser itself fails, for example on another encoding or on a thousand
    # nested brackets.
    problem = {"type": "json_invalid", "loc": ["body"], "msg": "JSON in UTF-8, nested less deeply, is wanted"}
    return JSONResponse({"detail": [problem]}, 422)


def _on_wrong_method(request: Request, _error: Exception) -> JSONResponse:
    # Starlette would name only the first route's methods, but here each method is a separate route.
    allowed = ", ".join(allowed_methods(request))
    return JSONResponse({"detail": "Method Not Allowed"}, 405, {"Allow": allowed})


def _on_database_unavailable(request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable", path=request.url.path, error=str(error))
    detail = _DATABASE_GONE if isinstance(error, DatabaseGone) else _DATABASE_SILENT
    return JSONResponse({"detail": detail}, 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _on_bug(request: Request, error: Exception) -> JSONResponse:
    # Starlette raises the error again after this response, and the server logs its traceback.
    log.error("request_failed", method=request.method, path=request.url.path, error=type(error).__name__)
    return JSONResponse({"detail": "Internal error; the log of the API says more"}, 500)
