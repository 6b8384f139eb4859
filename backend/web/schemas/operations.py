"""Health, the log, and live events."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from backend.web.schemas.envelope import Answer, Input, Moment, MomentIn, Output


class CheckOut(Output):
    status: Literal["ok", "warning", "failing", "off"]
    message: str
    details: dict[str, Any] | None = Field(default=None, description="Only with a key.")


class HealthOut(Output):
    status: Literal["ok", "degraded", "failing"]
    version: str
    time: Moment
    checks: dict[str, CheckOut] = Field(
        description="database, camera, gallery, vision, odoo, queue and disk.")


class HealthAnswer(Answer):
    data: HealthOut


class LogQuery(Input):
    category: Literal["odoo_sync", "attendance", "camera", "security", "system"] | None = None
    level: Literal["debug", "info", "warning", "error"] | None = Field(
        default=None, description="This level and those above it.")
    since: MomentIn | None = None
    limit: int = Field(default=100, ge=1, le=10_000)


class LogLineOut(Output):
    id: int
    at: Moment
    category: str
    level: str
    message: str
    details: dict[str, Any]


class LogList(Output):
    logs: list[LogLineOut]


class LogsAnswer(Answer):
    data: LogList


class EventsQuery(Input):
    last_event_id: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="Go on after this event; the header Last-Event-ID says the same.")
