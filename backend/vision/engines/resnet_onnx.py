"""dlib's ResNet on ONNX Runtime: twenty times as fast as in dlib-bin, and free of Python's global lock.

The graph is built once from the installed `.dat` and kept in `<DATA_DIR>/models`. It serves only
after one face gave the same vector as dlib's own network; until then, and where anything is
missing, dlib serves.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from backend.filelock import only_one
from backend.vision.engines import whole
from backend.vision.engines.onnx_session import open_session
from backend.vision.engines.resnet_graph import SIDE, VERSION

TOLERANCE = 1e-5
"""Largest difference of a component from dlib's vector; 4e-7 was measured."""


def cached(weights: Path, folder: Path) -> Path:
    """Where the graph of `weights` is kept: by content and version, so that nothing stale is used."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return folder / f"{digest}-{VERSION}.onnx"


def mark(target: Path) -> tuple[int, int] | None:
    """What tells the file at `target` from one that is put there later; None where there is none."""
    try:
        state = target.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns


def build(weights: Path, target: Path, instead_of: tuple[int, int] | None = None) -> None:
    """Build the graph of `weights` into `target`. Raises UnknownWeights, ImportError where the
    package onnx is missing, OSError.

    Of several processes that want to, one builds, and the others wait and take what it built:
    anything else at `target` than `instead_of` (`mark` of a file that was no good) stands.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with only_one(target):
        if mark(target) in (None, instead_of):
            whole.write(target, _serialised(weights))


def _serialised(weights: Path) -> bytes:
    from backend.vision.engines import resnet_graph, resnet_weights

    return resnet_graph.build(resnet_weights.read(weights))


class OnnxResNet:
    """The network, ready. Threads may share it."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        """`threads` 0 means one for each core. Raises ImportError where ONNX Runtime is missing,
        and whatever it says of a damaged file."""
        self._session = open_session(path, threads)

    def embed(self, chips: np.ndarray) -> np.ndarray:
        """`chips` RGB uint8 (n, 150, 150, 3); answers float32 (n, 128), not of unit length."""
        if chips.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"a chip is {SIDE} by {SIDE} in colour, not {chips.shape[1:]}")
        planes = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), np.float32)
        embeddings: np.ndarray = self._session.run(None, {"chips": planes})[0]
        return embeddings
