"""Endpoints of health: alive, ready, and how each part is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from backend import __version__
from backend.errors import FaceAttendanceError
from backend.web.auth import known_caller
from backend.web.camera import status_of
from backend.web.context import Context, context
from backend.web.schemas.envelope import Done
from backend.web.schemas.operations import CheckOut, HealthAnswer, HealthOut
from backend.web.topic import PUBLIC, Topic, to_response

bp = Topic("health", "Health", "For people, load balancers and monitors. Needs no key.")
root = Blueprint("health_at_root", __name__)

CRITICAL = frozenset({"database", "disk"})
"""Without these nothing can be recorded: the answer is 503."""

FULL_DISK = 20_000_000
"""Bytes free below which the database may not be able to write."""

UNWELL = {503: "A critical check fails; the body is the same, in the shape of a failure."}


@bp.endpoint("GET", "/health", PUBLIC, HealthAnswer, fails=UNWELL)
def health() -> Response:
    """How each part is; details only with a key or a page session."""
    return _answer(context())


@bp.endpoint("GET", "/health/live", PUBLIC, Done)
def live() -> Done:
    """The server answers."""
    return Done(message="alive")


@bp.endpoint("GET", "/health/ready", PUBLIC, HealthAnswer, fails=UNWELL)
def ready() -> Response:
    """The server can do its work; 503 until then."""
    return _answer(context())


root.add_url_rule("/health", "health", health)
root.add_url_rule("/health/live", "live", live)
root.add_url_rule("/health/ready", "ready", ready)
ROOT_SCOPES = {f"{root.name}.{name}": PUBLIC for name in ("health", "live", "ready")}


def _answer(here: Context) -> Response:
    found = look(here)
    if known_caller() is None:
        for check in found.checks.values():
            check.details = None
    answer = to_response(HealthAnswer(data=found))
    if found.status != "failing":
        return answer
    from backend.web.errors import failure

    wrong = "; ".join(check.message for check in found.checks.values() if check.status == "failing")
    return failure(wrong, "unhealthy", 503, found.model_dump(mode="json"))


def look(here: Context) -> HealthOut:
    """All checks; none raises."""
    checks = {name: _safely(check, here) for name, check in CHECKS.items()}
    bad = {name for name, check in checks.items() if check.status == "failing"}
    unwell = bad or any(check.status == "warning" for check in checks.values())
    status = "failing" if bad & CRITICAL else "degraded" if unwell else "ok"
    return HealthOut(status=status, version=__version__, time=here.local(here.clock()), checks=checks)


def _safely(check: Callable[[Context], CheckOut], here: Context) -> CheckOut:
    try:
        return check(here)
    except FaceAttendanceError as error:
        return CheckOut(status="failing", message=str(error), details={"code": error.code})
    except Exception as error:  # a check that breaks is a finding, not a reason to answer nothing
        return CheckOut(status="failing", message="The check itself failed.",
                        details={"error": type(error).__name__})


def _database(here: Context) -> CheckOut:
    with here.system.store.read() as unit:
        head = unit.punches.head()
    return CheckOut(status="ok", message="The database answers.", details={"punches": head.seq})


def _disk(here: Context) -> CheckOut:
    free = shutil.disk_usage(here.settings.data_path).free
    details = {"free_bytes": free}
    if free < FULL_DISK:
        return CheckOut(status="failing", message="The disk is full: nothing can be recorded.", details=details)
    if free < here.settings.min_free_disk:
        return CheckOut(status="warning", message=f"Only {free // 1_000_000} MB are free on the disk.",
                        details=details)
    return CheckOut(status="ok", message="There is room on the disk.", details=details)


def _camera(here: Context) -> CheckOut:
    if here.links is not None and not here.links.cameras:
        return CheckOut(status="off", message="Started without cameras.")
    found = here.system.devices.cameras()
    if not found:
        return CheckOut(status="off", message="No camera is set up.")
    said = {device.id: status_of(here, device) for device in found}
    states = {name: str(status.get("state")) for name, status in said.items()}
    for status in said.values():
        if status.get("problem"):  # who is seen is not recorded
            return CheckOut(status="failing", message=str(status["error"]), details=states)
    blind = [name for name, state in states.items() if state != "live"]
    if blind:
        return CheckOut(status="warning", message=f"Blind: {', '.join(blind)}.", details=states)
    return CheckOut(status="ok", message="Every camera sees.", details=states)


def _gallery(here: Context) -> CheckOut:
    with here.system.store.read() as unit:
        version, templates = unit.gallery_version(), unit.templates.count()
    details = {"version": version, "templates": templates}
    if not templates:
        return CheckOut(status="warning", message="Nobody's face is registered yet.", details=details)
    details |= here.system.recognition.details()
    return CheckOut(status="ok", message="Faces are registered.", details=details)


def _vision(here: Context) -> CheckOut:
    if here.links is None:
        return CheckOut(status="off", message="Pictures are read in the web process.")
    said: dict[str, Any] = here.pictures.state()
    return CheckOut(status="ok", message="The vision service answers.", details=said)


def _odoo(here: Context) -> CheckOut:
    """The first connection, and where that is well, the worst of the others."""
    first, *others = here.system.odoos()
    found = _odoo_of(here, first.status())
    for desk in others:
        check = _odoo_of(here, desk.status())
        if found.status in ("ok", "off") and check.status == "warning":
            found = CheckOut(status="warning", message=desk.connection.say(check.message), details=check.details)
    return found


def _odoo_of(here: Context, state: dict[str, Any]) -> CheckOut:
    if not state["configured"]:
        return CheckOut(status="off", message="Odoo is not set up.")
    details = {name: state.get(name) for name in ("url", "db", "transport", "circuit", "last_sync_message",
                                                  "problem", "key_warning")}
    for name in ("away_since", "next_try", "paused_at"):
        details[name] = here.local(state[name])
    details["key_expires_on"] = str(state["key_expires_on"]) if state["key_expires_on"] else None
    if state["status"] == "paused":
        return CheckOut(status="warning", message="The bridge to Odoo is paused.", details=details)
    if state["away_since"] is not None:
        return CheckOut(status="warning", message="Odoo is away, or nothing can be exchanged with it.", details=details)
    if state["status"] == "error":
        return CheckOut(status="warning", message="The last exchange with Odoo failed.", details=details)
    if state["key_warning"]:
        return CheckOut(status="warning", message="The API key for Odoo ends soon.", details=details)
    return CheckOut(status="ok", message="Odoo is set up.", details=details)


def _queue(here: Context) -> CheckOut:
    states = [desk.status() for desk in here.system.odoos()]
    state = {name: sum(one[name] for one in states) for name in ("pending", "failed", "waiting", "parked")}
    state["oldest_waiting"] = min((one["oldest_waiting"] for one in states if one["oldest_waiting"]), default=None)
    details = {"pending": state["pending"], "failed": state["failed"], "waiting": state["waiting"],
               "parked": state["parked"], "oldest_waiting": here.local(state["oldest_waiting"])}
    if state["failed"]:
        return CheckOut(status="warning", message=f"{state['failed']} rows could not be sent to Odoo.",
                        details=details)
    return CheckOut(status="ok", message=f"{state['pending']} rows wait for Odoo.", details=details)


CHECKS: dict[str, Callable[[Context], CheckOut]] = {
    "database": _database, "disk": _disk, "camera": _camera, "gallery": _gallery, "vision": _vision,
    "odoo": _odoo, "queue": _queue}
