"""What a camera's thread needs of a place that frames come from."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Reader(Protocol):
    """An opened place; used by one thread."""

    def read(self) -> np.ndarray:
        """The next frame, BGR uint8 (h, w, 3), when it is due; a new array each time.

        Raises SourceLost where the place fails, SourceEnded at the end of what plays once.
        """

    def close(self) -> None:
        """Let go of the device or file; a second call does nothing."""
