"""The whole product for a browser: all processes, a page user for the door, and one registered face."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from backend.app import build
from backend.attendance_system import AttendanceSystem
from backend.config import load
from backend.processes.supervisor import Supervisor, running
from backend.vision.pictures import LocalPictures
from tests.browser.conftest import PASSWORD
from tests.ports import free_port


@dataclass
class Product:
    """All processes of `serve`, and the desks beside them."""

    supervisor: Supervisor
    system: AttendanceSystem

    @property
    def url(self) -> str:
        return f"http://localhost:{self.supervisor.base_url.rsplit(':', 1)[1]}"

    def marks(self) -> list[Any]:
        return self.system.attendance.list()[0]


@contextmanager
def serving(data_dir: Path, shots: Sequence[bytes], **settings: Any) -> Iterator[Product]:
    """Everything runs, with the user `door` and with EMP007, Carl Friedrich, registered from `shots`."""
    chosen = load({"data_dir": data_dir, "timezone": "UTC", "port": free_port(), "log_level": "error", **settings},
                  {}, [])
    parts = build(chosen)
    system = AttendanceSystem(parts=parts)
    system.access.create_user("door", PASSWORD, "kiosk")
    system.people.add("EMP007", "Carl Friedrich", by="test")
    reader = LocalPictures(chosen, parts.store)
    system.faces.enroll("EMP007", [reader.read(shot) for shot in shots], consent=True, force=False, by="test")
    with running(chosen) as supervisor:
        yield Product(supervisor, system)
    parts.store.close()


def pictures(clip: Path, numbers: tuple[int, ...] = (10, 60, 100)) -> list[bytes]:
    """Frames of the clip by their numbers, as JPEG."""
    source = cv2.VideoCapture(str(clip))
    found = []
    for number in numbers:
        source.set(cv2.CAP_PROP_POS_FRAMES, number)
        found.append(jpeg(source.read()[1]))
    source.release()
    return found


def jpeg(picture: Any) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
