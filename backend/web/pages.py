"""The pages and their files, from `frontend/`: nothing is made here, the API does the work.

A page needs a login, its files do not; they hold nothing but code. Everything is revalidated by
its ETag on each load, so that a new version of the product is never mixed with an old page.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request, send_from_directory

from backend.config import PROJECT_ROOT
from backend.web.auth import COOKIE
from backend.web.context import context

FRONTEND = PROJECT_ROOT / "frontend"

_ASSETS = ("css", "img", "js")
_TYPES = {  # said outright: what the operating system believes of a file's ending varies
    ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".png": "image/png",
    ".svg": "image/svg+xml",
}
_REVALIDATE = "no-cache"
_CAMERA_FOR_US = "camera=(self), microphone=(), geolocation=()"

bp = Blueprint("pages", __name__)


@bp.get("/")
def console() -> Response:
    """The live console."""
    return _page("index.html")


@bp.get("/kiosk")
def kiosk() -> Response:
    """The kiosk at the door."""
    return _page("kiosk.html")


@bp.get("/faces.html")
def faces() -> Response:
    """People and their faces."""
    return _page("faces.html")


@bp.get("/timeline.html")
def timeline() -> Response:
    """Attendance of a day."""
    return _page("timeline.html")


@bp.get("/settings.html")
def settings() -> Response:
    """Odoo, keys, camera, health."""
    return _page("settings.html")


@bp.get("/login")
def login() -> Response:
    """Log-in and first set-up; the only page for those who are not logged in."""
    return _file("login.html")


@bp.get("/static/<path:name>")
def asset(name: str) -> Response:
    """A style, script or image; 404 for anything else."""
    folder, _, rest = name.partition("/")
    if folder not in _ASSETS:
        abort(404)  # never a page by this way: pages need a login
    return _file(rest, FRONTEND / folder)


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Where browsers look for it unasked."""
    return _file("favicon.svg", FRONTEND / "img")


def _page(name: str) -> Response:
    if _logged_in():
        return _file(name)
    here = request.full_path if request.query_string else request.path
    answer = redirect("/login" if here == "/" else f"/login?next={quote(here)}")
    answer.headers["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


def _logged_in() -> bool:
    token = request.cookies.get(COOKIE)
    return bool(token) and len(token) <= 256 and context().system.access.check_session(token) is not None


def _file(name: str, folder: Path = FRONTEND) -> Response:
    answer = send_from_directory(folder, name, conditional=True, etag=True)
    ending = name[name.rfind("."):]
    if ending in _TYPES:
        answer.mimetype = _TYPES[ending]
    answer.headers["Cache-Control"] = _REVALIDATE
    answer.headers["Permissions-Policy"] = _CAMERA_FOR_US
    if ending == ".html":
        answer.headers["Vary"] = "Cookie"
    return answer
