"""Our camera pipeline against the loop that everybody copies, on the same looped clip, in one run.

The classic loop is face_recognition's `facerec_from_webcam_faster`: every second frame at quarter
size, `face_locations`, `face_encodings`, `compare_faces` on a Python list, tolerance 0.6. Needs
`pip install --no-deps face_recognition` and `pip install pillow`; the product needs neither.

    python benchmarks/pipeline.py [--clip FILE] [--minutes 1] [--enrolled 100] [--json]

Both are given the frames as a live camera would give them: the newest there is when the one
before is done. Time goes by in CPU seconds of the work itself, so that other programs on the
machine do not count; decoding the video is in neither figure. Who is in view is read from the
JSON beside the clip (`visits`, as data/demo/clip.json has them). For a clip without one, its
one person is enrolled from its last third and in view all the time, with an empty room between two
rounds. The other people enrolled are random vectors: there for the cost of the search only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from backend.config import load  # noqa: E402
from backend.store.records import GalleryRows  # noqa: E402
from backend.vision.engines import open_engine  # noqa: E402
from backend.vision.gallery import GalleryKeeper  # noqa: E402
from backend.vision.pictures import find_faces, mirrored_mean  # noqa: E402
from backend.vision.pipeline import FacePipeline  # noqa: E402
from backend.vision.results import TrackState  # noqa: E402

WIDTH, HEIGHT = 640, 480
GAP = 2.0     # seconds of an empty room between two rounds of a clip that always shows somebody
GRACE = 0.5   # seconds after a visit in which a name may still be shown
TOLERANCE = 0.6


@dataclass(frozen=True)
class Visit:
    """Somebody in view, in seconds of one round; `name` is None for a stranger."""

    name: str | None
    enters: float
    leaves: float


@dataclass
class Script:
    """A clip, who is in it, and pictures (BGR) of the people to enrol."""

    clip: Path
    rate: float
    seconds: float
    gap: float
    visits: list[Visit]
    pictures: dict[str, list[np.ndarray]]

    @property
    def round(self) -> float:
        return self.seconds + self.gap

    def frames(self) -> Iterator[tuple[float, np.ndarray]]:
        """One round: seconds from its start, and the frame at 640×480."""
        for number, picture in enumerate(_video(self.clip)):
            yield number / self.rate, _fitted(picture)
        empty = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        for number in range(round(self.gap * self.rate)):
            noise = np.random.default_rng(number).integers(-3, 4, empty.shape)
            yield self.seconds + number / self.rate, (empty + noise).astype(np.uint8)


@dataclass
class Score:
    """What a loop did: CPU seconds, frames looked at, and when it first named whom in each visit."""

    cpu: float = 0.0
    processed: int = 0
    latencies: list[float] = field(default_factory=list)
    enrolled_visits: int = 0
    stranger_visits: int = 0
    missed: int = 0
    wrong_names: int = 0
    strangers_named: int = 0


Looker = Callable[[np.ndarray, float], set[str]]
"""Takes a frame and the time, gives the names in view."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clip", type=Path, default=ROOT / "data" / "demo" / "clip.avi")
    parser.add_argument("--minutes", type=float, default=1.0, help="video to play, at least one round")
    parser.add_argument("--enrolled", type=int, default=100, help="people enrolled in all")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    try:
        import face_recognition
    except ImportError as error:
        print(f"{error}. The classic loop needs: pip install --no-deps face_recognition; pip install pillow",
              file=sys.stderr)
        return 1
    if not options.clip.is_file():
        print(f"there is no clip {options.clip}", file=sys.stderr)
        return 1
    script = _script(options.clip)
    rounds = max(1, round(options.minutes * 60 / script.round))
    lookers = {"classic": _classic(face_recognition, script, options.enrolled),
               "ours": _ours(script, options.enrolled)}
    scores = {name: _play(script, looker, rounds) for name, looker in lookers.items()}
    result = _summary(script, rounds, options.enrolled, scores)
    print(json.dumps(result, indent=2) if options.json else _in_words(result))
    return 0


# The two loops

def _classic(face_recognition: Any, script: Script, enrolled: int) -> Looker:
    random = np.random.default_rng(1)
    names, known = [], []
    for name, pictures in script.pictures.items():
        for picture in pictures:
            for encoding in face_recognition.face_encodings(_rgb(picture))[:1]:
                names.append(name)
                known.append(encoding)
    for number in range(enrolled - len(script.pictures)):
        names.append(f"other {number}")
        known.append(1.42 * _unit(random.normal(size=128)))
    process, shown = True, set()

    def look(frame: np.ndarray, now: float) -> set[str]:
        nonlocal process, shown
        if process:
            small = _rgb(cv2.resize(frame, (0, 0), fx=0.25, fy=0.25))
            places = face_recognition.face_locations(small)
            shown = set()
            for encoding in face_recognition.face_encodings(small, places):
                matches = face_recognition.compare_faces(known, encoding, TOLERANCE)
                best = int(np.argmin(face_recognition.face_distance(known, encoding)))
                if matches[best]:
                    shown.add(names[best])
        process = not process
        return shown

    return look


class _Gallery:
    """A gallery source that never changes."""

    def __init__(self, rows: GalleryRows) -> None:
        self._rows = rows

    def version(self) -> int:
        return self._rows.version

    def load(self) -> GalleryRows:
        return self._rows


def _ours(script: Script, enrolled: int) -> Looker:
    settings = load({}, {}, [])
    engine = open_engine(settings)
    engine.load()
    engine.wait_for_runtime()
    random = np.random.default_rng(1)
    owners, vectors, names = [], [], {}
    for name, pictures in script.pictures.items():
        person = uuid5(UUID(int=0), name)
        names[person] = name
        for picture in pictures:
            for found in find_faces(engine, picture)[:1]:
                owners.append(person)
                vectors.append(mirrored_mean(engine, picture, engine.landmarks(picture, found)))
    for number in range(enrolled - len(script.pictures)):
        owners.append(uuid4())
        names[owners[-1]] = f"other {number}"
        vectors.append(_unit(random.normal(size=128)).astype(np.float32))
    rows = GalleryRows(version=1, ids=tuple(uuid4() for _ in owners), people=tuple(owners),
                       matrix=np.array(vectors, np.float32))
    pipeline = FacePipeline(settings, GalleryKeeper(_Gallery(rows), settings), "benchmark", engine=engine)
    pipeline.load()
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def look(frame: np.ndarray, now: float) -> set[str]:
        result = pipeline.process(frame, start + timedelta(seconds=now), now)
        return {names[track.person] for track in result.tracks if track.state is TrackState.ACCEPTED}

    return look


# Playing and scoring

def _play(script: Script, look: Looker, rounds: int) -> Score:
    """Plays the script in its own time: a frame that comes while another is worked on is skipped."""
    score, free = Score(), 0.0
    for number in range(rounds):
        told: list[tuple[float, set[str]]] = []
        begun = number * script.round
        for at, frame in script.frames():
            due = begun + at
            if due + 1 / script.rate <= free:
                continue  # a newer frame is there by the time the loop is free
            before = time.process_time()
            names = look(frame, max(due, free))
            spent = time.process_time() - before
            score.cpu += spent
            score.processed += 1
            free = max(due, free) + spent
            told.append((free - begun, set(names)))
        _judge(script, told, score)
    return score


def _judge(script: Script, told: list[tuple[float, set[str]]], score: Score) -> None:
    for visit in script.visits:
        during = [(at, names) for at, names in told if visit.enters <= at <= visit.leaves + GRACE]
        others = {name for _, names in during for name in names} - {visit.name}
        if visit.name is None:
            score.stranger_visits += 1
            score.strangers_named += bool(others)
            continue
        score.enrolled_visits += 1
        score.wrong_names += bool(others)
        first = next((at for at, names in during if visit.name in names), None)
        if first is None:
            score.missed += 1
        else:
            score.latencies.append(first - visit.enters)


def _summary(script: Script, rounds: int, enrolled: int, scores: dict[str, Score]) -> dict[str, Any]:
    minutes = rounds * script.round / 60
    result: dict[str, Any] = {
        "clip": script.clip.name, "video_seconds": round(minutes * 60, 1), "frame_rate": round(script.rate, 2),
        "enrolled": enrolled, "rounds": rounds}
    for name, score in scores.items():
        ordered = sorted(score.latencies)
        result[name] = {
            "cpu_seconds_per_minute": round(score.cpu / minutes, 2),
            "frames_taken": score.processed,
            "latency_median": round(statistics.median(ordered), 3) if ordered else None,
            "latency_p95": round(float(np.quantile(ordered, 0.95)), 3) if ordered else None,
            "enrolled_visits": score.enrolled_visits, "missed": score.missed,
            "wrong_names": score.wrong_names, "stranger_visits": score.stranger_visits,
            "strangers_named": score.strangers_named}
    classic, ours = result["classic"], result["ours"]
    result["ratios"] = {
        "cpu_classic_over_ours": _ratio(classic["cpu_seconds_per_minute"], ours["cpu_seconds_per_minute"]),
        "latency_median_ours_over_classic": _ratio(ours["latency_median"], classic["latency_median"])}
    return result


def _ratio(above: float | None, below: float | None) -> float | None:
    return round(above / below, 2) if above is not None and below else None


def _in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['clip']}: {result['video_seconds']} s of video at {result['frame_rate']} frames a "
             f"second, {result['enrolled']} people enrolled", f"{'':32}{'classic':>10}{'ours':>10}"]
    for key, text in (("cpu_seconds_per_minute", "CPU seconds a minute of video"),
                      ("latency_median", "seconds to the name, median"),
                      ("latency_p95", "seconds to the name, p95"),
                      ("enrolled_visits", "visits of enrolled people"), ("missed", "  missed"),
                      ("wrong_names", "  shown under another name"),
                      ("stranger_visits", "visits of strangers"),
                      ("strangers_named", "  taken for somebody")):
        values = [result[name][key] for name in ("classic", "ours")]
        lines.append(f"{text:32}" + "".join(f"{'-' if value is None else value:>10}" for value in values))
    ratios = result["ratios"]
    lines.append(f"The classic loop takes {ratios['cpu_classic_over_ours']} times our CPU; "
                 f"our name comes after {ratios['latency_median_ours_over_classic']} times its median.")
    return "\n".join(lines)


# The clip

def _script(clip: Path) -> Script:
    capture = cv2.VideoCapture(str(clip))
    rate = capture.get(cv2.CAP_PROP_FPS) or 25.0
    capture.release()
    count = sum(1 for _ in _video(clip))
    if not count:
        raise SystemExit(f"{clip} holds no frames")
    seconds = count / rate
    truth = clip.with_suffix(".json")
    if truth.is_file():
        return _with_truth(clip, rate, seconds, json.loads(truth.read_text(encoding="utf-8")))
    third = [_fitted(picture) for number, picture in enumerate(_video(clip)) if number >= count * 2 // 3]
    engine = open_engine()
    good = [frame for frame in third[::max(1, len(third) // 12)] if find_faces(engine, frame)][:3]
    return Script(clip, rate, seconds, GAP, [Visit(clip.stem, 0.0, seconds)], {clip.stem: good})


def _with_truth(clip: Path, rate: float, seconds: float, truth: dict[str, Any]) -> Script:
    """Visits from the JSON beside the clip, pictures from people.json in the same folder."""
    visits = [Visit(item["person_id"] and item["name"], item["enters"], item["leaves"])
              for item in truth["visits"]]
    people = json.loads((clip.parent / "people.json").read_text(encoding="utf-8"))["people"]
    pictures = {item["name"]: [cv2.imread(str(clip.parent / path)) for path in item["pictures"]]
                for item in people}
    return Script(clip, rate, seconds, 0.0, visits, pictures)


def _video(clip: Path) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(str(clip))
    try:
        while True:
            good, picture = capture.read()
            if not good:
                return
            yield picture
    finally:
        capture.release()


def _fitted(picture: np.ndarray) -> np.ndarray:
    """The picture made as large as 640×480 allows, in the middle of grey."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    if scale != 1:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    height, width = (min(size, limit) for size, limit in zip(picture.shape, (HEIGHT, WIDTH), strict=False))
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
    frame[top:top + height, left:left + width] = picture[:height, :width]
    return frame


def _rgb(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[:, :, ::-1])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    raise SystemExit(main())
