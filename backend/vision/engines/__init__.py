"""Engines find faces and turn them into embeddings; all behind one protocol."""

from backend.config import Settings
from backend.vision.engines.protocol import Detection, Engine

__all__ = ["Detection", "Engine", "open_engine"]


def open_engine(settings: Settings | None = None) -> Engine:
    """The engine in force. Cheap: weights are loaded at the first use, once a process.

    Without `settings` nothing is kept on the disk: dlib's HOG and its own slow embedding serve.
    Raises WeightsMissing and WeightsDamaged.
    """
    from backend.vision.engines.dlib_resnet import DlibEngine

    if settings is None:
        return DlibEngine()
    from backend.vision.engines.detectors import models_folder, open_detector

    return DlibEngine(models_folder(settings), settings.threads, open_detector(settings))
