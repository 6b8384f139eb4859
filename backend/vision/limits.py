"""Which measured quality is good enough: one set of limits at the door, a stricter one at enrolment.

A template is compared with for years, a frame at the door for a moment; so enrolment asks for more.
Pure: the desks hold a reading against the limits of enrolment without touching its picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.config import Settings
from backend.vision.results import Quality, Reason

_BOX_ERROR = 0.85
"""Boxes are off by so much: HOG draws them in steps of a fifth, YuNet's shares of HOG's scatter as much. A face at
the very limit is still used."""


@dataclass(frozen=True)
class Limits:
    """See the settings of the same names, and `Quality` for the units."""

    min_width: int
    min_sharpness: float
    min_brightness: float
    max_brightness: float
    max_burnt: float
    max_unevenness: float
    max_yaw: float
    max_nod: float
    max_roll: float
    max_eye_cover: float | None
    """None: covered eyes are no reason to refuse."""
    max_mouth_cover: float | None

    @classmethod
    def at_the_door(cls, settings: Settings) -> Limits:
        return cls._of(settings, int(_BOX_ERROR * settings.min_face_pixels), settings.min_sharpness,
                       covers=settings.refuse_covered == "always")

    @classmethod
    def at_enrolment(cls, settings: Settings) -> Limits:
        return cls._of(settings, max(settings.enroll_face_pixels, settings.min_face_pixels),
                       max(settings.enroll_sharpness, settings.min_sharpness),
                       covers=settings.refuse_covered != "never")

    @classmethod
    def _of(cls, settings: Settings, width: int, sharpness: float, covers: bool) -> Limits:
        return cls(min_width=width, min_sharpness=sharpness, min_brightness=settings.min_brightness,
                   max_brightness=settings.max_brightness, max_burnt=settings.max_burnt,
                   max_unevenness=settings.max_unevenness, max_yaw=settings.max_yaw,
                   max_nod=settings.max_nod, max_roll=settings.max_roll,
                   max_eye_cover=settings.max_eye_cover if covers else None,
                   max_mouth_cover=settings.max_mouth_cover if covers else None)

    def broken(self, quality: Quality) -> tuple[Reason, ...]:
        """Every reason against this face, the one to mend first before the others."""
        light = quality.brightness > self.max_brightness or quality.burnt > self.max_burnt
        checks = (
            (Reason.TOO_SMALL, quality.width_px < self.min_width),
            (Reason.TOO_DARK, quality.brightness < self.min_brightness),
            (Reason.TOO_BRIGHT, light),
            (Reason.BLURRED, quality.sharpness < self.min_sharpness),
            (Reason.NOT_FRONTAL, abs(quality.yaw_degrees) > self.max_yaw),
            (Reason.NOT_LEVEL, abs(quality.nod) > self.max_nod),
            (Reason.TILTED, abs(quality.roll_degrees) > self.max_roll),
            (Reason.EYES_COVERED, _past(quality.eye_cover, self.max_eye_cover)),
            (Reason.MOUTH_COVERED, _past(quality.mouth_cover, self.max_mouth_cover)),
            (Reason.UNEVEN_LIGHT, quality.unevenness > self.max_unevenness),
        )
        return tuple(reason for reason, bad in checks if bad)


def _past(value: float, limit: float | None) -> bool:
    return limit is not None and value > limit
