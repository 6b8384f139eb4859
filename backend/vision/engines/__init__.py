"""Engines find faces and turn them into embeddings; all behind one protocol."""

from backend.vision.engines.protocol import Detection, Engine

__all__ = ["Detection", "Engine", "open_engine"]


def open_engine() -> Engine:
    """The engine in force. Cheap: weights are loaded at the first use, once a process."""
    from backend.vision.engines.dlib_resnet import DlibEngine

    return DlibEngine()
