"""Brings the fast ResNet into service, once a process, while dlib's own serves.

Where the graph is kept already it is opened at once; otherwise a thread builds it. Either way
one bundled face decides: the same vector as dlib's, or dlib goes on serving.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from backend.errors import FaceAttendanceError
from backend.vision.engines import resnet_onnx
from backend.vision.engines.resnet_onnx import TOLERANCE, OnnxResNet

log = logging.getLogger(__name__)

_AT_EXIT = 6.0
"""Seconds that a process waits at its end for a build that goes on: usually it takes two or three. Less
than what `serve` gives its children for a clean end."""

NOT_ASKED = "no folder for models was named"


class Hastening:
    """`network` is None until the fast one has proved itself; `state` says why in words."""

    def __init__(self, weights: Path, folder: Path | None, threads: int, chip: Callable[[], np.ndarray],
                 reference: Callable[[np.ndarray], np.ndarray]) -> None:
        """`chip` gives the face to compare with, RGB uint8 (150, 150, 3); `reference` is dlib's
        own embedding of it, float32 (128,)."""
        self.network: OnnxResNet | None = None
        self.state = NOT_ASKED
        self._weights = weights
        self._folder = folder
        self._threads = threads
        self._chip = chip
        self._reference = reference
        self._thread: threading.Thread | None = None
        self._over = False

    def begin(self) -> None:
        """Open what is there, or start building; returns soon."""
        if self._folder is None:
            return
        target = resnet_onnx.cached(self._weights, self._folder)
        if target.is_file():
            self._serve(target, may_build=True)
        else:
            self._build_aside(target)

    def wait(self, seconds: float | None = None) -> None:
        """Until a build that has begun is through."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _build_aside(self, target: Path, instead_of: tuple[int, int] | None = None) -> None:
        self.state = "the fast network is being built"
        self._thread = threading.Thread(target=self._build, args=(target, instead_of), name="resnet", daemon=True)
        self._thread.start()
        # A short command ends before the build: a thread that comes back from dlib's or the runtime's own
        # code into an interpreter that is being taken down would abort the process.
        atexit.register(self._end)

    def _end(self) -> None:
        self._over = True
        self.wait(_AT_EXIT)

    def _build(self, target: Path, instead_of: tuple[int, int] | None) -> None:
        try:
            resnet_onnx.build(self._weights, target, instead_of)
        except ImportError as error:
            self._give_up(f"the package {error.name} is not installed")
        except OSError as error:
            self._give_up(f"{target.parent} cannot be written: {error.strerror}")
        except FaceAttendanceError as error:
            self._give_up(str(error))
        else:
            if not self._over:
                self._serve(target, may_build=False)

    def _serve(self, target: Path, *, may_build: bool) -> None:
        looked_at = resnet_onnx.mark(target)
        try:
            network = OnnxResNet(target, self._threads)
            chip = self._chip()
            difference = float(np.abs(network.embed(chip[None])[0] - self._reference(chip)).max())
        except ImportError as error:
            self._give_up(f"the package {error.name} is not installed")
            return
        except Exception as error:  # whatever the runtime says of a file that it cannot use
            self._renew(target, looked_at, f"{target.name} cannot be used: {error}", may_build)
            return
        if not difference < TOLERANCE:
            self._renew(target, looked_at, f"its vectors differ from dlib's by {difference:.1e}", may_build)
            return
        self.state = "its network runs on ONNX Runtime"
        self.network = network

    def _renew(self, target: Path, looked_at: tuple[int, int] | None, why: str, may_build: bool) -> None:
        """A file that is damaged, or not ours, is built anew, once."""
        if may_build:
            log.warning("the fast network is built anew: %s", why)
            self._build_aside(target, looked_at)
        else:
            self._give_up(why)

    def _give_up(self, why: str) -> None:
        self.state = f"dlib's own network serves, twenty times slower: {why}"
        log.warning("%s", self.state)
