"""Makes the application: the one function that joins the web room's parts."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from flask_openapi3 import Info, OpenAPI

from backend import __version__
from backend.config import Settings
from backend.web import auth, docs, errors, headers
from backend.web.context import KEY, Context
from backend.web.feed import EventFeed
from backend.web.limits import LockOut, RateLimit, Slots
from backend.web.requests import StrictRequest
from backend.web.schemas.envelope import Failure

if TYPE_CHECKING:
    from backend.processes.links import Links

ENDPOINTS = "face_attendance_endpoints"

SECURITY_SCHEMES: dict[str, Any] = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
    "PageSession": {"type": "apiKey", "in": "cookie", "name": auth.COOKIE,
                    "description": f"For the pages; changes need the header {auth.CSRF_HEADER} too."},
}

ABOUT = """Recognises employees at a camera, writes attendance, keeps Odoo HR in step.

A success is `{"success": true, "message"?, "data"?}`, a failure `{"success": false, "error",
"code", "details"?}` with the fitting status. Times are ISO 8601 with offset, in the site's zone;
times that come in without an offset are taken in that zone."""


def create_app(settings: Settings, links: Links | None = None, parts: Any = None) -> OpenAPI:
    """The application with its API, documentation and pages.

    `links` leads to the camera workers and the vision service; without it pictures are read
    in this process and there is no camera. `parts` is what `backend.app.build` made; without
    it the parts are built from `settings`.
    """
    app = bare_app()
    app.config["MAX_CONTENT_LENGTH"] = settings.max_request_bytes
    here = app.extensions[KEY] = _context(settings, links, parts)
    here.scopes, here.picture_endpoints = app.extensions[ENDPOINTS]
    errors.install(app)
    auth.install(app)
    headers.install(app)
    app.register_blueprint(docs.bp)
    _register_pages(app)
    return app


def bare_app() -> OpenAPI:
    """The application with its endpoints and nothing behind them: enough to describe it."""
    app = OpenAPI(
        __name__, static_folder=None, doc_ui=False, security_schemes=SECURITY_SCHEMES,
        info=Info(title="Face Attendance", version=__version__, description=ABOUT),
        validation_error_model=Failure, validation_error_callback=errors.refuse_invalid)
    app.request_class = StrictRequest
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    from backend import api_routes  # it imports this room's topics, which import its parts

    app.extensions[ENDPOINTS] = api_routes.register(app)
    return app


def _context(settings: Settings, links: Links | None, parts: Any) -> Context:
    from backend.attendance_system import AttendanceSystem

    if parts is None:
        from backend.app import build

        parts = build(settings)
    system = AttendanceSystem(parts=parts)
    # These hold something of their own: made now, before threads could make two of each.
    _ = system.access, system.journal, system.odoo
    return Context(
        settings=settings, clock=parts.clock, system=system, links=links,
        pictures=_pictures(settings, links, system), feed=EventFeed(system.journal),
        streams=Slots(settings.max_streams), rate=RateLimit(settings.rate_limit),
        wrong=LockOut(settings.login_tries), zone=settings.site_zone)


def _pictures(settings: Settings, links: Links | None, system: Any) -> Any:
    if links is not None:
        return links.pictures(settings)
    from backend.vision.pictures import LocalPictures

    return LocalPictures(settings, system.store)


def _register_pages(app: OpenAPI) -> None:
    if importlib.util.find_spec("backend.web.pages") is None:
        return
    from backend.web import pages

    app.register_blueprint(pages.bp)
