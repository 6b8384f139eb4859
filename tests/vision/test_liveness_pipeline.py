"""The whole pipeline with liveness, real weights and real faces: people are told, pictures are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

from backend.vision.engines import open_engine
from backend.vision.engines.yunet import YuNet
from backend.vision.gallery import GalleryKeeper
from backend.vision.liveness import open_liveness
from backend.vision.pictures import find_faces, mirrored_mean
from backend.vision.pipeline import FacePipeline
from backend.vision.results import Reason, TrackState
from benchmarks.presentations import Head, Person, Photo, Sheet, Still, frames, head
from tests.vision.conftest import MemoryGallery, person

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Door:
    """A camera that shows a presentation at ten frames a second, the one who is shown enrolled."""

    def __init__(self, settings, shown, seed: int = 3) -> None:
        engine = open_engine(settings)
        gallery = MemoryGallery()
        picture = shown.frame(0.0, None)
        face = find_faces(engine, picture)[0]
        gallery.add("shown", mirrored_mean(engine, picture, engine.landmarks(picture, face)))
        self.now, self.shown = 100.0, shown
        keeper = GalleryKeeper(gallery, settings, monotonic=lambda: self.now)
        self.pipeline = FacePipeline(settings, keeper, "door", engine=engine, seconds=lambda: self.now,
                                     liveness=open_liveness(settings, engine, Random(seed)))
        self.sightings, self.refusals, self.requests, self.named_early = [], [], [], False

    def watch(self, seconds: float, until_told: bool = True) -> None:
        request = None
        for _ in range(round(seconds * 10)):
            at = self.now - 100.0
            result = self.pipeline.process(self.shown.frame(at, request), START + timedelta(seconds=at), self.now)
            self.now += 0.1
            self.sightings += result.sightings
            self.refusals += result.refusals
            request = next((track.request for track in result.tracks if track.request), None)
            if request is not None and (not self.requests or self.requests[-1].move != request.move):
                self.requests.append(request)
            self.named_early |= not self.sightings and any(track.person for track in result.tracks)
            if until_told and (self.sightings or self.refusals):
                break


@pytest.fixture(scope="module")
def weights(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "models").mkdir()
    for file in (test_data / "models").glob("*.onnx"):
        (folder / "models" / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def turning(test_data: Path) -> Head:
    clip = frames(test_data / "faces" / "clips" / "woman_turns.mp4")
    found = head(clip, YuNet((test_data / "models" / "face_detection_yunet_2023mar.onnx").read_bytes()).detect)
    assert found is not None
    return found


def photo(lfw, **how) -> Photo:
    picture = cv2.imdecode(np.frombuffer(lfw("Angela_Bassett", 1), np.uint8), cv2.IMREAD_COLOR)
    return Photo(picture, 4, Sheet(**how))


def test_a_person_who_does_as_asked_is_told_by_name_and_not_before(settings, weights, turning):
    # As large as the frame: beyond a smaller picture's edges there would be a mirrored face. Not mirrored: she
    # turns further to the one side than to the other.
    she = Person(turning, 3, mirrored=False, scale=1.0)
    door = Door(settings.but(liveness="both", data_dir=weights), she)
    door.watch(40)
    sighting, = door.sightings
    assert sighting.person == person("shown") and sighting.liveness > 0.9
    assert not door.named_early and door.refusals == []
    moves = [request.move for request in door.requests]
    assert moves[0] == "look_ahead" and {"turn_left", "turn_right"} & set(moves)
    assert {request.of for request in door.requests} == {2}


def test_a_photo_that_is_turned_as_asked_is_refused_once_and_named_never(settings, weights, lfw):
    door = Door(settings.but(liveness="challenge", data_dir=weights, challenge_tries=1), photo(lfw))
    door.watch(30)
    refusal, = door.refusals
    assert refusal.decision.reason is Reason.CHALLENGE_FAILED and refusal.decision.person == person("shown")
    door.watch(5, until_told=False)
    assert len(door.refusals) == 1 and door.sightings == [] and not door.named_early


def test_a_photo_is_refused_by_its_texture_without_a_challenge(settings, weights, lfw):
    door = Door(settings.but(liveness="both", data_dir=weights), photo(lfw))
    door.watch(6, until_told=False)
    refusal, = door.refusals
    assert refusal.decision.reason is Reason.NOT_LIVE
    assert door.sightings == [] and door.requests == []


def test_with_liveness_off_the_same_photo_passes_at_once(settings, weights, lfw):
    door = Door(settings.but(liveness="off", data_dir=weights), photo(lfw))
    door.watch(6)
    sighting, = door.sightings
    assert sighting.liveness is None and door.requests == []


def test_who_stands_still_is_asked_and_refused_when_time_is_up(settings, weights, turning):
    settings = settings.but(liveness="challenge", data_dir=weights, challenge_tries=1,
                            challenge_time=timedelta(seconds=2))
    door = Door(settings, Still(turning.ahead[0], 1))
    door.watch(10)
    assert [refusal.decision.reason for refusal in door.refusals] == [Reason.CHALLENGE_FAILED]
    assert door.pipeline.process(door.shown.frame(0, None), START, door.now).tracks[0].state is TrackState.UNCERTAIN


def test_a_photo_put_in_the_place_of_who_passed_is_not_told_as_still_there(settings, weights, turning):
    settings = settings.but(liveness="challenge", data_dir=weights, duplicate_window=timedelta(seconds=10))
    she = Person(turning, 3, mirrored=False, scale=1.0)
    door = Door(settings, she)
    door.watch(40)
    assert len(door.sightings) == 1
    door.shown = Still(turning.ahead[0], 1)
    door.watch(25, until_told=False)
    assert len(door.sightings) == 1
    assert door.requests[-1].move == "look_ahead" or door.refusals
