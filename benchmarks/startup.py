"""Start to ready: how long until the server answers, and until the camera's first frame is judged.

The baseline is a bare interpreter that imports Flask, OpenCV and dlib and does nothing: no
program of this kind can start faster in one process. One start goes before, unmeasured, for the
bytecode and the disk's cache. Run `python benchmarks/startup.py --json`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

CLIP = ROOT / "data" / "demo" / "clip.avi"
BASELINE = "import flask, cv2, dlib"
LONGEST = 90.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts to take the median of")
    parser.add_argument("--camera", default=str(CLIP), help="camera source (default: the demo's clip)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    with tempfile.TemporaryDirectory() as folder:
        key = _prepare(Path(folder))
        _bare_interpreter()
        _start(Path(folder), options.camera, key)
        baseline = [_bare_interpreter() for _ in range(options.runs)]
        starts = [_start(Path(folder), options.camera, key) for _ in range(options.runs)]
    result = _summary(baseline, starts)
    print(json.dumps(result, indent=2) if options.json else _in_words(result))
    return 0


def _bare_interpreter() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", BASELINE], check=True)
    return time.perf_counter() - begun


def _prepare(folder: Path) -> str:
    """A database with a key that may ask for the camera's state; its making is not measured."""
    from backend.app import build
    from backend.attendance_system import AttendanceSystem
    from backend.config import load

    system = AttendanceSystem(parts=build(load({"data_dir": folder}, {}, []), migrate=True))
    key: str = system.access.create_key("benchmark", ["camera:read"], None)[1]
    system.close()
    return key


def _start(folder: Path, camera: str, key: str) -> dict[str, float]:
    """One start of `serve`; seconds from the process's start to each mark."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("FACE_ATTENDANCE_", "ODOO_"))}
    environment |= {"FACE_ATTENDANCE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT),
                    "FACE_ATTENDANCE_LOG_LEVEL": "error"}
    base = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-m", "backend", "serve", "--port", str(port),
                               "--camera", camera], cwd=folder, env=environment,
                              stdout=subprocess.DEVNULL)
    try:
        ready = _when(server, begun, lambda: _get(f"{base}/health/ready") is not None)
        frame = _when(server, begun, lambda: _frames(base, key) > 0)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
    return {"ready": ready, "first_frame": frame}


def _when(server: subprocess.Popen[bytes], begun: float, true: Callable[[], bool]) -> float:
    while not true():
        if server.poll() is not None:
            raise SystemExit(f"the server ended with exit code {server.returncode}")
        if time.perf_counter() - begun > LONGEST:
            raise SystemExit(f"not within {LONGEST:.0f} s")
        time.sleep(0.02)
    return time.perf_counter() - begun


def _get(url: str, key: str | None = None) -> dict[str, Any] | None:
    """The JSON of a 200; None for every other answer, or none."""
    request = urllib.request.Request(url, headers={"X-API-Key": key} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _frames(base: str, key: str) -> int:
    answer = _get(f"{base}/api/v1/camera/status", key)
    cameras = answer["data"]["cameras"] if answer else []
    return sum(int(camera["counters"].get("frames", 0)) for camera in cameras)


def _summary(baseline: list[float], starts: list[dict[str, float]]) -> dict[str, Any]:
    bare = statistics.median(baseline)
    marks = {name: statistics.median(start[name] for start in starts) for name in starts[0]}
    return {"baseline": BASELINE, "baseline_seconds": round(bare, 3), "runs": len(starts),
            **{f"{name}_seconds": round(value, 3) for name, value in marks.items()},
            **{f"{name}_ratio": round(value / bare, 2) for name, value in marks.items()}}


def _in_words(result: dict[str, Any]) -> str:
    return "\n".join([
        f"bare interpreter, {result['baseline']}: {result['baseline_seconds']:.2f} s",
        f"start to /health/ready 200:  {result['ready_seconds']:.2f} s, {result['ready_ratio']:.1f} times that",
        f"start to first frame judged: {result['first_frame_seconds']:.2f} s, "
        f"{result['first_frame_ratio']:.1f} times that",
    ])


if __name__ == "__main__":
    sys.exit(main())
