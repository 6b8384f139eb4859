"""An engine of YuNet and an embedder on ONNX Runtime, which its manifest describes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from backend.errors import SettingError
from backend.vision.engines import weights
from backend.vision.engines.align import crop
from backend.vision.engines.manifest import Manifest
from backend.vision.engines.onnx_session import open_session
from backend.vision.engines.protocol import Detection, Detector
from backend.vision.errors import WeightsDamaged
from backend.vision.landmarks import Landmarks, Layout

_UPRIGHT = np.array([(0.3246, 0.3084), (0.6754, 0.3065), (0.5011, 0.5079), (0.3570, 0.7132), (0.6475, 0.7116)],
                    np.float32)
"""Where the five points go in a chip for quality measures, in shares of its side: ArcFace's five,
scaled and moved so that the eyes stand where dlib's chip has them. So sharpness and brightness
mean the same with every engine."""


class OnnxEngine:
    """For one thread, because of its detector; the network itself may be shared."""

    def __init__(self, manifest: Manifest, models: Path, detector: Detector, threads: int = 0) -> None:
        """`manifest` is of an embedder; `models` the folder with its weights; `detector` tells
        points; `threads` 0 means one for each core."""
        assert manifest.engine and manifest.feed and manifest.operating
        self.name = manifest.engine
        self.dimension = manifest.feed.dimension
        self.operating = manifest.operating
        self.detector = detector
        self.smallest_face = detector.smallest_face
        self.wants_colour = detector.wants_colour
        self._manifest = manifest
        self._feed = manifest.feed
        self._path = models / manifest.file
        self._threads = threads
        self._points = np.array(manifest.feed.alignment, np.float32)

    def load(self) -> None:
        """Raises WeightsMissing, WeightsDamaged, and SettingError where ONNX Runtime is missing."""
        self.detector.load()
        _ = self._session

    @property
    def runtime_state(self) -> str:
        """Why it is as it is, in words."""
        return (f"{self._manifest.title} runs on ONNX Runtime" + (
            "; its thresholds are an estimate: measure them with your own pictures"
            if self._manifest.estimated else ""))

    def wait_for_runtime(self, seconds: float | None = None) -> str:
        """Nothing faster is ever being prepared."""
        return "onnx"

    @cached_property
    def _session(self) -> Any:
        manifest = self._manifest
        content = weights.read_of(manifest, self._path.parent)
        try:
            session = open_session(content, self._threads)
            _check(session, manifest)
        except ImportError as error:
            raise SettingError(f"the package {error.name} is not installed; run: pip install -r "
                               "requirements.txt, or set ENGINE=dlib") from None
        except Exception as error:  # whatever the runtime says of a network that it cannot run
            raise WeightsDamaged(f"{self._path.name} cannot be run: {' '.join(str(error).split())[:200]}") from None
        return session

    def detect(self, picture: np.ndarray) -> list[Detection]:
        return self.detector.detect(picture)

    def landmarks(self, picture: np.ndarray, found: Detection) -> Landmarks:
        if found.points is None:
            raise ValueError(f"{self.name} needs the points of its own detector")
        return Landmarks(found.points, Layout.MOUTH_CORNERS)

    def embed(self, picture: np.ndarray, landmarks: Landmarks, mirrored: bool = False) -> np.ndarray:
        face = self._crop(picture, landmarks)
        if self._feed.batch == 2:  # both sides cost no more than one of them
            return self._run([face, face[:, ::-1]])[int(mirrored)]
        return self._run([face[:, ::-1] if mirrored else face])[0]

    def embed_both(self, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
        face = self._crop(picture, landmarks)
        return self._run([face, face[:, ::-1]])

    def chip(self, picture: np.ndarray, landmarks: Landmarks, size: int) -> np.ndarray:
        return crop(picture, landmarks.points, _UPRIGHT * size, size)

    def _crop(self, picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
        face = crop(picture, landmarks.points, self._points, self._feed.side)
        return cv2.cvtColor(face, cv2.COLOR_BGR2RGB) if self._feed.colour == "rgb" else face

    def _run(self, faces: list[np.ndarray]) -> np.ndarray:
        """(len(faces), dimension) float32 of unit length."""
        batch = self._feed.batch or len(faces)
        filled = [*faces, *[faces[-1]] * (-len(faces) % batch)]
        planes = ((np.stack(filled).astype(np.float32) - self._feed.mean) / self._feed.divisor).transpose(0, 3, 1, 2)
        name = self._feed.name or self._session.get_inputs()[0].name
        outputs = None if self._feed.output is None else [self._feed.output]
        found = [self._session.run(outputs, {name: np.ascontiguousarray(planes[start:start + batch])})[0]
                 for start in range(0, len(filled), batch)]
        vectors = np.concatenate(found).reshape(len(filled), self.dimension)[:len(faces)]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


def _check(session: Any, manifest: Manifest) -> None:
    """Raises ValueError where the network is not as its manifest says: better now than at the first face."""
    feed = manifest.feed
    assert feed is not None
    entries = {entry.name for entry in session.get_inputs()}
    if feed.name is not None and feed.name not in entries:
        raise ValueError(f"its inputs are {', '.join(sorted(entries))}, not {feed.name}")
    if feed.name is None and len(entries) != 1:
        raise ValueError("it has several inputs, and the manifest names none")
    batch = feed.batch or 1
    blank = np.zeros((batch, 3, feed.side, feed.side), np.float32)
    outputs = None if feed.output is None else [feed.output]
    (found, *_) = session.run(outputs, {feed.name or next(iter(entries)): blank})
    if found.size != batch * feed.dimension:
        raise ValueError(f"it gives {found.size // batch} numbers a face, not {feed.dimension}")
