"""Reads dlib's face ResNet out of its `.dat` file, as plain arrays.

The file is dlib's serialisation of the network: a short text and description for each layer,
and each layer's parameters as one tensor. A tensor is its version (2), four dimensions, then
little-endian float32. The layers stand in the order of the computation, and the architecture
is fixed (dlib's example `dnn_face_recognition_ex.cpp`), so each tensor is looked for by the size
it must have. Whatever does not fit is refused: a network that is only nearly right is worse
than a slow one, and the caller compares a vector with dlib's own besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.errors import FaceAttendanceError

GROUPS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""(filters, residual blocks) of each group; the first block of every group but the first halves
the picture's size."""
DIMENSION = 128
_FIRST_KERNEL = 7
_KERNEL = 3
_VERSION = 2
_LARGEST_GAP = 4096
"""Bytes of description between two tensors; far more than dlib writes."""


class UnknownWeights(FaceAttendanceError):
    """The file holds another network than the one that we know."""

    code = "unknown_weights"


@dataclass(frozen=True)
class Convolution:
    """`weights` float32 (out, in, k, k) and `bias` (out,), the affine layer behind it folded in."""

    weights: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class ResNet:
    """`convolutions` in the order of the computation; `projection` float32 (256, 128)."""

    convolutions: tuple[Convolution, ...]
    projection: np.ndarray


def shapes() -> Iterator[tuple[int, int, int]]:
    """(inputs, filters, side of the kernel) of every convolution, in order."""
    yield 3, GROUPS[0][0], _FIRST_KERNEL
    inputs = GROUPS[0][0]
    for filters, blocks in GROUPS:
        for _ in range(blocks):
            yield inputs, filters, _KERNEL
            yield filters, filters, _KERNEL
            inputs = filters


def read(path: Path) -> ResNet:
    """The network in `path`. Raises UnknownWeights where it is not dlib's face ResNet."""
    reader = _Tensors(path.read_bytes())
    convolutions = []
    for inputs, filters, side in shapes():
        count = filters * inputs * side * side
        both = reader.next(count + filters, 1, 1, 1)
        affine = reader.next(2 * filters, 1, 1, 1)
        gamma, beta = affine[:filters], affine[filters:]
        weights = both[:count].reshape(filters, inputs, side, side)
        convolutions.append(Convolution(weights * gamma[:, None, None, None], both[count:] * gamma + beta))
    last = GROUPS[-1][0]
    return ResNet(tuple(convolutions), reader.next(last, DIMENSION, 1, 1).reshape(last, DIMENSION).copy())


class _Tensors:
    """The tensors of a file, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next(self, *dimensions: int) -> np.ndarray:
        """The next tensor, which must have these dimensions, as float32 in one row."""
        head = b"".join(_whole_number(number) for number in (_VERSION, *dimensions))
        found = self._data.find(head, self._at, self._at + _LARGEST_GAP)
        count = int(np.prod(dimensions))
        start = found + len(head)
        if found < 0 or start + 4 * count > len(self._data):
            raise UnknownWeights("The recognition network's file is not the one of dlib that is known here")
        self._at = start + 4 * count
        return np.frombuffer(self._data, "<f4", count, start)


def _whole_number(value: int) -> bytes:
    """As dlib writes it: how many bytes follow, then those, the lowest first."""
    length = (value.bit_length() + 7) // 8
    return bytes([length]) + value.to_bytes(length, "little")
