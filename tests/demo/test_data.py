"""The demo's data agrees with itself: people, pictures, film, what is to be seen in it, sources."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import pytest

from backend.config import PROJECT_ROOT

DEMO = PROJECT_ROOT / "data" / "demo"
LARGEST_FILM = 8_000_000
LARGEST_PICTURE = 100_000


@pytest.fixture(scope="module")
def people() -> dict[str, Any]:
    return json.loads((DEMO / "people.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((DEMO / "clip.json").read_text("utf-8"))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """data/demo/make_clip.py, imported as it would run."""
    monkeypatch.syspath_prepend(str(DEMO))
    spec = importlib.util.spec_from_file_location("make_clip", DEMO / "make_clip.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_clip", module)
    spec.loader.exec_module(module)
    return module


def film(api: int = cv2.CAP_ANY) -> list[Any]:
    """Every frame of the film, BGR."""
    reader = cv2.VideoCapture(str(DEMO / "clip.avi"), api)
    frames = []
    while True:
        there, frame = reader.read()
        if not there:
            reader.release()
            return frames
        frames.append(frame)


def test_the_film_is_what_its_description_says(truth: dict[str, Any]) -> None:
    assert (DEMO / truth["file"]).stat().st_size < LARGEST_FILM
    frames = film()
    assert len(frames) == truth["frames"] == truth["seconds"] * truth["fps"]
    assert frames[0].shape == (truth["height"], truth["width"], 3) == (480, 640, 3)


def test_opencv_decodes_the_film_without_any_codec_beside_it(truth: dict[str, Any]) -> None:
    assert len(film(cv2.CAP_OPENCV_MJPEG)) == truth["frames"]


def test_the_film_is_drawn_by_its_script(truth: dict[str, Any], script: ModuleType) -> None:
    assert script.truth() == truth
    cut_outs = {visit.portrait.name: visit.portrait.cut_out() for visit in script.PLAY}
    chance = script.np.random.default_rng(script.SEED)
    drawn = script.frame_at(0.0, cut_outs, chance)
    assert abs(drawn.astype(float) - film()[0].astype(float)).mean() < 2


def test_the_play_has_two_people_in_and_out_and_one_stranger(truth: dict[str, Any], people: dict[str, Any]) -> None:
    known = {one["person_id"]: one["name"] for one in people["people"]}
    assert [(visit["person_id"], visit["expected"]) for visit in truth["visits"]] == [
        ("EMP001", "check_in"), (None, "refused"), ("EMP002", "check_in"), ("EMP001", "check_out"),
        ("EMP002", "check_out")]
    for visit in truth["visits"]:
        if visit["person_id"] is None:
            assert visit["name"] in people["never_registered"]
        else:
            assert visit["name"] == known[visit["person_id"]]


def test_visits_follow_one_another_with_an_empty_wall_between(truth: dict[str, Any]) -> None:
    visits = truth["visits"]
    for visit in visits:
        assert visit["enters"] < visit["near_from"] < visit["near_to"] < visit["leaves"] < truth["seconds"]
        assert visit["near_to"] - visit["near_from"] > 2
    for before, after in itertools.pairwise(visits):
        assert after["enters"] - before["leaves"] >= 1
    frames = film()
    empty = frames[0].astype(float)
    for visit in visits:
        near = frames[round((visit["near_from"] + visit["near_to"]) / 2 * truth["fps"])]
        assert abs(near.astype(float) - empty).mean() > 10
        assert abs(frames[round((visit["leaves"] + 0.5) * truth["fps"])].astype(float) - empty).mean() < 10


def test_every_picture_of_a_person_is_there_small_and_named_in_the_sources(people: dict[str, Any]) -> None:
    sources = (DEMO / "SOURCES.md").read_text("utf-8")
    wanted = {picture for one in people["people"] for picture in one["pictures"]}
    there = {str(path.relative_to(DEMO)) for path in (DEMO / "pictures").iterdir()}
    assert wanted == there
    assert max(len(one["pictures"]) for one in people["people"]) >= 3
    for path in [*(DEMO / "pictures").iterdir(), *(DEMO / "originals").iterdir()]:
        assert path.stat().st_size < LARGEST_PICTURE
        assert cv2.imread(str(path)) is not None
        assert path.name in sources
    assert "clip.avi" in sources


def test_nothing_else_lies_in_the_folder() -> None:
    kinds = {path.suffix for path in DEMO.rglob("*") if path.is_file() and not _made_by_running(path)}
    assert kinds <= {".py", ".md", ".json", ".jpg", ".avi"}


def _made_by_running(path: Path) -> bool:
    return "run" in path.parts or "__pycache__" in path.parts
