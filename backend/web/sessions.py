"""Endpoints of page sessions and the first-run set-up."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from backend.desks.access import WrongSetupCode
from backend.desks.scopes import ROLE_SCOPES
from backend.web.auth import (
    COOKIE,
    Unauthorized,
    address,
    caller,
    note_wrong_try,
    refuse_locked_out,
)
from backend.web.context import Context, context
from backend.web.schemas.access import (
    Login,
    PageUser,
    SessionAnswer,
    SessionOut,
    SetupAnswer,
    SetupBody,
    SetupState,
)
from backend.web.schemas.envelope import Done
from backend.web.topic import LOGGED_IN, PUBLIC, Topic, to_response

bp = Topic("session", "Session", "Logging in to the pages.")

TOO_MANY = {401: "Wrong user name or password.", 429: "Too many wrong tries (`locked_out`)."}


@bp.endpoint("POST", "/session", PUBLIC, SessionAnswer, fails=TOO_MANY)
def log_in(body: Login) -> Response:
    """Log a page user in; the answer sets a cookie."""
    here = context()
    refuse_locked_out(here)
    user = here.system.access.check_password(body.username, body.password)
    if user is None:
        note_wrong_try(here, "A wrong user name or password was given", username=body.username)
        raise Unauthorized("The user name or the password is wrong.", code="wrong_password")
    here.wrong.forgive(address())
    token, session = here.system.access.open_session(user)
    here.system.journal.log("security", "info", f"{user.username} logged in", address=address())
    response = to_response(_answer(here, session))
    _set_cookie(response, token, int((session.expires_at - here.clock()).total_seconds()))
    return response


@bp.endpoint("GET", "/session", LOGGED_IN, SessionAnswer)
def who_am_i() -> SessionAnswer:
    """Who is logged in, with the token that changes need."""
    here = context()
    token = request.cookies.get(COOKIE)
    session = here.system.access.check_session(token) if token else None
    if session is None:
        raise Unauthorized("Nobody is logged in: this address is for page users, not for keys.")
    return _answer(here, session)


@bp.endpoint("DELETE", "/session", LOGGED_IN, Done)
def log_out() -> Response:
    """Log out."""
    caller()
    here = context()
    if token := request.cookies.get(COOKIE):
        here.system.access.close_session(token)
    response = to_response(Done(message="Logged out."))
    _set_cookie(response, "", 0)
    return response


@bp.endpoint("GET", "/setup", PUBLIC, SetupAnswer)
def setup_state() -> SetupAnswer:
    """Whether the first administrator is still to be made."""
    return SetupAnswer(data=SetupState(needed=context().system.access.setup_needed()))


@bp.endpoint("POST", "/setup", PUBLIC, {201: SetupAnswer},
             fails={**TOO_MANY, 401: "Wrong code (`wrong_code`).", 409: "There is an administrator already."})
def set_up(body: SetupBody) -> tuple[SetupAnswer, int]:
    """Make the first administrator, with the code that the server printed on its console."""
    here = context()
    refuse_locked_out(here)
    try:
        here.system.access.complete_setup(body.code, body.username, body.password)
    except WrongSetupCode:
        note_wrong_try(here, "A wrong set-up code came from this address")
        raise
    here.wrong.forgive(address())
    return SetupAnswer(message=f"{body.username} may log in now.", data=SetupState(needed=False)), 201


def _answer(here: Context, session: Any) -> SessionAnswer:
    user = session.user
    return SessionAnswer(data=SessionOut(
        user=PageUser(username=user.username, role=user.role), csrf=session.csrf,
        scopes=sorted(ROLE_SCOPES.get(user.role, ())), expires_at=here.local(session.expires_at),
        timezone=str(here.zone), badge_alone=here.settings.badge_alone))


def _set_cookie(response: Response, token: str, seconds: int) -> None:
    # Secure exactly when this request came by TLS: over plain HTTP the browser would drop it.
    response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="Strict",
                        secure=request.is_secure, path="/")
