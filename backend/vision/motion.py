"""Where the picture has changed since it was last searched for faces: the cheapest question first.

An empty corridor then costs a subtraction a frame and no detection. Comparing with the frame
searched last, not with the one before, lets slow movement add up. Where movement goes on and no
face is found, a tree behind a window, the part is searched less and less often; movement where
there was none is always searched at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from backend.vision.results import Box

_LEVELS = 18    # grey levels a pixel must change by; a webcam's noise stays below after averaging
_SHARE = 0.003  # of the pixels that must have changed: less than half the smallest face's
_AROUND = 0.25  # of the frame's shorter side added around what moved, so that no face is cut
_CELL = 8       # side, in small pixels, of the cells that remember how often they were searched in vain
_ACTIVE = 0.1   # share of a cell that must have changed
_FIRST_WAIT = 0.12   # seconds until what moves is searched once more
_CALM = 4.0     # seconds without movement after which a cell is as good as new


class MotionGate:
    """Works on small grey frames, as `small_grey` makes them. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._reference: np.ndarray | None = None
        self._known: list[tuple[slice, slice]] = []
        self.calm = True
        """Whether nothing moved when it was asked last."""

    def moved(self, small: np.ndarray, now: float, heads: Iterable[Box] = (),
              bodies: Iterable[Box] = ()) -> Box | None:
        """The part of `small` to search, in its pixels; None where nothing new moves.

        Changes in `heads`, `around_head` of faces that are followed, never count. Those in `bodies`
        do not count this time: who was there is still news when they are left out.
        """
        height, width = small.shape
        if self._reference is None or self._reference.shape != small.shape:
            return 0, 0, width, height
        smooth = cv2.blur(small, (3, 3))
        changed = self._changed(smooth)
        # What a face that moves lays open is no news either: so its last place counts, too.
        known = [_place(box) for box in heads]
        for place in known + self._known:
            changed[place] = 0
            self._reference[place] = smooth[place]
        self._known = known
        for box in bodies:
            changed[_place(box)] = 0
        self.calm = cv2.countNonZero(changed) < _SHARE * changed.size
        if self.calm:
            return None
        active = self._active(changed)
        self._calm_down(active, now)
        if not (active & (now - self._searched >= self._waits - 1e-6)).any():
            return None
        x, y, w, h = cv2.boundingRect(changed)
        around = int(_AROUND * min(width, height))
        left, top = max(0, x - around), max(0, y - around)
        right, bottom = min(width, x + w + around), min(height, y + h + around)
        return left, top, right - left, bottom - top

    def searched(self, small: np.ndarray, now: float, found: bool = False, longest: float = 0.5) -> None:
        """`small` has just been searched: movement is counted from here.

        `found` a new face, or in vain: then what goes on moving waits twice as long for the next
        search, `longest` seconds at most.
        """
        smooth = cv2.blur(small, (3, 3))
        if self._reference is not None and self._reference.shape == small.shape:
            active = self._active(self._changed(smooth))
            self._waits[active] = _FIRST_WAIT if found else np.minimum(longest, 2 * self._waits[active])
            self._moved[active] = now
            self._searched[:] = now
        else:
            shape = -(-small.shape[0] // _CELL), -(-small.shape[1] // _CELL)
            self._waits = np.full(shape, _FIRST_WAIT / 2)
            self._searched = np.full(shape, -1e9)
            self._moved = np.full(shape, -1e9)
        self._reference = smooth

    def _changed(self, smooth: np.ndarray) -> np.ndarray:
        """Where `smooth` differs from the reference: uint8, 0 or 1."""
        difference = cv2.absdiff(smooth, self._reference)
        return cv2.threshold(difference, _LEVELS, 1, cv2.THRESH_BINARY)[1]

    def _active(self, changed: np.ndarray) -> np.ndarray:
        rows, columns = self._waits.shape
        padded = cv2.copyMakeBorder(changed, 0, rows * _CELL - changed.shape[0], 0,
                                    columns * _CELL - changed.shape[1], cv2.BORDER_CONSTANT)
        return padded.reshape(rows, _CELL, columns, _CELL).sum((1, 3)) >= _ACTIVE * _CELL ** 2

    def _calm_down(self, active: np.ndarray, now: float) -> None:
        fresh = active & (now - self._moved > _CALM)
        self._waits[fresh] = _FIRST_WAIT / 2
        self._moved[active] = now


def _place(box: Box) -> tuple[slice, slice]:
    x, y, width, height = box
    return slice(max(0, y), max(0, y + height)), slice(max(0, x), max(0, x + width))


def around_head(box: Box) -> Box:
    """The head around a face's box, whose movement is the face's own."""
    x, y, width, height = box
    return int(x - 0.4 * width), int(y - 0.6 * height), int(1.8 * width), int(2.0 * height)


def around_body(box: Box) -> Box:
    """The shoulders and arms below a face, down to the picture's edge if they reach so far."""
    x, y, width, height = box
    return int(x - width), int(y + 0.8 * height), int(3 * width), int(5 * height)


_SIDE = 160   # least longer side of small frames, in pixels
_FACE = 12    # least width of the smallest face in them, so that it can still be followed


def small_grey(frame: np.ndarray, min_face: int) -> tuple[np.ndarray, float]:
    """The frame, BGR (h, w, 3) or grey (h, w) uint8, made small and grey (h, w) uint8, and how
    many of its pixels a frame's pixel is.

    `min_face` is the narrowest face that matters, in the frame's pixels. Linear, not averaged:
    a sixth of the cost, and the steps that mind noise average later.
    """
    scale = min(1.0, max(_SIDE / max(frame.shape[:2]), _FACE / min_face))
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    return (cv2.cvtColor(small, cv2.COLOR_BGR2GRAY) if small.ndim == 3 else small), scale
