"""Endpoints of cameras: the site's own, and a browser's."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Response, request

from backend.errors import Busy
from backend.store.records import Device
from backend.web import streams
from backend.web.auth import caller, staying
from backend.web.context import Context, context
from backend.web.images import frame_of
from backend.web.schemas.camera import (
    CameraAnswer,
    CameraBody,
    CameraList,
    CameraOut,
    CamerasAnswer,
    CameraSessionAnswer,
    CameraSessionOut,
    FrameAnswer,
    FrameOut,
    LiveEvent,
    PreviewQuery,
    SessionBody,
    SessionPath,
    TrackOut,
)
from backend.web.schemas.envelope import Done
from backend.web.sightings import Names, marked_payload, rounded
from backend.web.topic import Topic

bp = Topic("camera", "Cameras", "The site's cameras, and browsers that lend theirs.")

MJPEG = {200: {"description": "Pictures without end.", "content": {
    "multipart/x-mixed-replace": {"schema": {"type": "string", "format": "binary"}}}}}
FRAME = {"required": True, "content": {
    "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
    "application/json": {"schema": {"type": "object", "properties": {"image": {"type": "string"}}}}}}
ENDED = {404: "The session has ended (`camera_session_ended`); open another."}
BUSY = {503: "Too many pictures wait (`vision_busy`), or too many streams are open; `Retry-After` says how long."}


class NoCamera(Busy):
    """There is no camera whose pictures could be shown."""

    code = "no_camera"


@bp.endpoint("GET", "/camera/status", "camera:read", CamerasAnswer)
def camera_status() -> CamerasAnswer:
    """Show each camera: whether it sees, how fast, and what it counts."""
    here = context()
    return CamerasAnswer(data=CameraList(cameras=[camera_out(here, each)
                                                for each in here.system.devices.list("camera")]))


def camera_out(here: Context, device: Device) -> CameraOut:
    """A camera with what its worker said last."""
    said = status_of(here, device)
    return CameraOut(
        device=device.id, name=device.name, enabled=device.enabled, source=without_password(device.source),
        state=str(said.get("state", "starting")), fps=rounded(said.get("fps"), 1),
        last_frame_at=_time(here, said.get("last_frame_at")), in_view=_count(said),
        request=said.get("request"), text=said.get("text") or None,
        error=said.get("error"), counters=said.get("counters") or {},
        stages=said.get("stages") or {}, gallery_version=said.get("gallery_version"))


def status_of(here: Context, device: Device) -> dict[str, Any]:
    """The worker's last words; `state` is disabled, down or starting where there are none."""
    if not device.enabled:
        return {"state": "disabled"}
    if here.links is None:
        return {"state": "down", "error": "No camera worker runs: start the product with `serve`."}
    with closing(here.links.preview(device.id)) as reader:
        return reader.status() or {"state": "starting"}


def _count(said: dict[str, Any]) -> int:
    seen = said.get("in_view", said.get("people_in_view", 0))
    return len(seen) if isinstance(seen, list | tuple) else int(seen or 0)


def _time(here: Context, value: Any) -> str | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return here.local(value) if isinstance(value, datetime) else None


def without_password(source: str | None) -> str | None:
    """`rtsp://user:secret@host/` becomes `rtsp://***@host/`; what follows `?` goes too."""
    if source is None or "://" not in source:
        return source
    # Up to the last @: a password may hold slashes and at signs.
    bare = re.sub(r"://.*@", "://***@", source)
    return re.sub(r"\?.*", "?***", bare)


@bp.endpoint("GET", "/camera/preview", "camera:read", MJPEG,
             fails={503: "There is no camera (`no_camera`), or too many streams are open."})
def camera_preview(query: PreviewQuery) -> Response:
    """Show a camera's live pictures as MJPEG, with boxes and names drawn in."""
    here = context()
    found = [each for each in here.system.devices.cameras() if query.device in (None, each.id)]
    if not found or here.links is None:
        raise NoCamera("There is no such camera running; name one in Settings or with --camera.",
                       retry_after=5)
    return streams.preview(here, here.links.preview(found[0].id), staying())


@bp.endpoint("POST", "/camera", "admin", CameraAnswer,
             fails={403: "The source is outside CAMERA_ALLOW (`camera_not_allowed`), or the scope is missing.",
                    404: "There is no such camera to switch on or off (`device_not_found`)."})
def set_camera(body: CameraBody) -> CameraAnswer:
    """Set a camera's source, or switch it on or off."""
    here = context()
    desk = here.system.devices
    if body.enabled and body.source is None:
        # Switching on what is there already needs no leave: its source was allowed once.
        device = desk.use_camera(desk.get(body.device).source, body.device)
    else:
        if not body.enabled:
            desk.get(body.device)
        device = desk.choose_camera(body.source if body.enabled else None, by=caller().name,
                                    device_id=body.device)
    on = "its worker starts within a few seconds" if device.enabled else "it is switched off"
    return CameraAnswer(message=f"The camera is set; {on}.", data=camera_out(here, device))


def _tracker(here: Context) -> Any:
    """What follows faces over the frames of a session: the vision service."""
    if here.links is None:
        raise NoCamera("The vision service does not run: start the product with `serve`.", code="vision_off")
    return here.pictures


@bp.endpoint("POST", "/camera/sessions", "punch:write", {201: CameraSessionAnswer}, fails=BUSY)
def open_session(body: SessionBody) -> tuple[CameraSessionAnswer, int]:
    """Open a session for a browser's own camera; it ends after some seconds of silence."""
    here = context()
    session = _tracker(here).open_session(body.device)
    return CameraSessionAnswer(data=CameraSessionOut(
        session_id=session, device=body.device,
        ends_after=here.settings.camera_session_silence.total_seconds())), 201


@bp.endpoint("POST", "/camera/sessions/<session_id>/frames", "punch:write", FrameAnswer,
             request_body=FRAME, pictures=True, fails={**ENDED, **BUSY})
def take_frame(path: SessionPath) -> FrameAnswer:
    """Take a frame of a browser's camera; whoever is recognised is marked."""
    here = context()
    picture = frame_of(request, here.settings)
    result = _tracker(here).frame(path.session_id, picture)
    names = Names(here, [*(track.person for track in result.tracks),
                         *(sighting.person for sighting in result.sightings)])
    return FrameAnswer(data=FrameOut(
        width=result.width, height=result.height, tracks=[_track(names, each) for each in result.tracks],
        events=[*_mark_all(here, names, result.sightings), *_tell_all(here, result.refusals)]))


def _track(names: Names, track: Any) -> TrackOut:
    return TrackOut(
        track_id=track.track_id, box=[int(each) for each in track.box], state=str(track.state),
        reason=str(track.reason), text=track.reason.text, person_id=names.person_id(track.person),
        person_name=names.name(track.person), distance=rounded(track.distance),
        confidence=rounded(track.confidence) or 0.0, request=asdict(track.request) if track.request else None)


def _mark_all(here: Context, names: Names, sightings: Any) -> list[LiveEvent]:
    events = []
    for sighting in sightings:
        marked = here.system.attendance.record_sighting(sighting)
        here.system.learning.learn(sighting, marked)
        payload = marked_payload(marked, names, sighting, here.local(sighting.at))
        events.append(LiveEvent(kind="attendance", payload=payload))
    return events


def _tell_all(here: Context, refusals: Any) -> list[LiveEvent]:
    told = (here.system.attendance.record_refusal(refusal) for refusal in refusals)
    return [LiveEvent(kind="sighting", payload=payload) for payload in told if payload is not None]


@bp.endpoint("DELETE", "/camera/sessions/<session_id>", "punch:write", Done)
def close_session(path: SessionPath) -> Done:
    """End a session; one that has ended already is no error."""
    _tracker(context()).close_session(path.session_id)
    return Done(message="The session has ended.")
