"""dlib's network on ONNX Runtime: the same vectors, built once, and never in the way."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from backend.config import PROJECT_ROOT
from backend.vision.engines import dlib_resnet, hastening, resnet_onnx, resnet_weights
from backend.vision.engines.dlib_resnet import DlibEngine
from backend.vision.engines.hastening import Hastening
from backend.vision.engines.protocol import Detection
from backend.vision.engines.resnet_onnx import OnnxResNet
from backend.vision.engines.resnet_weights import UnknownWeights

WEIGHTS = dlib_resnet._locate(dlib_resnet._RESNET)


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fast network, built once for all of these tests."""
    target = resnet_onnx.cached(WEIGHTS, tmp_path_factory.mktemp("models"))
    resnet_onnx.build(WEIGHTS, target)
    return target


@pytest.fixture
def kept(graph: Path, tmp_path: Path) -> Path:
    """A folder of models that holds the fast network."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / graph.name).write_bytes(graph.read_bytes())
    return folder


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not loaded anything yet."""
    monkeypatch.setattr(dlib_resnet, "_hastened", {})


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (150, 150, 3), np.uint8)


def by_dlib(chip: np.ndarray) -> np.ndarray:
    return DlibEngine()._embed_by_dlib(chip)


def test_a_hundred_faces_have_the_vectors_that_dlib_gives(graph: Path, test_data: Path) -> None:
    """A hundred, since dlib's own network takes up to a quarter of a second a face."""
    pictures = sorted((test_data / "faces" / "lfw").glob("*/*_0001.jpg"))[::15][:100]
    assert len(pictures) == 100
    network, engine = OnnxResNet(graph), DlibEngine()
    worst = 0.0
    for path in pictures:
        picture = cv2.imread(str(path))
        found = engine.detect(picture)
        face = found[0] if found else Detection((70, 70, 110, 110), 0.0)
        chip = np.ascontiguousarray(engine.chip(picture, engine.landmarks(picture, face), 150)[:, :, ::-1])
        worst = max(worst, float(np.abs(network.embed(chip[None])[0] - by_dlib(chip)).max()))
    assert worst < 1e-5


def test_several_faces_at_once_are_as_good_as_one_after_the_other(graph: Path) -> None:
    network = OnnxResNet(graph, threads=1)
    chips = np.stack([noise(seed) for seed in range(5)])
    single = np.stack([network.embed(chip[None])[0] for chip in chips])
    assert np.abs(network.embed(chips) - single).max() < 1e-5


@pytest.mark.usefixtures("anew")
def test_dlib_serves_until_the_fast_network_has_been_built(tmp_path: Path, monkeypatch) -> None:
    may_go_on = threading.Event()
    build = resnet_onnx.build

    def slowly(weights: Path, target: Path, instead_of=None) -> None:
        may_go_on.wait(60)
        build(weights, target, instead_of)

    monkeypatch.setattr(hastening.resnet_onnx, "build", slowly)
    engine = DlibEngine(tmp_path / "models")
    engine.load()
    picture = cv2.imread(str(dlib_resnet._A_FACE))
    points = engine.landmarks(picture, engine.detect(picture)[0])
    before = engine.embed(picture, points)
    assert (engine.runtime, engine.runtime_state) == ("dlib", "the fast network is being built")
    may_go_on.set()
    assert engine.wait_for_runtime(60) == "onnx"
    assert np.abs(engine.embed(picture, points) - before).max() < 1e-5
    assert sorted(path.suffix for path in (tmp_path / "models").iterdir()) == [".lock", ".onnx"]


@pytest.mark.usefixtures("anew")
def test_what_is_kept_serves_from_the_first_face(kept: Path, monkeypatch) -> None:
    monkeypatch.setattr(hastening.resnet_onnx, "build", pytest.fail)
    engine = DlibEngine(kept)
    engine.load()
    assert engine.runtime == "onnx"


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("harm", [lambda file: file.write_bytes(file.read_bytes()[:100_000]),
                                  lambda file: file.write_bytes(b"")], ids=["cut off", "empty"])
def test_a_damaged_file_is_built_anew(kept: Path, harm) -> None:
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    harm(file)
    engine = DlibEngine(kept)
    engine.load()
    assert engine.wait_for_runtime(60) == "onnx"
    assert len(file.read_bytes()) == len(whole)


BUILD = """
import sys
from pathlib import Path
from backend.vision.engines import dlib_resnet, resnet_graph, resnet_onnx
target, begun = Path(sys.argv[1]), Path(sys.argv[2])
build = resnet_graph.build
def noted(network):
    begun.open("a").write("built\\n")
    return build(network)
resnet_graph.build = noted
resnet_onnx.build(dlib_resnet._locate(dlib_resnet._RESNET), target)
assert target.is_file()
"""


def test_of_two_processes_that_start_at_once_one_builds(graph: Path, tmp_path: Path) -> None:
    target = tmp_path / "models" / graph.name
    both = [subprocess.Popen([sys.executable, "-c", BUILD, target, tmp_path / "begun"], cwd=PROJECT_ROOT)
            for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert (tmp_path / "begun").read_text() == "built\n"
    assert target.read_bytes() == graph.read_bytes()


def test_what_another_process_built_meanwhile_is_not_built_again(kept: Path, monkeypatch) -> None:
    (file,) = kept.iterdir()
    bad = resnet_onnx.mark(file)
    good = file.read_bytes()
    file.with_suffix(".new").write_bytes(good)
    file.with_suffix(".new").replace(file)
    monkeypatch.setattr(resnet_onnx, "_serialised", pytest.fail)
    resnet_onnx.build(WEIGHTS, file, instead_of=bad)
    assert file.read_bytes() == good


def test_a_network_that_gives_other_vectors_never_serves(kept: Path) -> None:
    fast = Hastening(WEIGHTS, kept, 1, noise, lambda chip: by_dlib(chip) + np.float32(2e-5))
    fast.begin()
    fast.wait(60)
    assert fast.network is None
    assert "differ from dlib's" in fast.state


def test_without_the_runtime_dlib_serves_and_says_why(kept: Path, monkeypatch) -> None:
    def missing(*_: object) -> None:
        raise ImportError("No module named 'onnxruntime'", name="onnxruntime")

    monkeypatch.setattr(hastening, "OnnxResNet", missing)
    fast = Hastening(WEIGHTS, kept, 1, noise, by_dlib)
    fast.begin()
    assert fast.network is None
    assert fast.state.endswith("slower: the package onnxruntime is not installed")


def test_a_folder_that_cannot_be_written_leaves_dlib_serving(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    fast = Hastening(WEIGHTS, tmp_path / "models", 1, noise, by_dlib)
    fast.begin()
    fast.wait(60)
    assert fast.network is None
    assert "cannot be written" in fast.state


@pytest.mark.parametrize("content", [b"", b"something else", None], ids=["empty", "text", "cut off"])
def test_another_network_s_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "network.dat"
    file.write_bytes(WEIGHTS.read_bytes()[:1_000_000] if content is None else content)
    with pytest.raises(UnknownWeights, match="not the one of dlib"):
        resnet_weights.read(file)
