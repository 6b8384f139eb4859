"""Expected failures of vision: bad pictures and bad camera sources."""

from __future__ import annotations

from backend.errors import BadInput, FaceAttendanceError, SettingError


class UnreadableImage(BadInput):
    """The bytes are no picture we can read."""

    code = "unreadable_image"


class ImageTooLarge(BadInput):
    """More bytes or pixels than the settings allow; found before anything is decoded."""

    code = "image_too_large"


class BadCameraSource(BadInput):
    """The text names nothing that can be a camera."""

    code = "bad_camera_source"


class WeightsMissing(SettingError):
    """The files of the recognition network are not installed."""

    code = "weights_missing"


class WeightsDamaged(SettingError):
    """A file of weights is not the one whose SHA-256 is known."""

    code = "weights_damaged"


class SourceLost(FaceAttendanceError):
    """A camera gives no frames; its thread tries again."""

    code = "camera_lost"
    status = 503


class SourceEnded(FaceAttendanceError):
    """A file or folder that plays once has come to its end."""

    code = "camera_ended"
    status = 410
