"""Numbers for a monitor, as Prometheus reads them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response

from backend import __version__
from backend.store.repositories.connections import DEFAULT
from backend.web.camera import status_of
from backend.web.context import Context, context
from backend.web.topic import Topic

bp = Topic("metrics", "Metrics", "Numbers for a monitor.")
root = Blueprint("metrics_at_root", __name__)

SCOPE = "metrics:read"
TYPE = "text/plain; version=0.0.4; charset=utf-8"
TEXT = {200: {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}}}

Sample = tuple[dict[str, str], float]
Family = tuple[str, str, str, list[Sample]]
"""Name, kind (gauge or counter), help, samples."""


@bp.endpoint("GET", "/metrics", SCOPE, TEXT)
def metrics() -> Response:
    """Show numbers as Prometheus text; also at /metrics.

    With METRICS_LOOPBACK a monitor on this machine needs no key.
    """
    lines: list[str] = []
    for name, kind, about, samples in families(context()):
        lines += [f"# HELP face_attendance_{name} {about}", f"# TYPE face_attendance_{name} {kind}"]
        lines += [f"face_attendance_{name}{_labels(labels)} {value:g}" if value % 1 else
                  f"face_attendance_{name}{_labels(labels)} {int(value)}" for labels, value in samples]
    return Response("\n".join(lines) + "\n", content_type=TYPE)


root.add_url_rule("/metrics", "metrics", metrics)
ROOT_SCOPES = {f"{root.name}.metrics": SCOPE}


def families(here: Context) -> Iterator[Family]:
    """What is measured."""
    with here.system.store.read() as unit:
        people = unit.people.search(active=True, limit=1)[1]
        templates, gallery = unit.templates.count(), unit.gallery_version()
        present, punches = unit.attendance.count_open(), unit.punches.head().seq
    states = {desk.connection.name: desk.status() for desk in here.system.odoos()}
    yield "build_info", "gauge", "The version that runs.", [({"version": __version__}, 1)]
    yield "punches_total", "counter", "Punches recorded.", [({}, punches)]
    yield "present", "gauge", "People who are in.", [({}, present)]
    yield "people", "gauge", "Active people.", [({}, people)]
    yield "templates", "gauge", "Templates of faces.", [({}, templates)]
    yield "gallery_version", "gauge", "Changes of the gallery.", [({}, gallery)]
    yield "odoo_rows", "gauge", "Rows that wait for Odoo, or that it did not take.", [
        ({"state": state, **_of(name)}, odoo[state]) for name, odoo in states.items()
        for state in ("pending", "failed")]
    yield from _odoo(states, here.clock())
    yield "disk_free_bytes", "gauge", "Room on the data folder's disk.", [
        ({}, shutil.disk_usage(here.settings.data_path).free)]
    yield from _cameras(here)


def _of(name: str) -> dict[str, str]:
    """The label of a connection; the first one has none."""
    return {} if name == DEFAULT else {"connection": name}


def _odoo(states: Mapping[str, dict[str, Any]], now: datetime) -> Iterator[Family]:
    def each(value: Callable[[dict[str, Any]], float]) -> list[Sample]:
        return [(_of(name), value(state)) for name, state in states.items()]

    def age(state: dict[str, Any]) -> float:
        oldest = state["oldest_waiting"]
        return max(0.0, (now - oldest).total_seconds()) if oldest else 0

    yield "odoo_waiting", "gauge", "Rows that go to Odoo by themselves.", each(lambda one: one["waiting"])
    yield "odoo_parked", "gauge", "Rows that wait for somebody to mend something.", each(lambda one: one["parked"])
    yield "odoo_oldest_waiting_seconds", "gauge", "Age of the row that has waited longest for Odoo.", each(age)
    yield "odoo_reachable", "gauge", "0 where Odoo is away, or nothing can be exchanged with it.", each(
        lambda one: float(one["configured"] and one["away_since"] is None))
    yield "odoo_paused", "gauge", "1 where the bridge is paused.", each(lambda one: float(one["paused_at"] is not None))
    yield "odoo_calls_total", "counter", "Calls to Odoo, of all processes.", each(lambda one: one["traffic"]["calls"])
    yield "odoo_call_failures_total", "counter", "Calls to Odoo that broke or that it was too busy for.", each(
        lambda one: one["traffic"]["failures"])


def _cameras(here: Context) -> Iterator[Family]:
    said = {device.id: status_of(here, device) for device in here.system.devices.cameras()}

    def each(value: Any) -> list[Sample]:
        return [({"device": name}, float(value(status))) for name, status in said.items()]

    yield "camera_up", "gauge", "1 where the camera sees.", each(lambda one: one.get("state") == "live")
    yield "camera_fps", "gauge", "Frames a second.", each(lambda one: one.get("fps") or 0)
    for counter in ("frames", "recorded", "not_recorded"):
        yield (f"camera_{counter}_total", "counter", f"{counter.replace('_', ' ').capitalize()}, since its "
               "worker started.", each(lambda one, name=counter: (one.get("counters") or {}).get(name, 0)))


def _labels(labels: dict[str, str]) -> str:
    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    inside = ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""
