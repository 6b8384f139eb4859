"""`--camera` and CAMERA are the device camera-1; the rest of its row is the user's."""

from __future__ import annotations

from backend.app import build
from backend.config import Settings
from backend.processes.supervisor import FIRST_CAMERA, Supervisor
from backend.store.records import Device


def after_start(settings: Settings, **given: object) -> Device | None:
    """The device as a start with these arguments leaves it."""
    parts = build(settings, migrate=True)
    try:
        Supervisor(settings, **given)._set_up_camera(parts)  # type: ignore[arg-type]
        with parts.store.read() as unit:
            return unit.devices.get(FIRST_CAMERA)
    finally:
        parts.store.close()


def test_the_option_and_the_setting_name_the_first_camera(settings: Settings) -> None:
    assert after_start(settings) is None
    assert after_start(settings, camera="0", no_camera=True) is None
    named = after_start(settings.but(camera="rtsp://10.0.0.7/door"))
    assert named is not None and named.source == "rtsp://10.0.0.7/door" and named.options == {"loop": True}
    given = after_start(settings.but(camera="rtsp://10.0.0.7/door"), camera="clip.avi", camera_loop=False)
    assert given is not None and given.source == "clip.avi" and given.options == {"loop": False}


def test_what_a_user_set_besides_stays(settings: Settings) -> None:
    parts = build(settings, migrate=True)
    with parts.store.write() as unit:
        unit.devices.upsert(FIRST_CAMERA, name="Front door", source="0", options={"direction": "in"},
                            enabled=False)
    parts.store.close()
    found = after_start(settings, camera="1")
    assert found is not None
    assert (found.name, found.source, found.enabled) == ("Front door", "1", True)
    assert found.options == {"direction": "in", "loop": True}
    assert after_start(settings) == found
