"""The devices desk: which cameras there are, and which source each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from backend.attendance import Direction
from backend.desks.parts import Parts
from backend.desks.reading import read_text
from backend.errors import FaceAttendanceError, NotFound
from backend.store.records import Device
from backend.store.unit import Unit

FIRST_CAMERA = "camera-1"
"""The camera that CAMERA and `serve --camera` speak of."""


class CameraNotAllowed(FaceAttendanceError):
    """A source that could make the server read what it should not."""

    code = "camera_not_allowed"
    status = 403


class DevicesDesk:
    """The supervisor looks at the rows each second and starts or stops workers accordingly."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    def list(self, kind: str | None = None) -> list[Device]:
        """By id; `kind` is camera, browser or api."""
        with self._store.read() as unit:
            return unit.devices.list(kind)

    def get(self, device_id: str) -> Device:
        """Raises 404 device_not_found."""
        with self._store.read() as unit:
            device = unit.devices.get(device_id)
        if device is None:
            raise NotFound(f"There is no device {device_id[:64]}", code="device_not_found")
        return device

    def cameras(self) -> list[Device]:
        """The cameras that workers should be running for."""
        with self._store.read() as unit:
            return unit.devices.list("camera", enabled=True)

    def use_camera(self, source: str | None, device_id: str = FIRST_CAMERA) -> Device:
        """What the owner of the server configured: no allow list. None switches the camera off."""
        with self._store.write() as unit:
            known = unit.devices.get(device_id)
            if source is None:
                source = known.source if known else None
                return unit.devices.upsert(device_id, name=known.name if known else None,
                                                  source=source, enabled=False,
                                                  options=known.options if known else None)
            return unit.devices.upsert(device_id, name=known.name if known else None,
                                              source=source, enabled=True,
                                              options=known.options if known else None)

    def choose_camera(self, source: str | None, *, by: str, device_id: str = FIRST_CAMERA) -> Device:
        """What somebody asks for by HTTP. Raises 403 camera_not_allowed for a source that is
        neither the configured one nor in CAMERA_ALLOW; None switches the camera off."""
        text = read_text(source, "source", 2000)
        if text is not None and not self.allowed(text):
            raise CameraNotAllowed(
                "This camera source is not allowed: name it in CAMERA_ALLOW on the server, or set "
                "CAMERA there")
        device = self.use_camera(text, device_id)
        with self._store.write() as unit:
            # The source may hold a password and stays out of the log.
            unit.logs.append("camera", "info", f"{device.name} was switched "
                             f"{'to another source' if text else 'off'}", {"device": device_id, "by": by})
        return device

    def allowed(self, source: str) -> bool:
        """Whether POST /camera may name this source."""
        settings = self._parts.settings
        patterns = (*settings.camera_allow, *((settings.camera,) if settings.camera else ()))
        return any(source == pattern or ("*" in pattern and _matches(source, pattern))
                   for pattern in patterns)

    def register(self, device_id: str, kind: str, name: str | None = None) -> Device:
        """Remember a browser or program that sends something, the first time it does."""
        with self._store.read() as unit:
            known = unit.devices.get(device_id)
        if known is not None:
            return known
        with self._store.write() as unit:
            return unit.devices.get(device_id) or unit.devices.upsert(
                device_id, name=name, kind=kind)


def direction_of(unit: Unit, device: str | None) -> Direction:
    """A camera at an entrance or exit may say which: option `direction`."""
    found = unit.devices.get(device) if device else None
    options: Mapping[str, Any] = found.options if found is not None else {}
    wish = options.get("direction")
    return Direction(wish) if wish in ("in", "out") else Direction.auto


def _matches(source: str, pattern: str) -> bool:
    """Only `*` is special, and it stands for no slash-dot-dot: a pattern opens no way upwards."""
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(source, literal) and ".." not in source
