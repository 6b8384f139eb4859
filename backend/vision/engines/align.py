"""Turns and scales a face so that its five points lie where a network expects them."""

from __future__ import annotations

import cv2
import numpy as np


def crop(picture: np.ndarray, points: np.ndarray, wanted: np.ndarray, side: int) -> np.ndarray:
    """(side, side, 3): `picture` moved so that `points` (5, 2) come as near to `wanted` (5, 2) as can be.

    As `cv2.FaceRecognizerSF.alignCrop` does it: bilinear, black beyond the picture's edge.
    """
    return cv2.warpAffine(picture, similarity(points, wanted), (side, side), flags=cv2.INTER_LINEAR)


def similarity(points: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(2, 3) float64: the turn, scale and shift with the least squared distance (Umeyama, no mirroring)."""
    middle, aim = points.mean(axis=0, dtype=np.float64), wanted.mean(axis=0, dtype=np.float64)
    ours, theirs = _complex(points - middle), _complex(wanted - aim)
    spread = float((np.abs(ours) ** 2).sum())
    factor = complex((ours.conj() * theirs).sum()) / max(spread, 1e-12)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, aim - turn @ middle])


def _complex(points: np.ndarray) -> np.ndarray:
    return points[:, 0] + 1j * points[:, 1]
