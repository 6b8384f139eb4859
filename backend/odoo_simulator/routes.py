"""Which wire a request is for, told by its path; and the few plain addresses that have no wire."""

from __future__ import annotations

from urllib.parse import parse_qs

from . import json2, jsonrpc, xmlrpc
from .replies import Reply, Request, in_json, page
from .services import Services
from .websession import WebSessions


class Routes:
    """All addresses of one server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.sessions = WebSessions(services)

    def answer(self, request: Request) -> Reply:
        path = request.path
        if path.startswith("/xmlrpc/"):
            return self._xmlrpc(request)
        if path == "/jsonrpc":
            return jsonrpc.answer(self.services, request)
        if path == "/web/health":
            return self._health(bool(parse_qs(request.query).get("db_server_status")))
        if path in ("/web/version", "/json/version") and self.services.version == 19:
            info = self.services.version_info()
            return in_json({"version_info": info["server_version_info"], "version": info["server_version"]})
        if path == "/json/version" or path.startswith("/json/2/"):
            return json2.answer(self.services, request) if self.services.version == 19 else _to_login(path)
        if path == "/web/login":
            return page(200, "Odoo", "Log in")
        return self.sessions.answer(request) or not_found()

    def _xmlrpc(self, request: Request) -> Reply:
        parts = request.path.strip("/").split("/")
        if request.method != "POST":
            return page(
                405, "405 Method Not Allowed", "The method is not allowed for the requested URL.", Allow="POST"
            )
        if parts[1:2] == ["2"] and len(parts) == 3:
            return Reply(200, xmlrpc.answer(self.services, parts[2], request.body), xmlrpc.CONTENT_TYPE)
        if len(parts) == 2:
            body = xmlrpc.answer(self.services, parts[1], request.body, codes_as_text=True)
            return Reply(200, body, xmlrpc.CONTENT_TYPE)
        return not_found()

    def _health(self, with_database: bool) -> Reply:
        if not with_database:
            return in_json({"status": "pass"}, content_type="application/json")
        up = self.services.database_up
        status = {"status": "pass" if up else "fail", "db_server_status": up}
        return in_json(status, 200 if up else 500, "application/json")


def not_found() -> Reply:
    found = page(404, "404 Not Found", "The requested URL was not found on the server.")
    return Reply(404, found.body, "text/html;charset=utf-8")


def _to_login(path: str) -> Reply:
    """Version 18 takes the address for one of pages, which need a log-in."""
    place = f"/web/login?redirect={path.replace('/', '%2F')}%3F"
    return page(303, "Redirecting...", place, Location=place)
