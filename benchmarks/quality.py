"""Quality at enrolment: how many good pictures are refused, how many covers are seen, what poses bring.

    python benchmarks/quality.py --faces DIR --clip FILE [--clip FILE …] [--pictures N] [--json]

`--faces` is a folder laid out like LFW (`Name/Name_0001.jpg`). Covers are drawn on its pictures and
the faces found anew; whom the detector loses under a cover is counted apart. The baseline of guided
enrolment is three neighbouring frames of somebody who looks ahead, as an untaught operator takes them.
Everything random comes from one seed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.config import load  # noqa: E402
from backend.vision.engines import Engine, open_engine  # noqa: E402
from backend.vision.landmarks import Landmarks  # noqa: E402
from backend.vision.limits import Limits  # noqa: E402
from backend.vision.pictures import find_faces, mirrored_mean  # noqa: E402
from backend.vision.posing import Pose, turns  # noqa: E402
from backend.vision.quality import measure, yaw_degrees  # noqa: E402
from backend.vision.results import Quality, Reason  # noqa: E402

SEED = 7
SHADES = {"light": 215, "medium": 150, "dark": 35}
REPEATS = {
    "saved again as JPEG, quality 60": lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [1, 60])[1], 1),
    "at twice the size": lambda p: cv2.resize(p, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
    "15 % brighter": lambda p: cv2.convertScaleAbs(p, alpha=1.15, beta=10),
    "cropped": lambda p: p[p.shape[0] // 19:-p.shape[0] // 15, p.shape[1] // 23:-p.shape[1] // 28],
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
}
Found = tuple[Landmarks, Quality]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--clip", type=Path, action="append", default=[])
    parser.add_argument("--pictures", type=int, default=1000, help="pictures of --faces to take")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    random = np.random.default_rng(SEED)
    settings = load({"data_dir": ROOT / "data", "timezone": "UTC"}, {}, [])
    engine = open_engine(settings)
    engine.wait_for_runtime()
    files = sorted(options.faces.glob("*/*.jpg"))
    chosen = [files[i] for i in sorted(random.permutation(len(files))[:options.pictures])]
    pictures = [cv2.imread(str(file)) for file in chosen]
    limits = Limits.at_enrolment(settings)
    bare = [(picture, found) for picture in pictures if (found := look(engine, picture)) is not None]
    result: dict[str, Any] = {
        "pictures": len(pictures), "found": len(bare),
        "refused_at_enrolment_percent": refused(limits, [quality for _, (_, quality) in bare]),
        "covers": covers(engine, limits, bare[::4]),
        "repeats_seen_percent": repeats(engine, settings.near_identical, bare[::10]),
        "poses": [poses(engine, settings, clip, random) for clip in options.clip],
    }
    print(json.dumps(result, indent=2, ensure_ascii=False) if options.json else in_words(result))
    return 0


def look(engine: Engine, picture: np.ndarray) -> Found | None:
    """The largest face; None where none is found."""
    for found in find_faces(engine, picture)[:1]:
        points = engine.landmarks(picture, found)
        return points, measure(picture, found.box, points, engine)
    return None


def refused(limits: Limits, qualities: list[Quality]) -> dict[str, float]:
    counts = Counter(str(reason) for quality in qualities for reason in limits.broken(quality))
    return {reason: percent(count, len(qualities)) for reason, count in counts.most_common()}


def covers(engine: Engine, limits: Limits, bare: list[tuple[np.ndarray, Found]]) -> dict[str, dict[str, float]]:
    told = {}
    for name, reason, draw in (("dark glasses", Reason.EYES_COVERED, glasses),
                               *((f"{name} mask", Reason.MOUTH_COVERED, mask(shade))
                                 for name, shade in SHADES.items())):
        found = [look(engine, draw(picture, points)) for picture, (points, _) in bare]
        seen = [each[1] for each in found if each is not None]
        told[name] = {"pictures": len(found), "face_found_percent": percent(len(seen), len(found)),
                      "seen_percent": percent(sum(reason in limits.broken(each) for each in seen), len(seen))}
    return told


def glasses(picture: np.ndarray, points: Landmarks) -> np.ndarray:
    drawn = picture.copy()
    left, right = points.eyes
    apart = float(np.hypot(*(right - left)))
    for eye in (left, right):
        cv2.ellipse(drawn, tuple(map(int, eye)), (int(0.38 * apart), int(0.27 * apart)), 0, 0, 360, (25, 22, 20), -1)
    cv2.line(drawn, tuple(map(int, left)), tuple(map(int, right)), (25, 22, 20), max(1, int(0.05 * apart)))
    return drawn


def mask(shade: int) -> Any:
    grain = np.random.default_rng(SEED)

    def draw(picture: np.ndarray, points: Landmarks) -> np.ndarray:
        left, right = points.eyes
        across = right - left
        down = np.array([-across[1], across[0]])
        corners = ((-1.05, 0.6), (-0.35, 0.45), (0, 0.37), (0.35, 0.45), (1.05, 0.6), (0.95, 1.2), (0.45, 1.85),
                   (0, 2.0), (-0.45, 1.85), (-0.95, 1.2))
        outline = np.array([(left + right) / 2 + x * across + y * down for x, y in corners], np.int32)
        place = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(place, [outline], 255, cv2.LINE_AA)
        # The picture's own light falls on the cloth, too.
        light = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0),
                                 0.6 * float(np.hypot(*across)))
        cloth = shade * np.clip(light / max(8.0, float(light.mean())), 0.6, 1.4) + grain.normal(0, 4, light.shape)
        share = cv2.GaussianBlur(place, (3, 3), 0)[..., None] / 255
        return np.clip(picture * (1 - share) + cloth[..., None] * share, 0, 255).astype(np.uint8)

    return draw


def repeats(engine: Engine, limit: float, bare: list[tuple[np.ndarray, Found]]) -> dict[str, float]:
    told = {}
    for name, change in REPEATS.items():
        near = []
        for picture, (points, _) in bare:
            again = change(picture)
            if (found := look(engine, again)) is not None:
                one, other = mirrored_mean(engine, picture, points), mirrored_mean(engine, again, found[0])
                near.append(float(np.linalg.norm(one - other)) < limit)
        told[name] = percent(sum(near), len(near))
    return told


def poses(engine: Engine, settings: Any, clip: Path, random: np.random.Generator) -> dict[str, Any]:
    """Enrolled from one half of the clip, each later frame of the other half compared by itself with the
    mean template: the share past the threshold of a gallery of 100."""
    frames = list(_frames(engine, clip))
    middle = frames[-1][0] / 2 if frames else 0.0
    past: dict[str, list[bool]] = {"three poses": [], "three neighbouring frames": []}
    limit = engine.operating.threshold(100, None, settings.target_fpir)
    for first in (True, False):
        here = [frame for frame in frames if (frame[0] < middle) == first]
        there = [frame for frame in frames if (frame[0] < middle) != first and abs(frame[1]) <= settings.max_yaw]
        by_pose = {pose: [n for n, frame in enumerate(here)
                          if turns(pose, settings)[0] <= frame[1] <= turns(pose, settings)[1]] for pose in Pose}
        runs = [n for n in by_pose[Pose.FRONT] if {n + 1, n + 2} <= set(by_pose[Pose.FRONT])]
        if not runs or not all(by_pose.values()):
            continue
        for _ in range(60):
            begin = int(random.choice(runs))
            turned = [int(random.choice(by_pose[pose])) for pose in (Pose.LEFT, Pose.RIGHT)]
            for name, rows in (("three poses", [begin, *turned]),
                               ("three neighbouring frames", [begin, begin + 1, begin + 2])):
                mean = np.mean([here[row][2] for row in rows], axis=0)
                mean /= np.linalg.norm(mean)
                past[name] += [float(np.linalg.norm(frame[3] - mean)) > limit for frame in there]
    return {"clip": clip.stem, "comparisons": len(past["three poses"]),
            **{name: percent(sum(each), len(each)) for name, each in past.items()}}


def _frames(engine: Engine, clip: Path) -> Iterator[tuple[float, float, np.ndarray, np.ndarray]]:
    """Of every third frame with a face: seconds, yaw, template (mirrored mean), plain embedding."""
    source = cv2.VideoCapture(str(clip))
    rate = source.get(cv2.CAP_PROP_FPS) or 25.0
    number = -1
    while source.grab():
        number += 1
        if number % 3:
            continue
        frame = source.retrieve()[1]
        scale = min(1.0, 480 / frame.shape[0])
        frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for found in find_faces(engine, frame)[:1]:
            points = engine.landmarks(frame, found)
            yield number / rate, yaw_degrees(points), mirrored_mean(engine, frame, points), engine.embed(frame, points)
    source.release()


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['found']} faces in {result['pictures']} pictures; refused at enrolment, per cent:"]
    lines += [f"  {reason:20}{share:7.2f}" for reason, share in result["refused_at_enrolment_percent"].items()]
    lines += ["covers (face still found / cover seen, per cent):"]
    lines += [f"  {name:20}{each['face_found_percent']:7.1f}{each['seen_percent']:7.1f}"
              for name, each in result["covers"].items()]
    lines += ["the same picture changed, taken for a repeat, per cent:"]
    lines += [f"  {name:34}{share:7.1f}" for name, share in result["repeats_seen_percent"].items()]
    lines += [f"{each['clip']}: frames past the threshold, three poses {each['three poses']} %, three "
              f"neighbouring frames {each['three neighbouring frames']} % of {each['comparisons']} comparisons"
              for each in result["poses"]]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
