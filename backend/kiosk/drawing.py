"""The preview's picture: boxes, names, and a word where the camera is blind."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from uuid import UUID

import cv2
import numpy as np

from backend.vision.preview import MAX_PICTURE_BYTES
from backend.vision.results import Box, TrackState, TrackView

LONG_SIDE = 960
"""Pixels of the preview's longer side at most; a page never needs more."""

_QUALITY = 75
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_SIDES = {"turn_left": -1, "turn_right": 1}
_COLOURS = {  # BGR, told apart by people who do not see red and green as well
    TrackState.LOOKING: (200, 200, 200),
    TrackState.ACCEPTED: (180, 140, 0),
    TrackState.REJECTED: (60, 60, 220),
    TrackState.UNCERTAIN: (0, 190, 240),
}


def draw(frame: np.ndarray, tracks: tuple[TrackView, ...], name_of: Callable[[UUID], str],
         banner: str | None = None, *, mirrored: bool = False) -> np.ndarray:
    """A smaller copy of `frame` (BGR uint8) with a box and a word for each face.

    `banner` goes across the foot: what everybody at the door has to know. `mirrored` turns the
    picture left to right, but not what is written on it.
    """
    scale = min(1.0, LONG_SIDE / max(frame.shape[:2]))
    picture = frame.copy() if scale == 1 else \
        cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if mirrored:
        picture = cv2.flip(picture, 1)
    for track in tracks:
        x, y, width, height = (round(value * scale) for value in track.box)
        if mirrored:
            x = picture.shape[1] - x - width
        colour = _COLOURS[track.state]
        cv2.rectangle(picture, (x, y), (x + width, y + height), colour, 2)
        word = plain(name_of(track.person)) if track.person is not None else _word(track)
        if word:
            _label(picture, word, x, y, colour)
        if track.request is not None:
            _arrow(picture, track.request.move, (x, y, width, height))
    if banner:
        _foot(picture, plain(banner))
    return picture


def draw_blind(frame: np.ndarray | None, text: str, *, mirrored: bool = False) -> np.ndarray:
    """The last picture, darkened, with `text` across: so that nobody takes it for the present."""
    if frame is None:
        picture = np.zeros((360, 640, 3), np.uint8)
    else:
        picture = draw(frame, (), str, mirrored=mirrored) // 3
    _foot(picture, plain(text))
    return picture


def encode(picture: np.ndarray) -> bytes:
    """JPEG that fits into the preview block; coarser where it would not."""
    for quality in (_QUALITY, 50, 25, 5):
        good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if good and data.size <= MAX_PICTURE_BYTES:
            break
    return data.tobytes()


def plain(text: str) -> str:
    """What OpenCV's only font can show of a name: accents go, other scripts become dots.

    The pages write names themselves, in full; the picture is only the picture.
    """
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter if letter.isascii() else "." for letter in apart
                   if not unicodedata.combining(letter))


def _word(track: TrackView) -> str:
    return "?" if track.state in (TrackState.REJECTED, TrackState.UNCERTAIN) else ""


def _arrow(picture: np.ndarray, move: str, box: Box) -> None:
    """Where to turn, beside the face: left is the left of whoever stands before the screen."""
    x, y, width, height = box
    middle = y + height // 2
    if move in _SIDES:
        side = _SIDES[move]
        start = x + width // 2 + side * round(0.6 * width)
        _line(picture, (start, middle), (start + side * round(0.5 * width), middle))
    elif move == "come_closer":
        for side in (-1, 1):
            for end in (-1, 1):
                corner = x + width // 2 + side * width // 2, middle + end * height // 2
                _line(picture, corner, (corner[0] + side * width // 5, corner[1] + end * width // 5))


def _line(picture: np.ndarray, start: tuple[int, int], end: tuple[int, int]) -> None:
    for colour, thickness in (((40, 0, 90), 12), (_WHITE, 6)):
        cv2.arrowedLine(picture, start, end, colour, thickness, cv2.LINE_AA, tipLength=0.4)


def _foot(picture: np.ndarray, text: str) -> None:
    """`text` in as many lines as it needs, on a dark strip at the picture's foot."""
    height, width = picture.shape[:2]
    line, step = "", 24
    lines: list[str] = []
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and cv2.getTextSize(longer, _FONT, 0.6, 2)[0][0] > width - 20:
            lines.append(line)
            longer = word
        line = longer
    lines.append(line)
    top = height - step * len(lines) - 12
    cv2.rectangle(picture, (0, max(0, top)), (width, height), (40, 0, 90), cv2.FILLED)
    for number, content in enumerate(lines):
        cv2.putText(picture, content, (10, top + step * (number + 1)), _FONT, 0.6, _WHITE, 2, cv2.LINE_AA)


def _label(picture: np.ndarray, word: str, x: int, y: int, colour: tuple[int, int, int]) -> None:
    (width, height), below = cv2.getTextSize(word, _FONT, 0.6, 2)
    # Above the box where there is room, else inside it.
    base = y - below - 2 if y - height - below - 4 >= 0 else y + height + 4
    cv2.rectangle(picture, (x, base - height - 4), (x + width + 6, base + below), colour, cv2.FILLED)
    cv2.putText(picture, word, (x + 3, base - 1), _FONT, 0.6, _WHITE, 2, cv2.LINE_AA)
