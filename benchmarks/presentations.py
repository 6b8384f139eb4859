"""What is held up to a camera, by people and by attackers: frames of 640×480 that answer to requests.

Each presentation is drawn from a seed and plays at any rate: `frame(at, request)` is the picture at
`at` seconds, where the screen asks for `request` (`backend.vision.results.Request`) or for nothing.
Those who comply do so after a reaction time, as a person would who reads the screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from backend.vision.engines import Detection
from backend.vision.liveness import geometry
from backend.vision.results import Request

WIDTH, HEIGHT = 640, 480
_FOCAL = 600.0        # pixels: a webcam of 56 degrees across
_STRIPS = 12          # flat pieces that a bent picture is made of

Detector = Callable[[np.ndarray], list[Detection]]


class Body:
    """Someone who reads the screen: `turn` −1 to 1 (positive: the person's left), `near` 0 to 1."""

    def __init__(self, seed: int) -> None:
        source = np.random.default_rng(seed)
        self._reaction = source.uniform(0.4, 0.8)
        self._duration = source.uniform(0.8, 1.3)
        self._asked: tuple[str, int, str] | None = None
        self._asked_at = self._then = 0.0
        self.turn = self.near = 0.0

    def obey(self, at: float, request: Request | None) -> None:
        asked = (request.move, request.done, request.nonce) if request else ("look_ahead", 0, "")
        if asked != self._asked:
            self._asked, self._asked_at = asked, at
        step = (at - self._then) / self._duration
        self._then = at
        if at - self._asked_at < self._reaction:
            return
        turn = {"turn_left": 1.0, "turn_right": -1.0}.get(asked[0], 0.0)
        near = 1.0 if asked[0] == "come_closer" else 0.0
        self.turn += float(np.clip(turn - self.turn, -step, step))
        self.near += float(np.clip(near - self.near, -step, step))


# Live people


@dataclass(frozen=True, eq=False)
class Head:
    """Frames of a clip in which one head turns: from looking ahead to the furthest turn."""

    ahead: list[np.ndarray]
    left: list[np.ndarray]
    right: list[np.ndarray]


def frames(path: Path) -> list[np.ndarray]:
    """The clip's frames, BGR."""
    capture, found = cv2.VideoCapture(str(path)), []
    while True:
        good, picture = capture.read()
        if not good:
            capture.release()
            return found
        found.append(picture)


def head(clip: Sequence[np.ndarray], detect: Detector) -> Head | None:
    """The parts of `clip` in which the head goes from ahead to each side; None where it goes to one
    side only. Judged by the nose's place between the eyes, not by what is measured."""
    trembling = np.array([_shift(picture, detect) for picture in clip])
    shifts = np.convolve(np.nan_to_num(trembling), np.full(5, 0.2), mode="same")
    middle = float(np.median(shifts))
    sides = {}
    for sign in (1, -1):
        furthest = int(np.argmax([sign * (shift - middle) for shift in shifts]))
        if sign * (shifts[furthest] - middle) < 0.15:
            return None
        first = furthest
        while first > 0 and sign * (shifts[first] - middle) > 0.03:
            first -= 1
        sides[sign] = list(clip[first:furthest + 1])
    start = int(np.argmin([abs(shift - middle) for shift in shifts]))
    return Head(list(clip[start:start + 4]), sides[1], sides[-1])


def _shift(picture: np.ndarray, detect: Detector) -> float:
    faces = [face for face in detect(_smaller(picture, 320)) if face.points is not None]
    return geometry.nose_shift(faces[0].points) if faces else math.nan


class Person:
    """A head from a clip that does as asked; with `obeys` False it only moves as the clip does.

    Coming closer is the picture made larger: a true head's perspective would change besides.
    """

    def __init__(self, moving: Head, seed: int, obeys: bool = True, *, mirrored: bool | None = None,
                 scale: float | None = None) -> None:
        """`mirrored` and `scale` (of the whole frame) are drawn, too, where they are None."""
        source = np.random.default_rng(seed)
        self._head = moving
        self._body = Body(seed) if obeys else None
        drawn = bool(source.integers(2)), source.uniform(0.72, 0.85)
        self._mirrored = drawn[0] if mirrored is None else mirrored
        self._scale = drawn[1] if scale is None else scale
        self._light = source.uniform(0.85, 1.1)
        self._noise = source

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        picture, near = self._picture(at, request)
        if self._mirrored:
            picture = picture[:, ::-1]
        picture = cv2.convertScaleAbs(picture, alpha=self._light)
        return _grain(fitted(picture, self._scale * (1 + 0.5 * near)), self._noise)

    def _picture(self, at: float, request: Request | None) -> tuple[np.ndarray, float]:
        if self._body is None:
            # There and back again, so that nothing jumps.
            clip = [*self._head.left, *self._head.left[::-1], *self._head.right, *self._head.right[::-1]]
            return clip[int(at * 25) % len(clip)], 0.0
        self._body.obey(at, request)
        turn = -self._body.turn if self._mirrored else self._body.turn
        side = self._head.left if turn > 0 else self._head.right
        if abs(turn) < 0.02:
            return self._head.ahead[int(at * 5) % len(self._head.ahead)], self._body.near
        return side[round(abs(turn) * (len(side) - 1))], self._body.near


class Clip:
    """A clip as it is, from its frame `first` on, there and back again."""

    def __init__(self, clip: Sequence[np.ndarray], first: int, rate: float, seed: int) -> None:
        self._clip, self._first, self._rate = clip, first, rate
        self._noise = np.random.default_rng(seed)

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        number = (self._first + int(at * self._rate)) % (2 * len(self._clip) - 2)
        return _grain(fitted(self._clip[min(number, 2 * len(self._clip) - 2 - number)]), self._noise)


# Attacks


@dataclass(frozen=True)
class Sheet:
    """How a picture is held: degrees, metres in its own widths, and its shape."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    across: float = 0.0
    down: float = 0.0
    away: float = 1.1
    bend: float = 0.0
    """1 / radius of a cylinder about the upright middle line, in widths of the picture; 0 is flat."""
    fold: float = 0.0
    """Degrees that each half is folded back."""


def held(picture: np.ndarray, sheet: Sheet, ground: np.ndarray) -> np.ndarray:
    """`picture` held before `ground` (480, 640, 3), seen in true perspective."""
    rows, columns = picture.shape[:2]
    edges = np.linspace(-0.5, 0.5, _STRIPS + 1 if sheet.bend or sheet.fold else 2)
    half = 0.5 * rows / columns
    corners = _project(np.array([[*_shape(u, sheet), v] for v in (-half, half) for u in edges]), sheet)
    top, bottom = corners[:len(edges)], corners[len(edges):]
    out = ground.copy()
    for number in range(len(edges) - 1):
        target = np.float32([top[number], top[number + 1], bottom[number + 1], bottom[number]])
        if cv2.contourArea(target, oriented=True) <= 0:
            continue  # turned away from the camera
        left, right = ((edges[number + end] + 0.5) * columns for end in (0, 1))
        source = np.float32([[left, 0], [right, 0], [right, rows], [left, rows]])
        _paste(out, picture, source, target)
    return out


def _shape(across: float, sheet: Sheet) -> tuple[float, float]:
    """Where a point of the picture's width lies: to the right, and away from the camera."""
    if sheet.bend:
        return math.sin(across * sheet.bend) / sheet.bend, (1 - math.cos(across * sheet.bend)) / sheet.bend
    fold = math.radians(sheet.fold)
    return across * math.cos(fold), abs(across) * math.sin(fold)


def _project(points: np.ndarray, sheet: Sheet) -> np.ndarray:
    """(n, 2) pixels of `points` (right, away, down)."""
    yaw, pitch, roll = np.radians([sheet.yaw, sheet.pitch, sheet.roll])
    x, z, y = points.T
    x, z = x * np.cos(yaw) - z * np.sin(yaw), x * np.sin(yaw) + z * np.cos(yaw)
    y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
    x, y = x * np.cos(roll) - y * np.sin(roll), x * np.sin(roll) + y * np.cos(roll)
    z = z + sheet.away
    return np.stack([_FOCAL * (x + sheet.across) / z + WIDTH / 2, _FOCAL * (y + sheet.down) / z + HEIGHT / 2], 1)


def _paste(out: np.ndarray, picture: np.ndarray, source: np.ndarray, target: np.ndarray) -> None:
    left, top = (max(0, math.floor(value)) for value in target.min(axis=0))
    right, bottom = min(WIDTH, math.ceil(target[:, 0].max()) + 1), min(HEIGHT, math.ceil(target[:, 1].max()) + 1)
    if right <= left or bottom <= top:
        return
    moved = target - np.float32([left, top])
    size = right - left, bottom - top
    warped = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(source, moved), size,
                                 borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(size[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round(moved).astype(np.int32), 255)
    np.copyto(out[top:bottom, left:right], warped, where=mask[:, :, None] > 0)


class Photo:
    """A photo in somebody's hand, who does with it what the screen asks. `shape` says how it is held
    all the time; a turn goes to `degrees`."""

    def __init__(self, picture: np.ndarray, seed: int, shape: Sheet, degrees: float = 45.0) -> None:
        source = np.random.default_rng(seed)
        self._picture = _printed(picture)
        self._shape = shape
        self._degrees = degrees * source.uniform(0.7, 1.2)
        self._body = Body(seed)
        self._ground = background(seed)
        self._away = source.uniform(0.9, 1.15)
        self._sway = source.uniform(0.0, 2 * math.pi, 5)
        self._noise = source

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        self._body.obey(at, request)
        sway = [math.sin(at * (0.9 + 0.3 * number) + phase) for number, phase in enumerate(self._sway)]
        sheet = Sheet(yaw=self._body.turn * self._degrees + 2 * sway[0], pitch=3 * sway[1], roll=2 * sway[2],
                      across=0.03 * sway[3], down=0.02 * sway[4],
                      away=self._away * (1 - 0.35 * self._body.near), bend=self._shape.bend, fold=self._shape.fold)
        return _grain(held(self._picture, sheet, self._ground), self._noise)


class Wave:
    """A photo that is moved about, nearer and further, turned to and fro; heeds no screen."""

    def __init__(self, picture: np.ndarray, seed: int) -> None:
        source = np.random.default_rng(seed)
        self._picture, self._ground = _printed(picture), background(seed)
        self._speed = source.uniform(0.5, 2.0, 6)
        self._noise = source

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        sway = np.sin(at * self._speed)
        sheet = Sheet(yaw=35 * sway[0], pitch=12 * sway[1], roll=8 * sway[2], across=0.08 * sway[3],
                      down=0.05 * sway[4], away=1.0 + 0.2 * sway[5])
        return _grain(held(self._picture, sheet, self._ground), self._noise)


class Swap:
    """Three photos of one person, ahead and to each side: the right one is held up at once."""

    def __init__(self, moving: Head, seed: int) -> None:
        self._pictures = {"look_ahead": moving.ahead[0], "turn_left": moving.left[-1],
                          "turn_right": moving.right[-1]}
        self._pictures = {key: _printed(picture) for key, picture in self._pictures.items()}
        self._body, self._ground = Body(seed), background(seed)
        self._noise = np.random.default_rng(seed)

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        self._body.obey(at, request)
        key = "turn_left" if self._body.turn > 0.5 else "turn_right" if self._body.turn < -0.5 else "look_ahead"
        sheet = Sheet(yaw=2 * math.sin(at), away=1.3 * (1 - 0.3 * self._body.near))
        return _grain(held(self._pictures[key], sheet, self._ground), self._noise)


class Phone:
    """A recording on a phone's screen: less contrast, moiré, a hand that shakes. `obeys`: somebody
    plays what the screen asks for; else it plays over and over."""

    def __init__(self, moving: Head, seed: int, obeys: bool) -> None:
        self._person = Person(moving, seed, obeys)
        self._ground = background(seed)
        source = np.random.default_rng(seed + 1)
        self._bands = source.uniform(0.5, 1.4, 3)
        self._contrast = source.uniform(0.65, 0.85)
        self._noise = source

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        shown = self._person.frame(at, request)[:, 100:540]
        shown = self._moire((shown.astype(np.float32) - 128) * self._contrast + 140, at)
        case = cv2.copyMakeBorder(shown, 40, 40, 14, 14, cv2.BORDER_CONSTANT, value=(18, 18, 18))
        sheet = Sheet(yaw=2 * math.sin(1.3 * at), pitch=2 * math.sin(0.7 * at), roll=1.5 * math.sin(0.9 * at),
                      across=0.02 * math.sin(at), away=1.25)
        return _grain(held(case, sheet, self._ground), self._noise)

    def _moire(self, picture: np.ndarray, at: float) -> np.ndarray:
        rows, columns = np.mgrid[0:picture.shape[0], 0:picture.shape[1]]
        waves = [np.sin(band * (rows * math.cos(number) + columns * math.sin(number)) + 3 * at)
                 for number, band in enumerate(self._bands)]
        # One wave a colour: that is what makes moiré colourful.
        return np.clip(picture * (1 + 0.06 * np.stack(waves, axis=-1)), 0, 255).astype(np.uint8)


class Still:
    """A picture of an attack, or of a person, as the camera took it, with a camera's noise."""

    def __init__(self, picture: np.ndarray, seed: int) -> None:
        self._picture = fitted(picture)
        self._noise = np.random.default_rng(seed)

    def frame(self, at: float, request: Request | None) -> np.ndarray:
        return _grain(self._picture, self._noise)


# Pictures


def fitted(picture: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """The picture as large as 640×480 allows, times `scale`, in the middle; cut where larger, and
    mirrored beyond its edges where smaller: a rim would look like a photo's."""
    ratio = scale * min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    picture = cv2.resize(picture, None, fx=ratio, fy=ratio, interpolation=how)
    cut_down, cut_across = max(0, picture.shape[0] - HEIGHT) // 2, max(0, picture.shape[1] - WIDTH) // 2
    picture = picture[cut_down:cut_down + HEIGHT, cut_across:cut_across + WIDTH]
    down, across = HEIGHT - picture.shape[0], WIDTH - picture.shape[1]
    return cv2.copyMakeBorder(picture, down // 2, down - down // 2, across // 2, across - across // 2,
                              cv2.BORDER_REFLECT_101)


def background(seed: int) -> np.ndarray:
    """(480, 640, 3): a room out of focus."""
    coarse = np.random.default_rng(seed).integers(40, 200, (6, 8, 3))
    coarse = (0.3 * coarse + 0.7 * coarse.mean(axis=2, keepdims=True)).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _printed(picture: np.ndarray) -> np.ndarray:
    """The picture on paper: 480 pixels wide, a white rim, less contrast."""
    picture = cv2.resize(picture, (480, round(480 * picture.shape[0] / picture.shape[1])),
                         interpolation=cv2.INTER_CUBIC)
    picture = np.clip((picture.astype(np.float32) - 128) * 0.8 + 135, 0, 255).astype(np.uint8)
    return cv2.copyMakeBorder(picture, 12, 12, 12, 12, cv2.BORDER_CONSTANT, value=(235, 238, 240))


def _smaller(picture: np.ndarray, side: int) -> np.ndarray:
    scale = side / max(picture.shape[:2])
    return picture if scale >= 1 else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _grain(frame: np.ndarray, source: np.random.Generator) -> np.ndarray:
    """A camera's noise: up to four grey levels up or down, of one sheet that lies elsewhere each time."""
    top, left = source.integers(0, 64, 2)
    up, down = (cv2.merge([sheet[top:top + HEIGHT, left:left + WIDTH]] * 3) for sheet in _NOISE)
    return cv2.subtract(cv2.add(frame, up), down)


_SHEET = np.random.default_rng(0).integers(-4, 5, (HEIGHT + 64, WIDTH + 64))
_NOISE = np.clip(_SHEET, 0, 4).astype(np.uint8), np.clip(-_SHEET, 0, 4).astype(np.uint8)
