"""A head of five points in space, and pictures of one: what cameras see of them, without a camera."""

from __future__ import annotations

import numpy as np

HEAD = np.array([[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.6, -0.4], [-0.4, 1.05, 0.0], [0.4, 1.05, 0.0]])
"""Eyes, nose and mouth corners in eye distances: right, down, away. The nose stands out by 0.4."""
PHOTO = HEAD * [1, 1, 0]


def bent(radius: float) -> np.ndarray:
    """A photo rolled about its upright middle line, towards the camera; radius in eye distances."""
    across = PHOTO[:, 0] / radius
    return np.stack([radius * np.sin(across), PHOTO[:, 1], radius * (1 - np.cos(across))], axis=1)


def seen(thing: np.ndarray, turn: float = 0.0, tilt: float = 0.0, away: float = 9.0,
         shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """(5, 2) pixels of a 640×480 camera. `turn` in degrees, positive to the person's left, which is
    the picture's right; `away` in eye distances: 9 is some 60 cm."""
    yaw, pitch = np.radians([-turn, tilt])
    x, y, z = (thing - [0, 0.5, 0]).T
    x, z = x * np.cos(yaw) + z * np.sin(yaw), -x * np.sin(yaw) + z * np.cos(yaw)
    y, z = y * np.cos(pitch) - z * np.sin(pitch), y * np.sin(pitch) + z * np.cos(pitch)
    return np.stack([600 * (x + shift[0]) / (z + away) + 320, 600 * (y + shift[1]) / (z + away) + 240], axis=1)
