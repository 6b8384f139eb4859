"""Which detector serves: YuNet where its weights are there, dlib's HOG otherwise."""

from __future__ import annotations

import logging
from pathlib import Path

from backend.config import Settings
from backend.vision.engines import manifest, weights
from backend.vision.engines.hog import HogDetector
from backend.vision.engines.protocol import Detector
from backend.vision.engines.yunet import YuNet
from backend.vision.errors import WeightsDamaged, WeightsMissing

log = logging.getLogger(__name__)


def models_folder(settings: Settings) -> Path:
    """Where weights lie that somebody fetched, and networks that were built."""
    return settings.data_path / "models"


def open_detector(settings: Settings) -> Detector:
    """The detector that DETECTOR names. Raises WeightsMissing and WeightsDamaged where it names YuNet.

    With `auto` HOG serves where YuNet's file is not there, and where it is not the one that is meant:
    then the log says so.
    """
    if settings.detector == "hog":
        return HogDetector()
    try:
        return open_yunet(settings)
    except WeightsMissing:
        if settings.detector == "yunet":
            raise
    except WeightsDamaged as error:
        if settings.detector == "yunet":
            raise
        log.warning("dlib's HOG finds the faces: %s", error)
    return HogDetector()


def open_yunet(settings: Settings) -> YuNet:
    """YuNet with the weights in the models' folder. Raises WeightsMissing, WeightsDamaged."""
    content = weights.read_of(manifest.find(settings, "yunet", "detector"), models_folder(settings))
    return YuNet(content, settings.yunet_score)
