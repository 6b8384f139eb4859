"""MiniFASNetV2: how much a face looks like skin rather than paper or a screen.

The network of Silent-Face-Anti-Spoofing (Apache-2.0): a picture of 2.7 times the face's box, 80×80,
blue-green-red with values from 0 to 255 (another order or scale gives nonsense), three classes of
which the one with index 1 is "live". Its weights are optional (manifest `minifasnet`).
"""

from __future__ import annotations

import cv2
import numpy as np

from backend.vision.results import Box

_AROUND = 2.7
_SIDE = 80
_LIVE = 1


class MiniFASNet:
    """For one thread at a time. Takes about 4 ms a face on one core."""

    def __init__(self, weights: bytes, threads: int = 1) -> None:
        """`weights` is the content of the file that the manifest `minifasnet` names."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def score(self, frame: np.ndarray, box: Box) -> float:
        """0 to 1: the share of "live" for the face in `box` of `frame` (BGR uint8, (h, w, 3))."""
        planes = crop(frame, box).astype(np.float32).transpose(2, 0, 1)[None]
        logits = self._session.run(None, {self._input: planes})[0][0].astype(np.float64)
        shares = np.exp(logits - logits.max())
        return float(shares[_LIVE] / shares.sum())


def crop(frame: np.ndarray, box: Box) -> np.ndarray:
    """(80, 80, 3): 2.7 times the box. As in the original, a region that would reach over the edge is
    smaller where the frame is, and otherwise moved inward, never padded."""
    rows, columns = frame.shape[:2]
    x, y, width, height = box
    scale = min((rows - 1) / height, (columns - 1) / width, _AROUND)
    left, right = _inside(x + width / 2, width * scale, columns)
    top, bottom = _inside(y + height / 2, height * scale, rows)
    return cv2.resize(frame[top:bottom + 1, left:right + 1], (_SIDE, _SIDE))


def _inside(middle: float, length: float, limit: int) -> tuple[int, int]:
    """First and last pixel of `length` about `middle`, moved so that both lie in 0 … limit − 1."""
    first, last = middle - length / 2, middle + length / 2
    if first < 0:
        first, last = 0.0, last - first
    if last > limit - 1:
        first, last = first - (last - limit + 1), limit - 1.0
    return max(0, int(first)), int(last)
