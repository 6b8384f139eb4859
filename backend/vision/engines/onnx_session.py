"""Opens a network on ONNX Runtime, sparing with the machine's cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_session(model: Path | bytes, threads: int = 0) -> Any:
    """An `onnxruntime.InferenceSession` of a file or of its content. Threads may share it.

    `threads` 0 means one for each core. Raises ImportError where ONNX Runtime is missing, and
    whatever it says of a damaged model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A thread that spins for the next face takes the core from the camera.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options,
                                        providers=["CPUExecutionProvider"])
