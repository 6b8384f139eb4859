"""The film goes through the product's own pipeline: the right people, at the right time, nobody else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import cv2
import numpy as np
import pytest

from backend.config import PROJECT_ROOT, load
from backend.store.records import GalleryRows
from backend.vision.engines import open_engine
from backend.vision.gallery import GalleryKeeper
from backend.vision.pictures import LocalPictures
from backend.vision.pipeline import FacePipeline
from backend.vision.results import Reason, TrackState

DEMO = PROJECT_ROOT / "data" / "demo"
BEGINS = datetime(2026, 3, 2, 8, tzinfo=UTC)
FARTHEST_OF_ONE = 0.28


@dataclass
class Registered:
    """The demo's people as a gallery in memory."""

    rows: list[tuple[UUID, UUID, np.ndarray]] = field(default_factory=list)

    def version(self) -> int:
        return len(self.rows)

    def load(self) -> GalleryRows:
        matrix = np.array([row[2] for row in self.rows], np.float32).reshape(len(self.rows), 128)
        return GalleryRows(version=len(self.rows), ids=tuple(row[0] for row in self.rows),
                           people=tuple(row[1] for row in self.rows), matrix=matrix)


@dataclass
class Seen:
    """What the pipeline made of the film: sightings by second, and the tracks of each visit."""

    sightings: list[tuple[float, str]]
    states: dict[float, set[tuple[TrackState, Reason]]]
    widths: dict[float, list[int]]


def uuid_of(person_id: str) -> UUID:
    return uuid5(NAMESPACE_URL, person_id)


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((DEMO / "clip.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    return json.loads((DEMO / "people.json").read_text("utf-8"))["people"]


@pytest.fixture(scope="module")
def registered(people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Registered:
    settings = load({"data_dir": tmp_path_factory.mktemp("data"), "timezone": "UTC"}, {}, [])
    reader = LocalPictures(settings, Registered())
    gallery = Registered()
    for one in people:
        for picture in one["pictures"]:
            faces = reader.read((DEMO / picture).read_bytes()).faces
            assert len(faces) == 1 and faces[0].quality.ok, picture
            gallery.rows.append((uuid4(), uuid_of(one["person_id"]), faces[0].template))
    return gallery


@pytest.fixture(scope="module")
def seen(registered: Registered, people: list[dict[str, Any]], truth: dict[str, Any],
         tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The whole film through one pipeline, at its own times."""
    settings = load({"data_dir": tmp_path_factory.mktemp("data"), "timezone": "UTC"}, {}, [])
    settings = replace(settings, duplicate_window=timedelta(seconds=truth["longest_duplicate_window"]))
    pipeline = FacePipeline(settings, GalleryKeeper(registered, settings), "camera-1", seconds=lambda: 0.0)
    names = {uuid_of(one["person_id"]): one["person_id"] for one in people}
    found = Seen([], {}, {})
    film = cv2.VideoCapture(str(DEMO / truth["file"]))
    for number in range(truth["frames"]):
        second = number / truth["fps"]
        result = pipeline.process(film.read()[1], BEGINS + timedelta(seconds=second), 1000 + second)
        found.sightings += [(second, names[one.person]) for one in result.sightings]
        for visit in truth["visits"]:
            if visit["near_from"] <= second <= visit["near_to"]:
                entries = found.states.setdefault(visit["enters"], set())
                entries |= {(track.state, track.reason) for track in result.tracks}
                found.widths.setdefault(visit["enters"], []).extend(track.box[2] for track in result.tracks)
    film.release()
    return found


def test_each_person_is_seen_while_near_and_nobody_else_ever(seen: Seen, truth: dict[str, Any]) -> None:
    for visit in truth["visits"]:
        during = {who for second, who in seen.sightings if visit["enters"] <= second <= visit["leaves"]}
        assert during == ({visit["person_id"]} if visit["person_id"] else set()), visit
    first = [min(second for second, who in seen.sightings if second >= visit["enters"])
             for visit in truth["visits"] if visit["person_id"]]
    for second, visit in zip(first, (one for one in truth["visits"] if one["person_id"]), strict=True):
        assert visit["enters"] < second < visit["near_to"]
    assert len(seen.sightings) <= 2 * len(first)


def test_the_stranger_is_refused_because_nobody_is_near_enough(seen: Seen, truth: dict[str, Any]) -> None:
    visit = next(one for one in truth["visits"] if one["expected"] == "refused")
    states = seen.states[visit["enters"]]
    assert (TrackState.REJECTED, Reason.NOBODY_NEAR_ENOUGH) in states
    assert TrackState.ACCEPTED not in {state for state, _ in states}


def test_near_faces_are_as_wide_as_promised(seen: Seen, truth: dict[str, Any]) -> None:
    for visit in truth["visits"]:
        widths = seen.widths[visit["enters"]]
        assert len(widths) > 10
        assert np.median(widths) >= truth["least_face_pixels"]


def test_registered_faces_are_near_their_own_in_the_film_and_the_stranger_is_far_from_all(
        registered: Registered, truth: dict[str, Any], people: list[dict[str, Any]]) -> None:
    rows = registered.load()
    engine = open_engine()
    film = cv2.VideoCapture(str(DEMO / truth["file"]))
    for visit in truth["visits"]:
        film.set(cv2.CAP_PROP_POS_FRAMES, round((visit["near_from"] + visit["near_to"]) / 2 * truth["fps"]))
        frame = film.read()[1]
        face = max(engine.detect(frame), key=lambda one: one.score)
        vector = engine.embed(frame, engine.landmarks(frame, face))
        for person, template in zip(rows.people, rows.matrix, strict=True):
            distance = float(np.linalg.norm(vector - template))
            if visit["person_id"] and person == uuid_of(visit["person_id"]):
                assert distance < FARTHEST_OF_ONE
            else:
                assert distance > engine.operating.ceiling
    film.release()
