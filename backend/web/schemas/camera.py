"""Cameras, a browser's own camera, and recognition of one picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints

from backend.web.schemas.attendance import MarkedOut
from backend.web.schemas.envelope import Answer, Input, Moment, Output
from backend.web.schemas.people import QualityOut

Box = Annotated[list[int], Field(min_length=4, max_length=4, description="x, y, width, height in pixels.")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class RecognizeBody(Input):
    image: str = Field(description="Base64 or data URL of a JPEG or PNG.")
    mark: StrictBool = Field(default=False, description="Also mark the recognised; needs attendance:write.")


class PersonSeen(Output):
    person_id: str
    name: str


class FaceSeen(Output):
    box: Box
    decision: Literal["accepted", "rejected", "uncertain", "ask"] = Field(
        description="ask: nobody is accepted, but somebody is near enough to be asked for a badge or PIN.")
    reason: str = Field(description="Why, for programs: matched, nobody_near_enough, too_alike, …")
    text: str = Field(description="Why, for people.")
    person: PersonSeen | None = Field(description="Set where the decision is accepted.")
    person_id: str | None = Field(description="The same person's id, for short.")
    person_name: str | None
    distance: float | None = Field(description="To the nearest person's template, 0 to 2.")
    runner_up: PersonSeen | None = Field(description="The nearest other person.")
    runner_up_distance: float | None
    threshold: float | None
    confidence: float
    quality: QualityOut
    liveness: float | None = Field(default=None, description="Score of the passive check, 0 to 1, where LIVENESS "
                                                             "asks for it.")
    marked: MarkedOut | None = Field(default=None, description="What marking brought, where it was asked for.")


class PictureOut(Output):
    width: int
    height: int
    faces: list[FaceSeen]


class RecognizeAnswer(Answer):
    data: PictureOut


class CameraBody(Input):
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] | None = Field(
        default=None, description="Webcam index, rtsp:// or http:// address, a video file or a folder; "
                                  "where it is not given, the present one.")
    device: DeviceId = "camera-1"
    enabled: StrictBool = True


class RequestOut(Output):
    """What somebody in view is asked to do, to show that it is no picture."""

    move: Literal["look_ahead", "turn_left", "turn_right", "come_closer"] = Field(
        description="Left and right are the person's own.")
    done: int = Field(description="Moves that are behind the person.")
    of: int
    seconds_left: float
    nonce: str = Field(description="Names this challenge; another try has another.")


class CameraOut(Output):
    device: str
    name: str
    enabled: bool
    source: str | None = Field(description="Where its pictures come from, passwords left out.")
    state: str = Field(description="live, opening, blind, ended or stopped, as the worker says; "
                                   "starting, down or disabled where none speaks.")
    fps: float | None = None
    last_frame_at: Moment | None = None
    in_view: int = Field(default=0, description="Faces in view.")
    request: RequestOut | None = Field(default=None, description="A challenge, while one goes on (LIVENESS).")
    text: str | None = Field(default=None, description="The state, for people.")
    error: str | None = None
    counters: dict[str, Any] = Field(default_factory=dict, description="What the worker counts.")
    stages: dict[str, Any] = Field(default_factory=dict, description="How long each stage of vision takes.")
    gallery_version: int | None = None


class CameraAnswer(Answer):
    data: CameraOut


class CameraList(Output):
    cameras: list[CameraOut]


class CamerasAnswer(Answer):
    data: CameraList


class PreviewQuery(Input):
    device: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Which camera; the first where it is not given.")


class SessionBody(Input):
    device: DeviceId = "browser"


class SessionPath(Input):
    session_id: Annotated[str, Field(min_length=1, max_length=100)]


class CameraSessionOut(Output):
    session_id: str
    device: str
    ends_after: float = Field(description="Seconds of silence after which it ends.")


class CameraSessionAnswer(Answer):
    data: CameraSessionOut


class TrackOut(Output):
    track_id: int
    box: Box
    state: str
    reason: str
    text: str
    person_id: str | None
    person_name: str | None
    distance: float | None
    confidence: float
    request: RequestOut | None = Field(default=None, description="A challenge, while one goes on (LIVENESS).")


class LiveEvent(Output):
    kind: Literal["attendance", "sighting"]
    payload: dict[str, Any] = Field(
        description="A sighting of the decision `ask` has a `confirmation` for POST /attendance/confirm, and "
                    "`expires_in` seconds.")


class FrameOut(Output):
    width: int
    height: int
    tracks: list[TrackOut]
    events: list[LiveEvent] = Field(description="What this frame brought: marks and refusals.")


class FrameAnswer(Answer):
    data: FrameOut
