"""Hours of looped video through the camera pipeline, as fast as the machine can: does memory grow?

    python benchmarks/soak_video.py [--hours 8] [--clip FILE] [--rate 30] [--seed 1] [--json]

The clip is decoded once; its frames are played on a clock of their own, so that eight hours pass in
as long as the work takes. Rounds alternate with an empty room; now and then the frame changes its
size, the gallery is exchanged, and somebody unknown comes: whatever makes and drops tracks. Memory (RSS)
is sampled through the run. Fails, with exit code 1, where its trend over the last two thirds comes to
more than 16 MB for the whole run.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from backend.config import load  # noqa: E402
from backend.store.records import GalleryRows  # noqa: E402
from backend.vision.engines import open_engine  # noqa: E402
from backend.vision.gallery import GalleryKeeper  # noqa: E402
from backend.vision.pipeline import FacePipeline  # noqa: E402
from benchmarks.camera.loops import START, Enrolled  # noqa: E402
from benchmarks.camera.script import empty_room, read_script  # noqa: E402

MOST_GROWTH = 16.0   # megabytes over the whole run: what allocators and caches may still take
WARM_UP = 1 / 3      # of the run that does not count
SAMPLES = 240
EMPTY = 4.0          # seconds of an empty room between two rounds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0, help="of video")
    parser.add_argument("--clip", type=Path, default=ROOT / "data" / "demo" / "clip.avi")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if not options.clip.is_file():
        parser.error(f"there is no clip {options.clip}")
    result = soak(options.clip, options.hours, options.rate, options.seed)
    print(json.dumps(result, indent=2) if options.json else _in_words(result))
    return 0 if result["passed"] else 1


class _Changing:
    """A gallery that is another one each time it is asked to change."""

    def __init__(self, gallery: Enrolled) -> None:
        self._rows = gallery.rows
        self._version = 1

    def version(self) -> int:
        return self._version

    def load(self) -> GalleryRows:
        rows = self._rows
        kept = slice(0, len(rows.ids) - self._version % 2)  # one person more, one less
        return GalleryRows(version=self._version, ids=rows.ids[kept], people=rows.people[kept],
                           matrix=rows.matrix[kept])

    def change(self) -> None:
        self._version += 1


def soak(clip: Path, hours: float, rate: float, seed: int) -> dict[str, Any]:
    """Plays `hours` of video; the result says how much memory was held when, and whether it grew."""
    settings = load({}, {}, [])
    engine = open_engine(settings)
    engine.load()
    engine.wait_for_runtime()
    script = read_script(clip)
    source = _Changing(Enrolled(engine, script, 1000))
    now = 0.0
    pipeline = FacePipeline(settings, GalleryKeeper(source, settings, engine.name, lambda: now), "soak",
                            engine=engine)
    frames = [frame for _, frame in script.frames()]
    total = round(hours * 3600 * rate)
    begun, sightings, samples = time.monotonic(), 0, []
    for number, frame in enumerate(_played(frames, rate, total, seed, source)):
        now = number / rate
        result = pipeline.process(frame, START + timedelta(seconds=now), now)
        sightings += len(result.sightings)
        if number % max(1, total // SAMPLES) == 0:
            samples.append((number, _resident()))
            if len(samples) % (SAMPLES // 12) == 0:
                print(f"{now / 3600:.2f} hours of video: {samples[-1][1]} MB", file=sys.stderr, flush=True)
    growth = _growth(samples, total)
    stages = pipeline.counters.as_dict()
    return {"clip": clip.name, "hours": hours, "frames": total, "seconds": round(time.monotonic() - begun, 1),
            "cpu_seconds": round(time.process_time(), 1), "sightings": sightings,
            "detections": sum(stages.get(name, {"runs": 0})["runs"] for name in ("detect", "detect_near")),
            "megabytes_first": samples[0][1], "megabytes_after_warm_up": samples[round(len(samples) * WARM_UP)][1],
            "megabytes_last": samples[-1][1], "megabytes_most": round(_most_resident(), 1),
            "growth_megabytes": growth, "passed": growth <= MOST_GROWTH}


def _played(frames: list[np.ndarray], rate: float, total: int, seed: int, source: _Changing) -> Iterator[np.ndarray]:
    """`total` frames: rounds of the clip, each a little different, and empty rooms between them."""
    random = np.random.default_rng(seed)
    shown = round_number = 0
    while shown < total:
        mirrored = bool(random.integers(2))      # who is mirrored is nearly somebody else
        shift = int(random.integers(-40, 41))
        half = round_number % 40 == 39           # the camera comes back with another size
        if round_number % 10 == 9:
            source.change()
        for frame in frames:
            picture = np.roll(frame[:, ::-1] if mirrored else frame, shift, axis=1)
            yield cv2.resize(picture, (320, 240), interpolation=cv2.INTER_AREA) if half else picture
            shown += 1
            if shown == total:
                return
        for number in range(min(round(EMPTY * rate), total - shown)):
            yield empty_room(number)
            shown += 1
        round_number += 1


def _growth(samples: list[tuple[int, float]], total: int) -> float:
    """What a straight line through the samples after the warm-up comes to over the run, in megabytes."""
    counted = samples[round(len(samples) * WARM_UP):]
    if len(counted) < 3:
        return 0.0
    slope = np.polyfit([number for number, _ in counted], [size for _, size in counted], 1)[0]
    return round(float(slope) * total, 2)


def _resident() -> float:
    """Megabytes of memory held now; the most ever held where the system does not tell (not Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return round(_most_resident(), 2)
    return round(pages * resource.getpagesize() / 1e6, 2)


def _most_resident() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (most if sys.platform == "darwin" else 1024 * most) / 1e6


def _in_words(result: dict[str, Any]) -> str:
    return (f"{result['clip']}: {result['hours']:g} hours of video, {result['frames']} frames in {result['seconds']} s "
            f"({result['cpu_seconds']} s of CPU), {result['detections']} detections, {result['sightings']} sightings\n"
            f"Memory: {result['megabytes_first']} MB at first, {result['megabytes_after_warm_up']} after the warm-up, "
            f"{result['megabytes_last']} at last, {result['megabytes_most']} at most; trend "
            f"{result['growth_megabytes']:+} MB over the run: {'passed' if result['passed'] else 'IT GROWS'}")


if __name__ == "__main__":
    raise SystemExit(main())
