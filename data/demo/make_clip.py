"""Makes the demo's film `clip.avi` and what is to be seen in it, `clip.json`.

    python data/demo/make_clip.py

Five visits before a plain wall over which light wanders: each person comes in from the left,
draws near, sways, and leaves to the right. Motion JPEG in AVI, which OpenCV decodes by itself.
The same every time: the only chance in it, the camera's noise, is seeded.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import avi
import cv2
import numpy as np
from portraits import COLLINS, HERE, HOPPER, MONA_LISA, Portrait

WIDTH, HEIGHT, FPS = 640, 480, 15
SECONDS = 34.0
SEED = 20260302
QUALITY = 62
NOISE = 0.5
"""Standard deviation of the camera's noise, of 255."""
COMES, STAYS, GOES = 1.2, 2.8, 1.2
"""Seconds of walking in, standing before the camera, walking out."""
FAR, NEAR = 118, 150
"""Width of the face, in pixels, at the door and before the camera."""
LEAST_FACE = 110
"""A face is called near from this width on, when all of it is in the picture."""


@dataclass(frozen=True)
class Visit:
    """Somebody before the camera from `start` on; `tilt` and `light` make visits differ."""

    start: float
    portrait: Portrait
    person_id: str | None
    expected: str
    tilt: float
    light: float

    @property
    def end(self) -> float:
        return self.start + COMES + STAYS + GOES


PLAY = (
    Visit(1.0, HOPPER, "EMP001", "check_in", 3.5, 0.96),
    Visit(7.6, MONA_LISA, None, "refused", 2.5, 1.1),
    Visit(14.2, COLLINS, "EMP002", "check_in", -3.0, 0.92),
    Visit(20.8, HOPPER, "EMP001", "check_out", -3.0, 1.06),
    Visit(27.4, COLLINS, "EMP002", "check_out", 3.0, 0.98),
)


@dataclass(frozen=True)
class Pose:
    """Where the middle of the face is, how wide the face, how far tilted, how well lit."""

    x: float
    y: float
    face_width: float
    tilt: float
    light: float


def pose(visit: Visit, second: float) -> Pose:
    """The pose at `second` of the film, during the visit."""
    since = second - visit.start
    if since < COMES:
        way = _eased(since / COMES)
        x, face_width = -150 + way * (WIDTH / 2 + 150), FAR + way * (NEAR - 12 - FAR)
    elif since < COMES + STAYS:
        swing = (since - COMES) / STAYS
        x = WIDTH / 2 + 26 * math.sin(2 * math.pi * swing)
        face_width = NEAR - 12 * math.cos(2 * math.pi * swing)
    else:
        way = _eased((since - COMES - STAYS) / GOES)
        x, face_width = WIDTH / 2 + way * (WIDTH / 2 + 170), NEAR - 12 - way * (NEAR - 12 - FAR)
    # Steps while walking, breath while standing.
    y = HEIGHT * 0.42 + 3.0 * math.sin(2 * math.pi * 1.7 * since)
    tilt = visit.tilt * math.sin(2 * math.pi * since / (COMES + STAYS + GOES))
    light = visit.light * (1 + 0.05 * math.sin(2 * math.pi * 0.4 * since))
    return Pose(x, y, face_width, tilt, light)


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def wall(second: float) -> np.ndarray:
    """The empty wall, float BGR: darker below, with light that wanders."""
    xs, ys = np.meshgrid(np.linspace(0, 1, WIDTH, dtype=np.float32), np.linspace(0, 1, HEIGHT, dtype=np.float32))
    light = 172 - 34 * ys + 9 * np.sin(2 * np.pi * (xs * 1.1 - second * 0.05)) * (1 - ys)
    return np.dstack([light * 1.02, light, light * 0.96])


def painted(frame: np.ndarray, cut_out: np.ndarray, portrait: Portrait, where: Pose) -> np.ndarray:
    """The frame with the person in it."""
    turn = cv2.getRotationMatrix2D(portrait.face, where.tilt, where.face_width / portrait.face_width)
    turn[:, 2] += where.x - portrait.face[0], where.y - portrait.face[1]
    person = cv2.warpAffine(cut_out, turn, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR).astype(np.float32)
    share = person[:, :, 3:] / 255
    return frame * (1 - share) + person[:, :, :3] * where.light * share


def frame_at(second: float, cut_outs: dict[str, np.ndarray], chance: np.random.Generator) -> np.ndarray:
    frame = wall(second)
    for visit in PLAY:
        if visit.start <= second < visit.end:
            frame = painted(frame, cut_outs[visit.portrait.name], visit.portrait, pose(visit, second))
    frame = frame + chance.normal(0, NOISE, (HEIGHT, WIDTH, 1)).astype(np.float32)
    return np.clip(frame, 0, 255).astype(np.uint8)


def truth() -> dict[str, object]:
    """What is to be seen: `clip.json`. Times are seconds from the film's beginning."""
    visits = []
    for visit in PLAY:
        seconds = [n / FPS for n in range(round(SECONDS * FPS)) if visit.start <= n / FPS < visit.end]
        near = [second for second in seconds if _is_near(pose(visit, second))]
        visits.append({
            "person_id": visit.person_id, "name": visit.portrait.name, "enters": visit.start,
            "near_from": round(near[0], 2), "near_to": round(near[-1], 2), "leaves": round(visit.end, 2),
            "expected": visit.expected})
    return {
        "file": "clip.avi", "width": WIDTH, "height": HEIGHT, "fps": FPS, "frames": round(SECONDS * FPS),
        "seconds": SECONDS, "seed": SEED, "least_face_pixels": LEAST_FACE,
        # Check-in and check-out are seconds apart here; the product's own window is minutes.
        "longest_duplicate_window": 10, "visits": visits}


def _is_near(where: Pose) -> bool:
    half = where.face_width * 0.7
    return where.face_width >= LEAST_FACE and half <= where.x <= WIDTH - half


def main() -> None:
    chance = np.random.default_rng(SEED)
    cut_outs = {visit.portrait.name: visit.portrait.cut_out() for visit in PLAY}
    frames = []
    for number in range(round(SECONDS * FPS)):
        frame = frame_at(number / FPS, cut_outs, chance)
        frames.append(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
    avi.write(HERE / "clip.avi", frames, WIDTH, HEIGHT, FPS)
    (HERE / "clip.json").write_text(json.dumps(truth(), indent=2) + "\n")
    print(f"clip.avi: {(HERE / 'clip.avi').stat().st_size / 1e6:.1f} MB, {SECONDS:.0f} s")


if __name__ == "__main__":
    main()
