"""Keeps the libraries that compute pictures to THREADS.

ONNX Runtime is told where a network is opened, dlib has one thread anyway. With THREADS=1 the whole of
vision is at home on one core: at most one embedding a frame, and frames that come meanwhile are left out.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from backend.config import Settings

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""What an operator tells numpy's matrix products by."""


def limit_threads(settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
    """OpenCV's own work and its networks (YuNet), and numpy's matrix products, for this whole process.

    Products take one thread whatever THREADS says, unless the environment does: a search of 1,000 people
    takes a fraction of a millisecond, and where other programs want the cores OpenBLAS' threads wait for
    each other for much longer than that (`benchmarks/recognition.py --only search`).
    """
    import cv2
    from threadpoolctl import threadpool_limits

    if settings.threads:
        cv2.setNumThreads(settings.threads)
    if not any(variable in environment for variable in _VARIABLES):
        threadpool_limits(1, user_api="blas")
