"""Endpoint of live events."""

from __future__ import annotations

from flask import Response, request

from backend.web import streams
from backend.web.auth import staying
from backend.web.context import context
from backend.web.schemas.operations import EventsQuery
from backend.web.topic import Topic

bp = Topic("events", "Live events", "What happens, as it happens.")

STREAM = {200: {"description": "Server-sent events of the kinds sighting, attendance, sync and camera; "
                               "the data of each is a JSON object.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}}}}
RESUME = [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"},
           "description": "Go on after this event, as browsers do by themselves."}]


@bp.endpoint("GET", "/events", "attendance:read", STREAM, parameters=RESUME,
             fails={503: "Too many streams are open (`too_many_streams`)."})
def live_events(query: EventsQuery) -> Response:
    """Follow what happens, by server-sent events; resumes after `Last-Event-ID`."""
    after = query.last_event_id
    header = request.headers.get("Last-Event-ID", "").strip()
    if header.isascii() and header.isdigit() and len(header) < 17:
        after = int(header)
    return streams.events(context(), after, staying())
