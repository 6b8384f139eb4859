"""The passive check with its real weights, on real people and real attacks."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.errors import SettingError
from backend.vision.engines import open_engine
from backend.vision.errors import WeightsDamaged, WeightsMissing
from backend.vision.liveness import open_liveness
from backend.vision.liveness.opening import check
from backend.vision.liveness.passive import MiniFASNet, crop
from backend.vision.pictures import find_faces
from tests.vision.scenes import clip_frames

FILE = "2.7_80x80_MiniFASNetV2.onnx"


@pytest.fixture(scope="module")
def network(test_data: Path) -> MiniFASNet:
    return MiniFASNet((test_data / "models" / FILE).read_bytes())


@pytest.mark.parametrize(("file", "live"), [("live_1", True), ("attack_photo_1", False), ("attack_photo_2", False)])
def test_people_score_high_and_pictures_of_them_low(file, live, network, engine, test_data):
    picture = cv2.imread(str(test_data / "faces" / "liveness" / f"{file}.jpg"))
    score = network.score(picture, find_faces(engine, picture)[0].box)
    assert score > 0.9 if live else score < 0.1


def test_a_person_in_a_clip_scores_high_on_the_mean_of_some_frames(network, engine, test_data):
    frames = [frame for _, frame in clip_frames(test_data / "faces" / "clips" / "woman_turns.mp4")][:60:20]
    assert np.mean([network.score(frame, engine.detect(frame)[0].box) for frame in frames]) > 0.9


def test_the_region_is_moved_inward_at_the_edge_and_smaller_only_where_the_frame_is():
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[:270, :270] = 255
    assert crop(frame, (10, 20, 100, 100)).min() == 255        # 270 pixels wide, from the corner on
    frame[:] = 0
    frame[-271:, -271:] = 255
    assert crop(frame, (530, 370, 100, 100)).min() == 255
    assert crop(frame, (100, 50, 300, 400)).shape == (80, 80, 3)   # 2.7 times is more than there is


def test_without_its_weights_the_start_says_what_to_do(settings, tmp_path):
    for mode, file in (("passive", FILE), ("challenge", "face_detection_yunet"), ("both", FILE)):
        with pytest.raises(WeightsMissing, match=f"LIVENESS={mode} needs it: run: .* models fetch") as told:
            check(settings.but(liveness=mode, data_dir=tmp_path))
        assert file in str(told.value) and "\n" not in str(told.value)
    check(settings)
    assert open_liveness(settings, open_engine(settings)) is None


def test_another_file_under_the_name_is_refused(settings, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / FILE).write_bytes(b"another network")
    with pytest.raises(WeightsDamaged, match="SHA-256"):
        check(settings.but(liveness="passive", data_dir=tmp_path))


def test_without_onnx_runtime_the_start_says_what_to_do(settings, test_data, tmp_path, monkeypatch):
    (tmp_path / "models").symlink_to(test_data / "models")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SettingError, match="LIVENESS=passive needs the package onnxruntime; run: pip install"):
        check(settings.but(liveness="passive", data_dir=tmp_path))
