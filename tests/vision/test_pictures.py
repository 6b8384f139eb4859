"""Still pictures of real people: found, measured, recognised, refused, with the reason told."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.config import PROJECT_ROOT
from backend.errors import SettingError
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.engines.yunet import YuNet
from backend.vision.pictures import LocalPictures, find_faces
from backend.vision.results import Outcome, Reason
from tests.vision.conftest import STAFF, MemoryGallery, person
from tests.vision.scenes import png, read, scene
from tests.vision.test_decoding import with_orientation


@pytest.fixture
def pictures(settings, staff, engine) -> LocalPictures:
    return LocalPictures(settings, staff, engine)


def only(reading):
    assert len(reading.faces) == 1
    return reading.faces[0]


@pytest.mark.parametrize("name", STAFF)
def test_an_enrolled_person_is_known_by_a_picture_never_seen_before(name, pictures, lfw):
    face = only(pictures.read(lfw(name, 4)))
    assert face.decision.accepted and face.decision.person == person(name)
    assert face.decision.distance < face.decision.threshold < 0.33
    assert face.decision.runner_up_distance - face.decision.distance >= 0.06
    assert 0.5 < face.decision.confidence <= 1


@pytest.mark.parametrize("stranger", ["Hillary_Clinton", "Gray_Davis", "Andy_Roddick", "Tang_Jiaxuan"])
def test_a_stranger_is_refused_and_the_reason_told(stranger, pictures, lfw):
    decision = only(pictures.read(lfw(stranger))).decision
    assert (decision.outcome, decision.reason) == (Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH)
    assert decision.distance > decision.threshold and decision.confidence < 0.5


def test_with_nobody_enrolled_the_reason_is_the_empty_gallery(reader, lfw):
    face = only(reader.read(lfw("Russell_Simmons")))
    assert face.decision.reason is Reason.GALLERY_EMPTY
    assert abs(np.linalg.norm(face.template) - 1) < 1e-5
    assert (face.template.shape, face.template.dtype) == ((128,), np.float32)


def test_a_reading_travels_between_processes(reader, lfw):
    reading = reader.read(lfw("Russell_Simmons"))
    again = pickle.loads(pickle.dumps(reading))
    assert (again.width, again.height, again.engine) == (250, 250, "dlib-resnet-v1")
    assert np.array_equal(again.faces[0].template, reading.faces[0].template)


def test_a_picture_without_a_face_has_none(reader):
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    assert reader.read(png(noise)).faces == ()


def test_several_faces_come_largest_first_each_with_its_name(pictures, lfw):
    near = cv2.resize(read(lfw("Russell_Simmons", 4)), None, fx=1.4, fy=1.4)
    far = read(lfw("Hillary_Clinton"))
    reading = pictures.read(png(scene((near, 0, 40), (far, 380, 100))))
    assert [face.decision.reason for face in reading.faces] == [Reason.MATCHED, Reason.NOBODY_NEAR_ENOUGH]
    assert reading.faces[0].box[2] > reading.faces[1].box[2]


def test_a_person_is_never_two_faces_of_one_picture(pictures, lfw):
    one, other = read(lfw("Russell_Simmons", 4)), read(lfw("Russell_Simmons", 2))
    reading = pictures.read(png(scene((one, 20, 40), (other, 340, 100))))
    reasons = sorted(face.decision.reason for face in reading.faces)
    assert reasons == [Reason.ALREADY_IN_VIEW, Reason.MATCHED]


def test_a_picture_taken_with_the_phone_on_its_side_is_read_upright(pictures, lfw):
    lying = cv2.rotate(read(lfw("Russell_Simmons", 4)), cv2.ROTATE_90_COUNTERCLOCKWISE)
    jpeg = cv2.imencode(".jpg", lying, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    assert pictures.read(jpeg).faces == ()
    assert only(pictures.read(with_orientation(jpeg, 6))).decision.accepted


def test_a_large_photograph_is_searched_at_a_size_that_is_enough(pictures, lfw):
    large = cv2.resize(read(lfw("Russell_Simmons", 4)), (3000, 3000), interpolation=cv2.INTER_CUBIC)
    face = only(pictures.read(cv2.imencode(".jpg", large)[1].tobytes()))
    assert face.quality.width_px > 1000 and face.decision.accepted


def test_a_face_that_fills_a_phone_s_picture_is_found_by_yunet_too(test_data):
    yunet = YuNet((test_data / "models" / "face_detection_yunet_2023mar.onnx").read_bytes())
    engine = DlibEngine(detector=yunet)
    missed = []
    for folder in sorted((test_data / "faces" / "lfw").iterdir())[::80]:
        picture = cv2.imread(str(min(folder.glob("*.jpg"))))
        large = cv2.resize(picture, (2400, 2400), interpolation=cv2.INTER_CUBIC)
        if not any(found.box[2] > 600 for found in find_faces(engine, large)):
            missed.append(folder.name)
    assert missed == []


@pytest.mark.parametrize("shape", [(1, 8000), (9000, 2), (3, 3)])
def test_a_picture_that_is_a_line_has_no_face(shape, pictures):
    assert pictures.read(png(np.full((*shape, 3), 127, np.uint8))).faces == ()


def spoilt(name: str, picture: np.ndarray) -> np.ndarray:
    if name == "small":
        return cv2.resize(picture, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    if name == "blurred":
        return cv2.GaussianBlur(picture, (0, 0), 3)
    return (picture * 0.2).astype(np.uint8)


@pytest.mark.parametrize(("fault", "reason"), [
    ("small", Reason.TOO_SMALL), ("blurred", Reason.BLURRED), ("dark", Reason.TOO_DARK)])
def test_a_poor_face_is_not_compared_and_says_what_is_wrong(fault, reason, pictures, lfw):
    face = only(pictures.read(png(spoilt(fault, read(lfw("Bill_McBride", 4))))))
    assert reason in face.quality.reasons and not face.quality.ok
    assert face.template is None
    assert face.decision.outcome is Outcome.UNCERTAIN
    assert face.decision.reason in face.quality.reasons
    assert face.decision.reason.text.endswith(".")


def test_a_threshold_from_the_tutorials_stops_the_start(settings, engine):
    with pytest.raises(SettingError, match=r"MATCH_THRESHOLD 0.6 is above 0.42.*unit-length"):
        LocalPictures(settings.but(match_threshold=0.6), MemoryGallery(), engine)


def test_match_threshold_only_ever_makes_it_stricter(settings, staff, engine, lfw):
    strict = LocalPictures(settings.but(match_threshold=0.05), staff, engine)
    assert only(strict.read(lfw("Russell_Simmons", 4))).decision.threshold == 0.05
    generous = LocalPictures(settings.but(match_threshold=0.42), staff, engine)
    assert only(generous.read(lfw("Russell_Simmons", 4))).decision.threshold < 0.33


def test_the_68_point_file_is_not_needed_so_never_opened(tmp_path: Path, test_data):
    """The whole reading runs against a package of weights that lacks it, and dlib's CNN detector."""
    package = tmp_path / "face_recognition_models"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    for name in ("shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"):
        os.symlink(str(files("face_recognition_models") / "models" / name), package / "models" / name)
    program = (
        "import sys, pathlib, face_recognition_models\n"
        f"assert face_recognition_models.__file__.startswith({str(tmp_path)!r})\n"
        "from backend.config import load\n"
        "from backend.vision.pictures import LocalPictures\n"
        "from tests.vision.conftest import MemoryGallery\n"
        "reader = LocalPictures(load({}, {}, []), MemoryGallery())\n"
        "print(len(reader.read(pathlib.Path(sys.argv[1]).read_bytes()).faces))\n")
    picture = test_data / "faces" / "lfw" / "Russell_Simmons" / "Russell_Simmons_0001.jpg"
    done = subprocess.run(
        [sys.executable, "-c", program, str(picture)], capture_output=True, text=True, timeout=60,
        cwd=PROJECT_ROOT, env={**os.environ, "PYTHONPATH": f"{tmp_path}:{PROJECT_ROOT}"})
    assert done.stdout.strip() == "1", done.stderr


def test_missing_weights_are_one_clear_line(tmp_path: Path):
    package = tmp_path / "face_recognition_models"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    program = ("from backend.vision.engines import open_engine\n"
               "from backend.vision.errors import WeightsMissing\n"
               "try:\n    open_engine().load()\nexcept WeightsMissing as error:\n    print(error)\n")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60,
        cwd=PROJECT_ROOT, env={**os.environ, "PYTHONPATH": f"{tmp_path}:{PROJECT_ROOT}"})
    assert "pip install -r requirements.txt" in done.stdout, done.stderr
