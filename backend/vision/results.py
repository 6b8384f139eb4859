"""What vision says about a picture or a frame: plain frozen values that pickle.

Boxes are (x, y, width, height) in whole pixels of the picture as its viewer sees it (after
EXIF rotation). Distances are Euclidean between unit-length embeddings, 0 to 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import numpy as np

from backend.vision.landmarks import Landmarks

Box = tuple[int, int, int, int]


class Reason(StrEnum):
    """Why a face was decided as it was; every face that is not accepted has one."""

    MATCHED = "matched"
    NOBODY_NEAR_ENOUGH = "nobody_near_enough"
    TOO_ALIKE = "too_alike"                  # two enrolled people are about as near
    FRAMES_DISAGREE = "frames_disagree"      # the track's frames point at different people
    ALREADY_IN_VIEW = "already_in_view"      # another face of the frame is that person, and surer
    GALLERY_EMPTY = "gallery_empty"
    GATHERING = "gathering"                  # too few good frames yet
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    NOT_FRONTAL = "not_frontal"
    NO_GOOD_FRAME = "no_good_frame"
    NOT_SURE_ENOUGH = "not_sure_enough"      # nearly near enough: worth a question, not a punch
    NOT_LIVE = "not_live"                    # looks like a picture of a face
    CHALLENGE_PENDING = "challenge_pending"  # recognised, and asked to move
    CHALLENGE_FAILED = "challenge_failed"    # did not move as asked, in time, as a head does
    TOO_BRIGHT = "too_bright"
    UNEVEN_LIGHT = "uneven_light"            # light from one side
    NOT_LEVEL = "not_level"                  # chin up or down
    TILTED = "tilted"                        # head leaning to a shoulder
    EYES_COVERED = "eyes_covered"
    MOUTH_COVERED = "mouth_covered"

    @property
    def text(self) -> str:
        """One line for the person in front of the camera."""
        return _TEXTS[self]


_TEXTS = {
    Reason.MATCHED: "Recognised.",
    Reason.NOBODY_NEAR_ENOUGH: "Not recognised: nobody enrolled is near enough.",
    Reason.TOO_ALIKE: "Not sure: two enrolled people look too alike.",
    Reason.FRAMES_DISAGREE: "Not sure: the pictures of this face do not agree.",
    Reason.ALREADY_IN_VIEW: "Not sure: another face in view is this person.",
    Reason.GALLERY_EMPTY: "Nobody is enrolled yet.",
    Reason.GATHERING: "One moment, please.",
    Reason.TOO_SMALL: "Please come closer.",
    Reason.BLURRED: "Please hold still: the picture is blurred.",
    Reason.TOO_DARK: "Too dark: please face the light.",
    Reason.NOT_FRONTAL: "Please look at the camera.",
    Reason.NO_GOOD_FRAME: "Please look at the camera.",
    Reason.NOT_SURE_ENOUGH: "Not sure: the face is not quite near enough to be sure.",
    Reason.NOT_LIVE: "This looks like a picture of a face. Please use your badge or PIN.",
    Reason.CHALLENGE_PENDING: "Please do what the screen asks.",
    Reason.CHALLENGE_FAILED: "The moves were not as asked. Please use your badge or PIN.",
    Reason.TOO_BRIGHT: "Too bright: please step out of the light.",
    Reason.UNEVEN_LIGHT: "The light comes from one side: please face it.",
    Reason.NOT_LEVEL: "Please look straight ahead, the chin neither up nor down.",
    Reason.TILTED: "Please hold your head upright.",
    Reason.EYES_COVERED: "Please take off dark glasses, and keep the eyes free.",
    Reason.MOUTH_COVERED: "Please take off the mask or scarf.",
}


class Outcome(StrEnum):
    """What became of a face."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    ASK = "ask"
    """Not accepted, but `Decision.person` is likely enough to be asked for a badge or PIN."""


@dataclass(frozen=True)
class Quality:
    """How fit a face is for recognition; `reasons` is empty exactly where `ok`."""

    ok: bool
    reasons: tuple[Reason, ...]
    width_px: int
    sharpness: float
    """Variance of the Laplacian on the face scaled to a fixed size."""
    brightness: float
    """Mean grey level of the face, 0 to 255."""
    yaw_degrees: float
    """Turn of the head: negative towards the picture's left, positive towards its right."""
    nod: float = 0.0
    """How far the nose has left its usual height, as a share of it; positive with the chin up."""
    roll_degrees: float = 0.0
    """Lean of the head: positive where the eye on the picture's right is the lower one."""
    burnt: float = 0.0
    """Share of the face's pixels that are white."""
    unevenness: float = 0.0
    """Difference of the two halves' mean grey levels over the face's own; 0 is even light."""
    eye_cover: float = 0.0
    """How unlike bare eyes the eyes' region is; docs/recognition.md says what a value means."""
    mouth_cover: float = 0.0
    """The same for mouth and nose."""


@dataclass(frozen=True)
class Decision:
    """Who a face is, and why. `person` and `runner_up` are the nearest, accepted or not."""

    outcome: Outcome
    reason: Reason
    person: UUID | None = None
    distance: float | None = None
    runner_up: UUID | None = None
    runner_up_distance: float | None = None
    threshold: float | None = None
    confidence: float = 0.0
    """0 to 1: 0.5 at the threshold, near 1 well inside it. A scale for people, no probability."""

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True, eq=False)
class FaceReading:
    """One face of a still picture."""

    box: Box
    score: float
    """The detector's own score; higher is surer."""
    landmarks: Landmarks
    quality: Quality
    template: np.ndarray | None = None
    """(dimension,) float32 of unit length; None where the face is too poor to be embedded."""
    decision: Decision | None = None
    liveness: float | None = None
    """Score of the passive check, 0 to 1; None where LIVENESS does not ask for it."""
    picture: bytes | None = field(default=None, repr=False)
    """JPEG of the face and a little around it, of the largest face with a template, where KEEP_PICTURES is set."""


@dataclass(frozen=True, eq=False)
class PictureReading:
    """All faces of a still picture, largest first; sizes are after EXIF rotation."""

    width: int
    height: int
    faces: tuple[FaceReading, ...]
    engine: str = ""
    """Which embeddings the templates are; templates of different engines are never compared."""


class TrackState(StrEnum):
    """Where a followed face stands."""

    LOOKING = "looking"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Request:
    """What somebody in view is asked to do, to show that it is no picture."""

    move: str
    """look_ahead, turn_left, turn_right or come_closer; left and right are the person's own."""
    done: int
    """Moves that are behind the person, of `of`."""
    of: int
    seconds_left: float
    nonce: str
    """Names this challenge; another try has another."""


@dataclass(frozen=True)
class TrackView:
    """One face in view, as the pages show it."""

    track_id: int
    box: Box
    person: UUID | None
    """Set only where `state` is accepted."""
    state: TrackState
    reason: Reason
    distance: float | None = None
    confidence: float = 0.0
    request: Request | None = None


@dataclass(frozen=True, eq=False)
class Lesson:
    """A template that a very sure sighting offers (`backend.vision.learning`)."""

    vector: np.ndarray
    """(dimension,) float32 of unit length: the mean of `frames` frontal frames."""
    engine: str
    frames: int
    spread: float
    """Distance of the furthest frame from their mean."""
    threshold: float
    """The distance up to which a face was accepted."""
    quality: Quality
    """Of the least sharp frame."""


@dataclass(frozen=True)
class Sighting:
    """This person, at this instant, on this device, this sure."""

    person: UUID
    template_ids: tuple[UUID, ...]
    """The templates the decision rests on; the punch's transaction checks that they stand."""
    at: datetime
    device: str | None
    distance: float
    confidence: float
    liveness: float | None
    """Mean score of the passive check, 0 to 1; 1 where only a challenge was asked for, and passed;
    None where LIVENESS is off."""
    track_id: int
    lesson: Lesson | None = field(default=None, compare=False, repr=False)
    """Where templates are learnt, and this sighting is sure enough for one."""


@dataclass(frozen=True)
class Refusal:
    """A face that was decided and not accepted; told once a track and reason, for pages and log."""

    at: datetime
    device: str | None
    track_id: int
    decision: Decision


@dataclass(frozen=True)
class FrameResult:
    """What one frame brought: everybody in view, and what was decided in this very frame."""

    tracks: tuple[TrackView, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    at: datetime | None = None
    detected: bool = False
    """Whether the detector ran on this frame; it does not on most."""
    width: int = field(default=0)
    height: int = field(default=0)
