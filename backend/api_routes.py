"""Puts the blueprints of the web room under /api/v1."""

from __future__ import annotations

from flask_openapi3 import OpenAPI

from backend.web import (
    attendance,
    camera,
    connections,
    events,
    faces,
    health,
    hooks,
    keys,
    learning,
    logs,
    metrics,
    people,
    problems,
    punches,
    recognize,
    sessions,
    sync,
)
from backend.web.topic import Topic

BASE = "/api/v1"

TOPICS: tuple[Topic, ...] = (
    health.bp, sessions.bp, people.bp, faces.bp, learning.bp, recognize.bp, attendance.bp, punches.bp, camera.bp,
    events.bp, sync.bp, connections.bp, problems.bp, hooks.bp, logs.bp, metrics.bp, keys.bp)


def register(app: OpenAPI) -> tuple[dict[str, str], frozenset[str]]:
    """Register every topic on `app`.

    Returns each endpoint's scope, and the endpoints that take pictures, by Flask's endpoint names.
    """
    scopes: dict[str, str] = {}
    pictures: set[str] = set()
    for topic in TOPICS:
        app.register_api(topic, url_prefix=BASE)
        scopes.update(topic.endpoint_scopes)
        pictures |= topic.picture_endpoints
    app.register_blueprint(health.root)
    app.register_blueprint(metrics.root)
    return scopes | health.ROOT_SCOPES | metrics.ROOT_SCOPES, frozenset(pictures)
