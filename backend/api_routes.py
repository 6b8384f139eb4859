"""Puts the blueprints of the web room under /api/v1."""

from __future__ import annotations

from flask_openapi3 import OpenAPI

from backend.web import (
    attendance,
    camera,
    events,
    faces,
    health,
    keys,
    logs,
    people,
    punches,
    recognize,
    sessions,
    sync,
)
from backend.web.topic import Topic

BASE = "/api/v1"

TOPICS: tuple[Topic, ...] = (
    health.bp, sessions.bp, people.bp, faces.bp, recognize.bp, attendance.bp, punches.bp, camera.bp,
    events.bp, sync.bp, logs.bp, keys.bp)


def register(app: OpenAPI) -> dict[str, str]:
    """Register every topic on `app`; returns each endpoint's scope, by Flask's endpoint name."""
    scopes: dict[str, str] = {}
    for topic in TOPICS:
        app.register_api(topic, url_prefix=BASE)
        scopes.update(topic.endpoint_scopes)
    app.register_blueprint(health.root)
    return scopes | health.ROOT_SCOPES
