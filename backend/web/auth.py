"""Who is asking, and may they? Keys for programs, a cookie for the pages.

Runs before a request is read. A key comes in `X-API-Key` or `Authorization: Bearer`, a page
user with the cookie `fa_session`, and with the header `X-CSRF-Token` for each change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request

from backend.desks.scopes import ROLE_SCOPES, allows
from backend.errors import FaceAttendanceError
from backend.web.context import Context, context
from backend.web.topic import LOGGED_IN, OWN_SECRET, PUBLIC

COOKIE = "fa_session"
CSRF_HEADER = "X-CSRF-Token"
LARGEST_PUBLIC_BODY = 64 * 1024
LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a body without pictures; those with pictures are bounded by MAX_REQUEST_BYTES."""

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Unauthorized(FaceAttendanceError):
    code = "unauthorized"
    status = 401


class Forbidden(FaceAttendanceError):
    code = "forbidden"
    status = 403


class TooManyRequests(FaceAttendanceError):
    code = "too_many_requests"
    status = 429


@dataclass(frozen=True)
class Caller:
    """Whoever sent this request."""

    name: str
    """For audit rows: `key:NAME` or `user:NAME`."""
    scopes: frozenset[str]
    bucket: str
    """What the rate limit counts by."""
    username: str | None = None
    role: str | None = None
    csrf: str | None = None

    def may(self, scope: str) -> bool:
        return scope in (PUBLIC, LOGGED_IN) or allows(self.scopes, scope)


def install(app: Flask) -> None:
    """Check every request of `app` before it is read."""
    app.before_request(_guard)


def caller() -> Caller:
    """Who is asking; raises Unauthorized where nobody is known."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise Unauthorized("Send a key in the header X-API-Key, or log in.")
    return found


def known_caller() -> Caller | None:
    """Who is asking, or None, for addresses that need no key."""
    return g.get("caller")


def staying() -> Callable[[], bool]:
    """A question for answers without end: is the key or session of this request still in force?"""
    access, plain, token = context().system.access, given_key(), request.cookies.get(COOKIE)

    def in_force() -> bool:
        if plain is not None:
            return access.check_key(plain) is not None
        return token is not None and access.check_session(token) is not None

    return in_force


def require(scope: str) -> None:
    """Raise Forbidden where the caller has not `scope`."""
    who = caller()
    if not who.may(scope):
        raise Forbidden(f"This needs the scope {scope}, which {who.name} does not have.",
                        details={"scope": scope})


def _guard() -> Response | None:
    here = context()
    scope = here.scopes.get(request.endpoint or "")
    g.caller = None
    _bound_body(here, scope)
    if scope is None or scope == OWN_SECRET:  # a page, a file, nothing at all; or the topic checks it
        return None
    if scope == PUBLIC:
        g.caller = _quietly(here)
        if g.caller is None:
            bound_rate(here, f"address:{address()}")
        return None
    if scope == "metrics:read" and _is_local_monitor(here):
        return None
    g.caller = _by_key(here) or _by_session(here)
    bound_rate(here, caller().bucket)
    require(scope)
    return None


def _is_local_monitor(here: Context) -> bool:
    """Whether this came from this machine itself, and not by a proxy on it."""
    forwarded = any(name in request.headers for name in FORWARDING)
    return here.settings.metrics_loopback and not forwarded and address() in ("127.0.0.1", "::1")


def _bound_body(here: Context, scope: str | None) -> None:
    if request.endpoint not in here.picture_endpoints:
        bound = LARGEST_PUBLIC_BODY if scope in (None, PUBLIC, OWN_SECRET) else LARGEST_BODY
        request.max_content_length = min(bound, here.settings.max_request_bytes)


def bound_rate(here: Context, bucket: str, per_minute: int | None = None) -> None:
    """Raise TooManyRequests where the bucket is empty; it holds RATE_LIMIT unless `per_minute` says more."""
    if seconds := here.rate.take(bucket, per_minute):
        raise TooManyRequests(f"Too many requests: try again in {seconds} s.", retry_after=seconds)


def _quietly(here: Context) -> Caller | None:
    """On public addresses a wrong key is the same as none."""
    try:
        return _by_key(here) or _by_session(here, check_csrf=False)
    except FaceAttendanceError:
        return None


def given_key() -> str | None:
    """The key that came with the request."""
    if plain := request.headers.get("X-API-Key"):
        return plain.strip()
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _by_key(here: Context) -> Caller | None:
    plain = given_key()
    if plain is None:
        return None
    key = here.system.access.check_key(plain) if len(plain) <= 256 and plain.isascii() else None
    if key is not None:
        return Caller(f"key:{key.name}", frozenset(key.scopes), f"key:{key.id}")
    note_wrong_try(here, "An unknown, expired or revoked API key was used")
    raise Unauthorized("The key is unknown, expired or revoked.")


def _by_session(here: Context, check_csrf: bool = True) -> Caller | None:
    token = request.cookies.get(COOKIE)
    session = here.system.access.check_session(token) if token and len(token) <= 256 else None
    if session is None:
        return None
    if check_csrf and request.method not in READING \
            and not here.system.access.same(session.csrf, request.headers.get(CSRF_HEADER, "")):
        raise Forbidden(f"The header {CSRF_HEADER} is missing or old: load the page again.",
                        code="csrf_failed")
    user = session.user
    # By session: several tablets at one door share a user, and each of them sends frames.
    return Caller(f"user:{user.username}", ROLE_SCOPES.get(user.role, frozenset()), f"session:{session.csrf}",
                  username=user.username, role=user.role, csrf=session.csrf)


def address() -> str:
    """Where the request came from. Forwarding headers are not believed: anybody can send them."""
    return request.remote_addr or "unknown"


def refuse_locked_out(here: Context) -> None:
    """Raise TooManyRequests where this address guessed wrong too often."""
    if seconds := here.wrong.wait(address()):
        raise TooManyRequests(f"Too many wrong tries from this address: wait {seconds} s.",
                              code="locked_out", retry_after=seconds)


def note_wrong_try(here: Context, text: str, **details: str) -> None:
    """Count a wrong password, code or key, tell the security log, and lock the address out in time."""
    refuse_locked_out(here)
    locked = here.wrong.count(address()) > 0
    here.system.journal.log("security", "warning",
                            f"{text}; the address has to wait now" if locked else text,
                            address=address(), **details)
