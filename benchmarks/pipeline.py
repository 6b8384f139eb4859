"""Our camera pipeline against the loop that everybody copies, on the same frames, in one run.

The classic loop is face_recognition's `facerec_from_webcam_faster`: every second frame at quarter
size, `face_locations`, `face_encodings`, `compare_faces` on a Python list, tolerance 0.6. Needs
`pip install --no-deps face_recognition` and `pip install pillow`; the product needs neither.

    python benchmarks/pipeline.py [--clip FILE] [--faces DIR] [--models DIR] [--minutes 1] [--json]

Parts (`--parts clip,nobody,latency,widths`):
  clip     CPU while the clip is played, and who was named when
  nobody   CPU in an empty room, and in one in which something moves that is no face
  latency  seconds from the first good frame to a punch in SQLite, on one core
  widths   share of faces found in a frame, by their width (needs --faces, laid out like LFW)

Ours runs behind dlib's HOG and, where --models, <DATA_DIR>/models or a folder `models` beside that of --faces
or the one above it hold its weights, behind YuNet. Every clip is played at 640×480 and 30 frames a second,
frames repeated or left out by their time. Who is in view is read from the JSON beside the clip (`visits`,
as data/demo/clip.json has them). For a clip without one, its one person is enrolled from its last third
and in view all the time. The other people enrolled are random vectors: there for the cost of the search
only. CPU is the whole process's; the machine may be busy otherwise, so the clip is played three times,
and medians count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from backend.config import load  # noqa: E402
from backend.vision.engines import Engine  # noqa: E402
from benchmarks.camera import latency, widths  # noqa: E402
from benchmarks.camera.loops import Enrolled, Looker, Ours, classic, engines  # noqa: E402
from benchmarks.camera.play import Score, play, play_script  # noqa: E402
from benchmarks.camera.script import RATE, Script, empty_room, read_script  # noqa: E402
from benchmarks.weights import places  # noqa: E402

PARTS = ("clip", "nobody", "latency", "widths")
REPEATS = 3


def main() -> int:
    options = _options()
    try:
        import face_recognition
    except ImportError as error:
        print(f"{error}. The classic loop needs: pip install --no-deps face_recognition; pip install pillow",
              file=sys.stderr)
        return 1
    if not options.clip.is_file():
        print(f"there is no clip {options.clip}", file=sys.stderr)
        return 1
    settings = load({}, {}, [])
    found = engines(settings, places(options.models, options.faces))
    script = read_script(options.clip)
    result: dict[str, Any] = {"clip": script.clip.name, "frame_rate": RATE,
                              "clip_frame_rate": round(script.clip_rate, 2), "enrolled": options.enrolled,
                              "cores": os.cpu_count()}
    lookers: dict[str, Looker] = {"classic": classic(face_recognition, script, options.enrolled)}
    for name, engine in found.items():
        lookers[name] = Ours(engine, Enrolled(engine, script, options.enrolled))
    if "clip" in options.parts:
        result["clip_played"] = _clip(script, lookers, options.minutes)
    if "nobody" in options.parts:
        result["nobody"] = {kind: _nobody(lookers, options.minutes, moving)
                            for kind, moving in (("still", False), ("something_moves", True))}
    if "latency" in options.parts:
        result["latency"] = _latency(script, found, lookers["classic"], options)
    if "widths" in options.parts and options.faces.is_dir():
        finders = {"classic": widths.classic_finder(face_recognition),
                   **{name: widths.our_finder(engine, settings) for name, engine in found.items()}}
        result["found_by_width"] = {"least_face": settings.min_face_pixels,
                                    **widths.found_by_width(options.faces, options.count, finders)}
    print(json.dumps(result, indent=2) if options.json else _in_words(result))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clip", type=Path, default=ROOT / "data" / "demo" / "clip.avi")
    parser.add_argument("--faces", type=Path, default=ROOT.parent / "shared" / "faces" / "lfw",
                        help="folder of one folder a person")
    parser.add_argument("--models", type=Path, help="folder with YuNet's weights")
    parser.add_argument("--minutes", type=float, default=1.0, help="video to play in each part, at least one round")
    parser.add_argument("--enrolled", type=int, default=1000, help="people enrolled in all")
    parser.add_argument("--count", type=int, default=100, help="faces for each width")
    parser.add_argument("--arrivals", type=int, default=20, help="people who come into view, for the latency")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


# The parts

def _clip(script: Script, lookers: dict[str, Looker], minutes: float) -> dict[str, Any]:
    rounds = max(1, round(minutes * 60 / script.seconds / REPEATS))
    scores = {name: [play_script(script, look, rounds, number * rounds * script.seconds)
                     for number in range(REPEATS)] for name, look in lookers.items()}
    result: dict[str, Any] = {"video_seconds": round(rounds * REPEATS * script.seconds, 1)}
    for name, runs in scores.items():
        whole = Score(sum(run.cpu for run in runs), sum(run.seconds for run in runs),
                      sum(run.processed for run in runs), [wait for run in runs for wait in run.latencies],
                      *(sum(getattr(run, key) for run in runs) for key in (
                          "enrolled_visits", "stranger_visits", "missed", "wrong_names", "strangers_named")))
        result[name] = whole.as_dict() | {
            "cpu_seconds_per_minute": round(statistics.median(run.cpu_per_minute for run in runs), 3)}
        if isinstance(lookers[name], Ours):
            result[name]["stages"] = _per_minute(lookers[name].stages, whole.seconds)
    return result | _ratios(result, lookers)


def _nobody(lookers: dict[str, Looker], minutes: float, moving: bool) -> dict[str, Any]:
    seconds = 20.0 * minutes
    result: dict[str, Any] = {}
    for name, look in lookers.items():
        runs = []
        start = 1e6 + 1e5 * moving  # later than all that the loop has seen
        play(_room(2.0, moving), 1 / RATE, look, Score(), start)  # whoever was there has left
        for number in range(REPEATS):
            score = Score()
            play(_room(seconds, moving), 1 / RATE, look, score, start + 2 + number * seconds)
            runs.append(score.cpu_per_minute)
        result[name] = {"cpu_seconds_per_minute": round(statistics.median(runs), 3)}
    return result | _ratios(result, lookers)


def _room(seconds: float, moving: bool) -> Iterator[tuple[float, np.ndarray]]:
    """An empty room; where something moves, a tree sways in a quarter of the picture."""
    leaves = np.random.default_rng(3).integers(0, 255, (12, 10, 3), np.uint8)
    tree = cv2.resize(leaves, (200, 240), interpolation=cv2.INTER_CUBIC)
    for number in range(round(seconds * RATE)):
        frame = empty_room(number)
        if moving:
            left = 380 + round(24 * np.sin(number / RATE * 2))
            frame[200:440, left:left + 200] = tree
        yield number / RATE, frame


def _latency(script: Script, found: dict[str, Engine], classic_look: Looker,
             options: argparse.Namespace) -> dict[str, Any]:
    came = latency.arrivals(script, found["hog"], options.arrivals)
    result: dict[str, Any] = {"classic": latency.named(classic_look, came)}
    for name, engine in found.items():
        result[name] = latency.recorded(script, engine, options.enrolled, came)
        result[f"{name}_over_classic"] = _ratio(result[name]["median"], result["classic"]["median"])
    return result


def _ratios(result: dict[str, Any], lookers: dict[str, Looker]) -> dict[str, Any]:
    cpu = {name: result[name]["cpu_seconds_per_minute"] for name in lookers}
    return {f"cpu_classic_over_{name}": _ratio(cpu["classic"], cpu[name]) for name in lookers if name != "classic"}


def _ratio(above: float | None, below: float | None) -> float | None:
    return round(above / below, 2) if above is not None and below and below > 0 else None


def _per_minute(stages: dict[str, dict[str, float]], seconds: float) -> dict[str, float]:
    """How often each stage ran in a minute of video."""
    return {name: round(stage["runs"] / seconds * 60, 1) for name, stage in stages.items()}


# What is printed

def _in_words(result: dict[str, Any]) -> str:
    lines = [f"{result['clip']}: {result['clip_frame_rate']} frames a second, played at {result['frame_rate']:g}, "
             f"{result['enrolled']} people enrolled, {result['cores']} cores"]
    if "clip_played" in result:
        lines += _clip_in_words(result["clip_played"])
    for kind, part in result.get("nobody", {}).items():
        lines.append(f"\nNobody in view, {kind.replace('_', ' ')}: CPU seconds a minute "
                     + ", ".join(f"{name} {value['cpu_seconds_per_minute']}" for name, value in part.items()
                                 if isinstance(value, dict)))
        lines += _ratios_in_words(part)
    if "latency" in result:
        lines.append("\nSeconds from the first good frame, median / p95: to the name shown, or to the punch recorded")
        lines += [f"  {name}: {value['median']} / {value['p95']} ({value['missed']} of {value['arrivals']} missed)"
                  for name, value in result["latency"].items() if isinstance(value, dict)]
    if "found_by_width" in result:
        lines.append(f"\nFaces found by width in pixels, MIN_FACE_PIXELS {result['found_by_width']['least_face']}")
        lines += [f"  {name}: " + ", ".join(f"{width} {100 * share:.1f} %" for width, share in shares.items())
                  for name, shares in result["found_by_width"].items() if isinstance(shares, dict)]
    return "\n".join(lines)


def _clip_in_words(part: dict[str, Any]) -> list[str]:
    names = [name for name, value in part.items() if isinstance(value, dict)]
    lines = [f"\nThe clip, {part['video_seconds']} s of video", f"{'':32}" + "".join(f"{name:>10}" for name in names)]
    for key, text in (("cpu_seconds_per_minute", "CPU seconds a minute of video"),
                      ("latency_median", "seconds to the name, median"),
                      ("latency_p95", "seconds to the name, p95"),
                      ("enrolled_visits", "visits of enrolled people"), ("missed", "  missed"),
                      ("wrong_names", "  shown under another name"),
                      ("stranger_visits", "visits of strangers"),
                      ("strangers_named", "  taken for somebody")):
        lines.append(f"{text:32}" + "".join(f"{'-' if (value := part[name][key]) is None else value:>10}"
                                            for name in names))
    return lines + _ratios_in_words(part)


def _ratios_in_words(part: dict[str, Any]) -> list[str]:
    return [f"  the classic loop takes {value} times the CPU of ours behind {key.rsplit('_', 1)[1]}"
            for key, value in part.items() if key.startswith("cpu_classic_over_")]


if __name__ == "__main__":
    raise SystemExit(main())
