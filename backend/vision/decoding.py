"""Bytes of a picture to pixels, safely: size and pixels are checked before anything is decoded."""

from __future__ import annotations

import cv2
import numpy as np

from backend.config import Settings
from backend.vision.errors import ImageTooLarge, UnreadableImage
from backend.vision.headers import read_header

_KINDS = "JPEG, PNG, WebP or BMP"


def decode(data: bytes, settings: Settings) -> np.ndarray:
    """The picture as BGR uint8 (height, width, 3), turned as its EXIF orientation says.

    Raises UnreadableImage for anything but a whole JPEG, PNG, WebP or BMP, and ImageTooLarge
    past MAX_IMAGE_BYTES or MAX_IMAGE_PIXELS, both before memory is taken for the pixels.
    """
    if len(data) > settings.max_image_bytes:
        raise ImageTooLarge(
            f"The picture file has {len(data) / 1e6:.1f} MB; at most "
            f"{settings.max_image_bytes / 1e6:g} MB are taken. Send a smaller one.")
    if not data:
        raise UnreadableImage(f"The picture is empty. Send a {_KINDS} file.")
    header = read_header(data)
    if header is None:
        raise UnreadableImage(f"This is no picture that can be read{_guess(data)}. Send a {_KINDS} file.")
    if header.width * header.height > settings.max_image_pixels:
        raise ImageTooLarge(
            f"The picture has {header.width} × {header.height} pixels; at most "
            f"{settings.max_image_pixels / 1e6:g} megapixels are taken. Send a smaller one.")
    if not header.complete or not header.width or not header.height:
        raise UnreadableImage("The picture is cut off: part of the file is missing. Send it again.")
    picture = _decoded(data)
    if picture is None or picture.size == 0:
        raise UnreadableImage(f"The picture is damaged and cannot be read. Send a {_KINDS} file.")
    return picture


def _decoded(data: bytes) -> np.ndarray | None:
    try:
        # IMREAD_COLOR turns the picture by its EXIF orientation and drops transparency.
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def _guess(data: bytes) -> str:
    """A hint for the formats that people send most often by mistake."""
    if data[4:8] == b"ftyp":
        return " (a HEIC or AVIF picture, as some phones make, or a video)"
    if data[:4] == b"GIF8":
        return " (a GIF)"
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return " (a TIFF)"
    if data[:5] == b"%PDF-":
        return " (a PDF)"
    return ""
