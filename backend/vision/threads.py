"""Keeps the libraries that compute pictures to THREADS."""

from __future__ import annotations

import cv2

from backend.config import Settings


def limit_threads(settings: Settings) -> None:
    """OpenCV's own work and its networks, for this whole process.

    ONNX Runtime is told where a network is opened, dlib has one thread anyway.
    """
    if settings.threads:
        cv2.setNumThreads(settings.threads)
