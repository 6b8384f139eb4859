"""YuNet and HOG: the same faces, points that are where they say, and which of the two serves."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from backend.config import PROJECT_ROOT, Settings
from backend.errors import SettingError
from backend.vision.engines import open_engine
from backend.vision.engines.detectors import models_folder, open_detector, open_yunet
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.engines.hog import HogDetector, for_dlib
from backend.vision.engines.protocol import Detection
from backend.vision.engines.yunet import YuNet
from backend.vision.quality import assess
from backend.vision.track import overlap

YUNET = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def with_yunet(settings: Settings, test_data: Path) -> Settings:
    """Settings of a place where YuNet's weights are."""
    folder = models_folder(settings)
    folder.mkdir(parents=True)
    (folder / YUNET).write_bytes((test_data / "models" / YUNET).read_bytes())
    return settings


@pytest.fixture
def detector(with_yunet: Settings) -> YuNet:
    return open_yunet(with_yunet)


def read(test_data: Path, name: str, number: int = 1) -> np.ndarray:
    return cv2.imread(str(test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg"))


def test_yunet_serves_where_its_weights_are_and_hog_otherwise(settings, with_yunet) -> None:
    assert open_detector(with_yunet).name == "yunet"
    assert open_detector(with_yunet.but(detector="hog")).name == "hog"
    assert open_detector(settings.but(data_dir=settings.data_dir / "elsewhere")).name == "hog"


def test_who_asks_for_yunet_without_its_weights_is_told_what_to_do(settings: Settings) -> None:
    with pytest.raises(SettingError, match="run: python -m backend models fetch yunet") as error:
        open_detector(settings.but(detector="yunet"))
    assert error.value.code == "weights_missing"


def test_every_hog_finds_what_dlib_s_own_finds() -> None:
    """They are copies of one, since dlib takes a second to make it."""
    picture = cv2.imread(str(PROJECT_ROOT / "data" / "demo" / "pictures" / "grace-hopper-1.jpg"))
    rectangles, scores, _ = dlib.get_frontal_face_detector().run(for_dlib(picture), 0, 0.0)
    expected = [Detection((r.left(), r.top(), r.width(), r.height()), score)
                for r, score in zip(rectangles, scores, strict=True)]
    assert len(expected) == 1
    assert HogDetector().detect(picture) == HogDetector().detect(picture) == expected


def test_another_file_in_its_place_is_never_loaded(with_yunet, caplog) -> None:
    (models_folder(with_yunet) / YUNET).write_bytes(b"something else")
    with pytest.raises(SettingError, match="SHA-256"):
        open_detector(with_yunet.but(detector="yunet"))
    with caplog.at_level(logging.WARNING):
        assert open_detector(with_yunet).name == "hog"
    assert "HOG finds the faces" in caplog.text


@pytest.mark.parametrize("colour", [True, False], ids=["colour", "grey"])
def test_points_are_left_and_right_as_the_picture_shows_them(detector, test_data, colour) -> None:
    picture = read(test_data, "Angela_Bassett")
    if not colour:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    face = detector.detect(picture)[0]
    left_eye, right_eye, nose, left_mouth, right_mouth = face.points
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
    mirrored = detector.detect(np.ascontiguousarray(picture[:, ::-1]))[0]
    assert abs(249 - mirrored.points[1, 0] - left_eye[0]) < 4


def test_both_detectors_frame_the_same_faces(detector, test_data) -> None:
    for name in ("Angela_Bassett", "Bill_McBride", "Russell_Simmons"):
        picture = read(test_data, name)
        largest = max(DlibEngine().detect(picture), key=lambda face: face.box[2])
        assert overlap(detector.detect(picture)[0].box, largest.box) > 0.5


def test_a_face_is_as_wide_whichever_finds_it(detector, test_data, settings) -> None:
    by_hog, by_yunet = DlibEngine(), DlibEngine(detector=detector)
    shares = []
    for folder in sorted((test_data / "faces" / "lfw").iterdir())[::120]:
        picture = read(test_data, folder.name)
        found = by_hog.detect(picture), by_yunet.detect(picture)
        if [len(faces) for faces in found] == [1, 1]:
            one, other = (assess(picture, faces[0].box, engine.landmarks(picture, faces[0]), engine, settings).width_px
                          for engine, faces in zip((by_hog, by_yunet), found, strict=True))
            shares.append(other / one)
    assert len(shares) >= 8
    assert np.median(shares) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("size", [(1, 1), (15, 300), (17, 19), (321, 243), (2000, 100)])
def test_a_picture_of_any_size_is_searched(detector, size) -> None:
    assert detector.detect(np.full((*size, 3), 127, np.uint8)) == []


def test_small_faces_are_found_that_hog_cannot_see(detector, test_data) -> None:
    small = cv2.resize(read(test_data, "Angela_Bassett"), None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    (face,) = detector.detect(small)
    assert face.box[2] < 40
    assert DlibEngine().detect(small) == []


def test_embeddings_by_yunet_s_box_are_those_by_hog_s(detector, test_data) -> None:
    apart = []
    for folder in sorted((test_data / "faces" / "lfw").iterdir())[::180]:
        picture = read(test_data, folder.name)
        by_hog, by_yunet = DlibEngine(), DlibEngine(detector=detector)
        found = by_hog.detect(picture), by_yunet.detect(picture)
        if [len(faces) for faces in found] == [1, 1]:
            one, other = (engine.embed(picture, engine.landmarks(picture, faces[0]))
                          for engine, faces in zip((by_hog, by_yunet), found, strict=True))
            apart.append(float(np.linalg.norm(one - other)))
    assert len(apart) >= 5
    assert np.median(apart) < 0.06 and max(apart) < 0.15


def test_the_engine_sees_as_far_as_its_detector(with_yunet, settings) -> None:
    assert open_engine(with_yunet).smallest_face == YuNet.smallest_face
    assert open_engine(with_yunet.but(detector="hog")).smallest_face == HogDetector.smallest_face
