"""The routes that begin and end a session."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from homework_console.address import SIGN_IN, Address
from homework_console.notices import NOT_SIGNED_IN, SIGNED_IN, TOKEN_IS_VOID
from homework_console.sessions import Sessions


def add_sign_in(app: FastAPI, sessions: Sessions, address: Address) -> None:
    @app.get(SIGN_IN)
    async def sign_in(request: Request, token: str = "") -> Response:
        if request.state.session:
            return RedirectResponse("/", 303)
        if not token:
            return HTMLResponse(NOT_SIGNED_IN, 401)
        session = sessions.sign_in(token)
        if session is None:
            return HTMLResponse(TOKEN_IS_VOID, 403)
        response = HTMLResponse(SIGNED_IN)
        response.set_cookie(
            address.cookie, session.id, secure=address.is_secure, httponly=True, samesite="strict"
        )
        return response

    @app.get("/session", status_code=204)
    async def session() -> None:
        """Open pages ask whether they are still signed in; the gate answers those that are not."""

    @app.post("/sign-out", status_code=204)
    async def sign_out(request: Request) -> None:
        sessions.sign_out(request.state.session)
