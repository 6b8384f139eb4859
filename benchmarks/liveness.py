"""How often an attack passes for a person, and a person for an attack: APCER and BPCER (ISO 30107-3).

    python benchmarks/liveness.py --faces DIR --models DIR [--each 20] [--only KIND …] [--moves 3] [--turn 0.15]

DIR holds `clips/*.mp4` of moving heads, `lfw/<Name>/<Name>_0001.jpg` for photos to hold up, and
`liveness/attack_*.jpg` and `live_*.jpg`. `--models` holds the weights. Each presentation goes through the
product's own liveness at five frames a second, with all its tries. Recognition is left out: whoever is
shown is taken for the person, and for the same person throughout, as if that were no obstacle. People
and the attackers who read the screen do what the challenge asks (`presentations`). Rates are by
presentation and kind, with 95 % intervals after Wilson; where no face was found it is counted apart and
in no rate.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from backend.config import Settings, load  # noqa: E402
from backend.vision.engines import Detection  # noqa: E402
from backend.vision.engines.detectors import open_yunet  # noqa: E402
from backend.vision.landmarks import Landmarks, Layout  # noqa: E402
from backend.vision.liveness import open_liveness  # noqa: E402
from backend.vision.liveness.geometry import nose_shift  # noqa: E402
from backend.vision.operating import DLIB_RESNET  # noqa: E402
from backend.vision.results import Box, Reason, Request  # noqa: E402
from benchmarks import presentations as shown  # noqa: E402

MODES = ("passive", "challenge", "both")
RATE = 5.0          # frames a second: what a kiosk on a slow machine still sends
LONGEST = 45.0      # seconds of a presentation: two tries of a challenge
AFTER_REFUSAL = 3.0  # seconds that a picture refused by its texture is held up further
_SOMEBODY = UUID(int=1)


class Presentation(Protocol):
    def frame(self, at: float, request: Request | None) -> np.ndarray: ...


@dataclass(frozen=True)
class Kind:
    """A kind of presentation (ISO: a species, where it is an attack), and how to make the nth."""

    name: str
    live: bool
    make: Callable[[int], Presentation]
    most: int = 1_000_000
    modes: tuple[str, ...] = MODES


@dataclass
class Tally:
    """What became of the presentations of one kind with one setting."""

    passed: int = 0
    refused: int = 0
    no_face: int = 0
    scores: list[float] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        return self.passed + self.refused


class _Everybody:
    """The part of an engine that liveness asks: all faces are one person's."""

    operating = DLIB_RESNET

    def landmarks(self, picture: np.ndarray, found: Detection) -> Landmarks:
        return Landmarks(found.points, Layout.MOUTH_CORNERS)

    def embed(self, picture: np.ndarray, landmarks: Landmarks, mirrored: bool = False) -> np.ndarray:
        return np.full(128, 128 ** -0.5, np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="folder of clips, photos and attacks")
    parser.add_argument("--models", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--each", type=int, default=20, help="presentations of each kind")
    parser.add_argument("--only", nargs="*", default=[], help="kinds to show; all where none is named")
    parser.add_argument("--modes", nargs="*", default=list(MODES), choices=MODES)
    parser.add_argument("--moves", type=int, help="CHALLENGE_MOVES, where not its default")
    parser.add_argument("--turn", type=float, help="CHALLENGE_TURN, likewise")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(options.models.resolve(), target_is_directory=True)
        stricter = {"challenge_moves": options.moves, "challenge_turn": options.turn}
        settings = load({"data_dir": folder, "timezone": "UTC",
                         **{name: value for name, value in stricter.items() if value is not None}}, {}, [])
        result = _measure(settings, options)
    print(json.dumps(result) if options.json else _in_words(result))
    return 0


def _measure(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    detect = open_yunet(settings).detect
    kinds = [kind for kind in _kinds(options.faces, detect, options.each)
             if not options.only or kind.name in options.only]
    tallies: dict[str, dict[str, Tally]] = {}
    for kind in kinds:
        for mode in options.modes:
            if mode not in kind.modes:
                continue
            tally = tallies.setdefault(kind.name, {}).setdefault(mode, Tally())
            for number in range(min(options.each, kind.most)):
                _show(settings.but(liveness=mode), detect, kind.make(number), number, tally)
            print(f"{kind.name}, {mode}: {tally}", file=sys.stderr, flush=True)
    return {
        "each": options.each, "threshold": settings.liveness_threshold,
        "challenge": {"moves": settings.challenge_moves, "turn": settings.challenge_turn,
                      "tries": settings.challenge_tries},
        "kinds": {kind.name: {"live": kind.live, **{mode: _rates(tally, kind.live)
                                                    for mode, tally in tallies[kind.name].items()}}
                  for kind in kinds}}


def _kinds(faces: Path, detect: shown.Detector, each: int) -> list[Kind]:
    photos = _photos(faces, detect, each)
    attacks = [cv2.imread(str(path)) for path in sorted((faces / "liveness").glob("attack_*"))]
    lives = [cv2.imread(str(path)) for path in sorted((faces / "liveness").glob("live_*"))]

    @cache
    def every() -> list[list[np.ndarray]]:
        return [shown.frames(path) for path in sorted((faces / "clips").glob("*.mp4"))]

    @cache
    def heads() -> list[shown.Head]:
        return [head for head in (shown.head(clip, detect) for clip in every()) if head is not None]

    def photo(shape: shown.Sheet) -> Callable[[int], Presentation]:
        return lambda number: shown.Photo(photos[number], number, shape)

    def clip(number: int) -> Presentation:
        frames = every()[number % len(every())]
        return shown.Clip(frames, 40 * (number // len(every())) % len(frames), 25.0, number)

    def of(number: int) -> shown.Head:
        return heads()[number % len(heads())]

    return [
        Kind("person who does as asked", True, lambda number: shown.Person(of(number), number)),
        Kind("person in a clip", True, clip, modes=("passive",)),
        Kind("picture of a person", True, lambda number: shown.Still(lives[number], number), len(lives), ("passive",)),
        Kind("picture of an attack", False, lambda number: shown.Still(attacks[number], number), len(attacks)),
        Kind("photo waved about", False, lambda number: shown.Wave(photos[number], number)),
        Kind("photo turned as asked", False, photo(shown.Sheet())),
        Kind("photo bent, turned as asked", False, photo(shown.Sheet(bend=2.0))),
        Kind("photo bent to a tube", False, photo(shown.Sheet(bend=4.0))),
        Kind("photo folded by 20°", False, photo(shown.Sheet(fold=20.0))),
        Kind("photo folded by 40°", False, photo(shown.Sheet(fold=40.0))),
        Kind("three photos swapped", False, lambda number: shown.Swap(of(number), number)),
        Kind("recording played blindly", False, lambda number: shown.Phone(of(number), number, obeys=False)),
        Kind("recordings played as asked", False, lambda number: shown.Phone(of(number), number, obeys=True)),
    ]


def _photos(faces: Path, detect: shown.Detector, count: int) -> list[np.ndarray]:
    """Photos of people who look at the camera, as an attacker would choose."""
    paths = sorted((faces / "lfw").glob("*/*_0001.jpg"))
    random.Random(7).shuffle(paths)
    found: list[np.ndarray] = []
    for path in paths:
        picture = cv2.imread(str(path))
        points = [face.points for face in detect(cv2.resize(picture, None, fx=2, fy=2)) if face.points is not None]
        if points and abs(nose_shift(points[0])) < 0.06:
            found.append(picture)
        if len(found) == count:
            break
    return found


def _show(settings: Settings, detect: shown.Detector, presentation: Presentation, seed: int, tally: Tally) -> None:
    """Hold one presentation up to the camera until it is decided."""
    liveness = open_liveness(settings, _Everybody(), random.Random(seed))
    assert liveness is not None
    request, verdict, refused, scored = None, None, None, -1.0
    for at in (number / RATE for number in range(round(LONGEST * RATE))):
        frame = presentation.frame(at, request)
        if request is None and (box := _face(detect, frame)) is None:
            continue
        if request is None and at - scored >= settings.match_spacing.total_seconds():
            scored = at
            liveness.good(1, frame, box, at)
        found = liveness.look(1, frame, box, _SOMEBODY, lambda vector: 0.0, at)
        box = box if found is None else found.box
        verdict = liveness.verdict(1, at)
        request = verdict.request
        if verdict.live:
            break
        if verdict.refused:
            refused = at if refused is None else refused
            if verdict.reason is Reason.CHALLENGE_FAILED or at - refused > AFTER_REFUSAL:
                break
    if verdict is None:
        tally.no_face += 1
    elif verdict.live:
        tally.passed += 1
        tally.scores.append(verdict.score or 0.0)
    else:
        tally.refused += 1
        tally.reasons[str(verdict.reason)] = tally.reasons.get(str(verdict.reason), 0) + 1


def _face(detect: shown.Detector, frame: np.ndarray) -> Box | None:
    """The largest face of a frame, searched at half its size."""
    faces = [face.moved(0.5) for face in detect(cv2.resize(frame, None, fx=0.5, fy=0.5))]
    return max((face.box for face in faces), default=None, key=lambda box: box[2])


def _rates(tally: Tally, live: bool) -> dict[str, Any]:
    wrong = tally.refused if live else tally.passed
    return {"rate": wrong / tally.judged if tally.judged else None, "wrong": wrong, "of": tally.judged,
            "interval": wilson(wrong, tally.judged), "no_face": tally.no_face,
            "reasons": tally.reasons}


def wilson(wrong: int, of: int) -> tuple[float, float]:
    """95 % interval of a rate."""
    if of == 0:
        return 0.0, 1.0
    z, rate = 1.96, wrong / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _in_words(result: dict[str, Any]) -> str:
    lines = [f"| {'presentation':28} | " + " | ".join(f"{mode:28}" for mode in MODES) + " |",
             "|---|" + "---|" * len(MODES)]
    for name, modes in result["kinds"].items():
        cells = [_cell(modes.get(mode)) for mode in MODES]
        what = "BPCER" if modes["live"] else "APCER"
        lines.append(f"| {name} ({what}) | " + " | ".join(f"{cell:28}" for cell in cells) + " |")
    return "\n".join(lines)


def _cell(rates: dict[str, Any] | None) -> str:
    if rates is None or rates["rate"] is None:
        return "–"
    low, high = rates["interval"]
    missing = f", {rates['no_face']} without a face" if rates["no_face"] else ""
    return f"{rates['wrong']} of {rates['of']}: {rates['rate']:.0%} ({low:.0%} to {high:.0%}){missing}"


if __name__ == "__main__":
    raise SystemExit(main())
