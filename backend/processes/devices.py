"""Which cameras there should be: the devices table, read each second in a thread of its own.

The supervisor must go on looking after its children while a database does not answer, so it
only ever takes the newest list that was read.
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass

from backend.store import Store

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks."""


@dataclass(frozen=True)
class Camera:
    """What a camera's worker depends on; another value means another worker."""

    device: str
    source: str
    options: str
    """JSON, keys in order."""


class DeviceWatch:
    """Use as a context; `cameras` is then at most EVERY seconds old, or what was read last."""

    def __init__(self, store: Store) -> None:
        self.cameras: tuple[Camera, ...] | None = None
        """The enabled cameras; None until the table was read for the first time."""
        self._store = store
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="devices", daemon=True)

    def __enter__(self) -> DeviceWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(2.0)

    def _watch(self) -> None:
        failing = False
        while not self._over.is_set():
            try:
                self.cameras = self._read()
                failing = False
            except Exception as error:  # whatever it is, the cameras stay as they are
                if not failing:
                    log.warning("the devices cannot be read, the cameras stay as they are: %s", error)
                failing = True
            self._over.wait(EVERY)

    def _read(self) -> tuple[Camera, ...]:
        with self._store.read() as unit:
            found = unit.devices.list(kind="camera", enabled=True)
        return tuple(Camera(device.id, device.source, json.dumps(device.options, sort_keys=True))
                     for device in found if device.source is not None)
