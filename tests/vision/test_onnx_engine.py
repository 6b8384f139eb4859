"""Engines by manifest: fed as their makers feed them, and never run on another file than the one meant."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from backend.config import Settings
from backend.errors import SettingError
from backend.vision.decide import Judge
from backend.vision.engines import engine_name, manifest, open_engine, operating_of
from backend.vision.engines.align import crop
from backend.vision.engines.detectors import models_folder
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.engines.onnx_embedder import OnnxEngine
from backend.vision.engines.yunet import YuNet
from backend.vision.pictures import LocalPictures, mirrored_mean
from tests.vision.conftest import MemoryGallery, person
from tests.vision.film import Film, enrol_from

MOBILE = "mobilefacenet_192_batch2.onnx"
YUNET = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def models(settings: Settings, test_data: Path) -> Path:
    """The folder of models, with YuNet and MobileFaceNet."""
    folder = models_folder(settings)
    folder.mkdir(parents=True)
    for name in (YUNET, MOBILE):
        (folder / name).write_bytes((test_data / "models" / name).read_bytes())
    return folder


@pytest.fixture
def mobile(settings: Settings, models: Path) -> OnnxEngine:
    engine = open_engine(settings.but(engine="mobilefacenet", threads=1))
    engine.load()
    return engine


def read(test_data: Path, name: str, number: int = 1) -> np.ndarray:
    return cv2.imread(str(test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg"))


def embedding(engine, picture: np.ndarray) -> np.ndarray:
    return mirrored_mean(engine, picture, engine.landmarks(picture, engine.detect(picture)[0]))


def small_network(path: Path, side: int = 112, dimension: int = 128) -> str:
    """Writes a network that a pixel cannot change without changing its answer; its SHA-256."""
    from onnx import helper, numpy_helper

    weights = np.random.default_rng(4).normal(size=(3 * (side // 8) ** 2, dimension)).astype(np.float32)
    nodes = [helper.make_node("AveragePool", ["data"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
             helper.make_node("Flatten", ["pooled"], ["flat"]),
             helper.make_node("MatMul", ["flat", "weights"], ["fc1"])]
    graph = helper.make_graph(nodes, "small", [helper.make_tensor_value_info("data", 1, [1, 3, side, side])],
                              [helper.make_tensor_value_info("fc1", 1, [1, dimension])],
                              [numpy_helper.from_array(weights, "weights")])
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8).SerializeToString()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def own_manifest(folder: Path, **changes) -> Path:
    """SFace's manifest under another name, in the folder of models."""
    content = yaml.safe_load((manifest.SHIPPED / "sface.yaml").read_text())
    content |= {"name": "ours", "file": "ours.onnx", "size": None, **changes}
    path = folder / "ours.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_sface_is_fed_exactly_as_opencv_feeds_it(settings, models, test_data) -> None:
    """A stand-in network tells the two ways of feeding apart; SFace's own weights would only blur them."""
    digest = small_network(models / "ours.onnx")
    own_manifest(models, sha256=digest)
    engine = open_engine(settings.but(engine="ours"))
    by_opencv = cv2.FaceRecognizerSF.create(str(models / "ours.onnx"), "")
    for name in ("Angela_Bassett", "Bill_McBride", "Russell_Simmons"):
        picture = read(test_data, name)
        face = engine.detect(picture)[0]
        row = np.float32([[*face.box, *face.points.ravel(), face.score]])
        theirs = by_opencv.alignCrop(picture, row)
        ours = crop(picture, face.points, np.float32(engine._feed.alignment), 112)
        assert np.abs(theirs.astype(int) - ours).max() <= 2 and (theirs != ours).mean() < 0.01
        expected = by_opencv.feature(theirs)[0]
        found = engine.embed(picture, engine.landmarks(picture, face))
        assert np.abs(found - expected / np.linalg.norm(expected)).max() < 1e-3


def test_one_person_is_near_and_two_are_far(mobile, test_data) -> None:
    names = ("Angela_Bassett", "Bill_McBride", "Russell_Simmons")
    vectors = {name: [embedding(mobile, read(test_data, name, number)) for number in (1, 2)] for name in names}
    limit = mobile.operating.threshold(100, None, 0.001)
    for name, (one, again) in vectors.items():
        assert one.shape == (192,) and abs(np.linalg.norm(one) - 1) < 1e-5
        assert np.linalg.norm(one - again) < mobile.operating.ceiling
        assert all(np.linalg.norm(one - other) > limit for there in names if there != name for other in vectors[there])


def test_face_and_mirror_image_go_through_a_network_of_two_at_once(mobile, test_data) -> None:
    picture = read(test_data, "Angela_Bassett")
    points = mobile.landmarks(picture, mobile.detect(picture)[0])
    both = mobile.embed_both(picture, points)
    np.testing.assert_allclose(mobile.embed(picture, points), both[0], atol=1e-6)
    np.testing.assert_allclose(mobile.embed(picture, points, mirrored=True), both[1], atol=1e-6)
    assert np.linalg.norm(both[0] - both[1]) > 0.05


def test_dlib_gives_the_same_at_once_as_one_after_the_other(engine, test_data) -> None:
    picture = read(test_data, "Angela_Bassett")
    points = engine.landmarks(picture, engine.detect(picture)[0])
    both = engine.embed_both(picture, points)
    np.testing.assert_allclose(engine.embed(picture, points), both[0], atol=1e-5)
    np.testing.assert_allclose(engine.embed(picture, points, mirrored=True), both[1], atol=1e-5)


def test_sharpness_means_the_same_with_either_engine(mobile, test_data) -> None:
    dlib, ratios = DlibEngine(detector=mobile.detector), []
    for folder in sorted((test_data / "faces" / "lfw").iterdir())[::90]:
        picture = read(test_data, folder.name)
        if faces := mobile.detect(picture):
            chips = [engine.chip(picture, engine.landmarks(picture, faces[0]), 80) for engine in (dlib, mobile)]
            one, other = (cv2.Laplacian(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var() for chip in chips)
            ratios.append(other / one)
    assert 0.8 < np.median(ratios) < 1.25


def test_pictures_are_read_and_people_recognised(settings, models, mobile, test_data) -> None:
    chosen, gallery = settings.but(engine="mobilefacenet", threads=1), MemoryGallery()
    pictures = LocalPictures(chosen, gallery, mobile)

    def look(name: str, number: int):
        file = test_data / "faces" / "lfw" / name / f"{name}_{number:04d}.jpg"
        reading = pictures.read(file.read_bytes())
        assert reading.engine == "mobilefacenet-v1"
        return reading.faces[0]

    names = ("Russell_Simmons", "Angela_Bassett", "Bill_McBride")
    for name in names:
        gallery.add(name, *(face.template for face in (look(name, number) for number in (1, 2, 3))
                            if face.template is not None))
    seen = {name: look(name, 4) for name in names}
    fit = [name for name in names if seen[name].quality.ok]
    assert fit and all(seen[name].decision.accepted and seen[name].decision.person == person(name) for name in fit)
    assert not look("Arnoldo_Aleman", 1).decision.accepted


def test_a_head_before_a_camera_is_told_by_name(settings, models, mobile, clips) -> None:
    gallery = MemoryGallery()
    enrol_from(gallery, "woman_turns", clips("woman_turns"), mobile)
    film = Film(settings.but(engine="mobilefacenet", threads=1), gallery, mobile)
    before = 0.0
    for at, frame in clips("woman_turns")[:100]:
        film.show(frame, at - before)
        before = at
    (sighting,) = film.sightings
    assert sighting.person == person("woman_turns") and film.refusals == []


def test_each_engine_has_thresholds_and_a_name_of_its_own(settings, mobile) -> None:
    chosen = settings.but(engine="mobilefacenet")
    assert (engine_name(chosen), engine_name(settings)) == ("mobilefacenet-v1", "dlib-resnet-v1")
    assert operating_of(settings, "mobilefacenet-v1") == mobile.operating
    with pytest.raises(SettingError, match=r"MATCH_THRESHOLD 1\.2 is above 1"):
        Judge(chosen.but(match_threshold=1.2), mobile)
    with pytest.raises(SettingError, match="no engine arcface-v9"):
        operating_of(settings, "arcface-v9")


def test_an_engine_without_its_weights_says_how_to_get_them(settings, models) -> None:
    engine = open_engine(settings.but(engine="sface"))
    with pytest.raises(SettingError, match="run: python -m backend models fetch sface") as error:
        engine.load()
    assert error.value.code == "weights_missing"


def test_another_file_than_the_one_meant_is_refused(settings, models) -> None:
    (models / MOBILE).write_bytes((models / MOBILE).read_bytes() + b"x")
    with pytest.raises(SettingError, match="SHA-256") as error:
        open_engine(settings.but(engine="mobilefacenet")).load()
    assert error.value.code == "weights_damaged"


def test_weights_without_a_confirmed_digest_are_never_loaded(settings, models) -> None:
    small_network(models / "ours.onnx")
    path = own_manifest(models, sha256=None)
    with pytest.raises(SettingError, match=f"not confirmed: .* as sha256 in {path}"):
        open_engine(settings.but(engine="ours")).load()


def test_a_network_that_is_not_as_its_manifest_says_is_refused_at_the_start(settings, models) -> None:
    own_manifest(models, sha256=small_network(models / "ours.onnx", dimension=64))
    with pytest.raises(SettingError, match=r"ours\.onnx cannot be run: it gives 64 numbers a face, not 128"):
        open_engine(settings.but(engine="ours")).load()


def test_an_engine_that_nobody_knows_and_one_without_its_detector_stop_the_start(settings, models) -> None:
    with pytest.raises(SettingError, match="no embedder named arcface; there are: mobilefacenet, sface"):
        open_engine(settings.but(engine="arcface"))
    with pytest.raises(SettingError, match="no embedder named yunet"):
        open_engine(settings.but(engine="yunet"))
    with pytest.raises(SettingError, match="needs the points that YuNet tells"):
        open_engine(settings.but(engine="mobilefacenet", detector="hog"))


def test_what_the_engine_says_of_itself(settings, models, mobile) -> None:
    assert mobile.runtime_state == "MobileFaceNet runs on ONNX Runtime"
    assert "its thresholds are an estimate" in open_engine(settings.but(engine="sface")).runtime_state
    assert isinstance(mobile.detector, YuNet) and mobile.wait_for_runtime() == "onnx"
