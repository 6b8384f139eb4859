"""What the camera's benchmark plays: any clip at 30 frames a second, with what the JSON beside it tells."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.config import PROJECT_ROOT
from benchmarks.camera import latency
from benchmarks.camera.script import HEIGHT, WIDTH, Script, Visit, fitted, read_script, truth_beside

DEMO = PROJECT_ROOT / "data" / "demo"


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """A clip whose frame number n is all of grey 4·n."""
    def made(rate: float, frames: int) -> Path:
        path = tmp_path / "clip.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (WIDTH, HEIGHT))
        for number in range(frames):
            writer.write(np.full((HEIGHT, WIDTH, 3), 4 * number, np.uint8))
        writer.release()
        return path

    return made


@pytest.mark.parametrize(("rate", "shown"), [
    (10, [0, 0, 0, 1, 1, 1, 2, 2, 2]), (25, [0, 0, 1, 2, 3, 4, 5, 5]), (30, [0, 1, 2, 3]), (60, [0, 2, 4])])
def test_a_clip_is_played_at_thirty_frames_a_second_whatever_its_own_rate(rate, shown, clip):
    frames = 1 + max(shown) if rate != 60 else 6
    script = Script(clip(rate, frames), rate, frames / rate, [], {})
    played = list(script.frames())
    assert [round(float(frame.mean()) / 4) for _, frame in played] == shown
    assert [at for at, _ in played] == pytest.approx([number / 30 for number in range(len(shown))])


@pytest.mark.parametrize("told", [
    "{broken", "[1, 2]", "null", '{"visits": [{"person_id": "E1", "name": "A"}]}',
    '{"visits": [{"person_id": "E1", "name": "Not Enrolled", "enters": 0, "leaves": 1}]}',
    '{"visits": [{"person_id": null, "enters": 2, "leaves": 1}]}'])
def test_a_json_of_another_kind_tells_nothing(told, tmp_path, capsys):
    shutil.copy(DEMO / "people.json", tmp_path)
    (tmp_path / "pictures").symlink_to(DEMO / "pictures")
    (tmp_path / "clip.json").write_text(told, encoding="utf-8")
    assert truth_beside(tmp_path / "clip.avi") is None
    assert "clip.json does not tell who is in view" in capsys.readouterr().err


def test_a_clip_with_a_json_of_another_kind_is_of_one_person_always_in_view(tmp_path, capsys):
    (tmp_path / "clip.avi").symlink_to(DEMO / "clip.avi")
    (tmp_path / "clip.json").write_text('{"frames": []}', encoding="utf-8")
    script = read_script(tmp_path / "clip.avi")
    assert script.visits == [Visit("clip", 0.0, script.seconds)] and script.pictures["clip"]
    assert "clip.json does not tell who is in view" in capsys.readouterr().err


def test_who_is_only_in_the_first_part_of_a_clip_is_enrolled_from_there(tmp_path):
    portrait = cv2.imread(str(DEMO / "pictures" / "eileen-collins-1.jpg"))
    writer = cv2.VideoWriter(str(tmp_path / "short.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (WIDTH, HEIGHT))
    for number in range(12):
        writer.write(fitted(portrait) if number < 4 else np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    writer.release()
    assert read_script(tmp_path / "short.avi").pictures["short"]
    with pytest.raises(SystemExit, match="holds no frames"):
        read_script(tmp_path / "missing.avi")


def test_the_truth_beside_the_clip_is_taken(capsys):
    script = read_script(DEMO / "clip.avi")
    told = json.loads((DEMO / "clip.json").read_text(encoding="utf-8"))["visits"]
    assert [(visit.enters, visit.leaves) for visit in script.visits] == [
        (item["enters"], item["leaves"]) for item in told]
    assert (script.visits[1].name, script.clip_rate) == (None, 15.0) and not capsys.readouterr().err


def test_who_comes_once_after_a_stranger_is_cut_anew_from_their_own_visit():
    visits = [Visit(None, 0.0, 4.0), Visit("Grace", 10.0, 20.0)]
    script = Script(Path("clip.avi"), 30.0, 60.0, visits, {"Grace": []})
    came = latency.starts(script, 5)
    assert {name for name, _ in came} == {"Grace"} and len(came) == 5
    assert came[0][1] == 10.0 and all(10 <= start < 17 for _, start in came)
    both = Script(Path("clip.avi"), 30.0, 60.0, [*visits, Visit("Ada", 30.0, 40.0)], {})
    assert latency.starts(both, 5) == [("Grace", 10.0), ("Ada", 30.0)]
    assert latency.starts(Script(Path("clip.avi"), 30.0, 60.0, visits[:1], {}), 5) == []
