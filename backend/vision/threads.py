"""Keeps the libraries that compute pictures to THREADS.

ONNX Runtime is told where a network is opened, dlib has one thread anyway. With THREADS=1 the whole of
vision is at home on one core: at most one embedding a frame, and frames that come meanwhile are left out.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from backend.config import Settings

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What numpy's matrix products are told by, when numpy is loaded."""


def limit_threads(settings: Settings) -> None:
    """OpenCV's own work and its networks (YuNet), for this whole process."""
    import cv2

    if settings.threads:
        cv2.setNumThreads(settings.threads)


def limit_children(settings: Settings, environment: MutableMapping[str, str] = os.environ) -> None:
    """What processes that are started from now on find in their environment; whoever set it is obeyed."""
    if settings.threads:
        for variable in _VARIABLES:
            environment.setdefault(variable, str(settings.threads))
