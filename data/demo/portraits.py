"""The demo's people cut out of their portraits, for the scripts beside this file.

Coordinates are pixels of the files in `originals/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
EDGE = 1.5
"""How softly a cut-out ends, in pixels; as much is taken off the outline, or the old background shows."""
BELOW = 300
"""How many rows are mirrored on below, for who would end above the film's lower edge."""


@dataclass(frozen=True)
class Portrait:
    """One portrait: its file, the middle and width of the face, and the person's outline."""

    name: str
    file: str
    face: tuple[int, int]
    face_width: int
    outline: tuple[tuple[int, int], ...]
    nose: tuple[int, int] | None = None
    nose_shift: float = 0.0

    def picture(self) -> np.ndarray:
        """The portrait, BGR uint8, with the nose moved where the portrait says so."""
        picture = cv2.imread(str(HERE / "originals" / self.file))
        return picture if self.nose is None else _moved(picture, self.nose, self.nose_shift)

    def cut_out(self) -> np.ndarray:
        """The person alone, BGRA uint8, transparent around."""
        picture = self.picture()
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.array(self.outline, np.int32)], 255, cv2.LINE_AA)
        mask = cv2.erode(mask, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
        mask = cv2.GaussianBlur(mask, (0, 0), EDGE, borderType=cv2.BORDER_REPLICATE)
        return cv2.copyMakeBorder(np.dstack([picture, mask]), 0, BELOW, 0, 0, cv2.BORDER_REFLECT)


def _moved(picture: np.ndarray, at: tuple[int, int], shift: float) -> np.ndarray:
    """The picture with the surroundings of `at` moved sideways by `shift` pixels, softly."""
    height, width = picture.shape[:2]
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    reach = 4.0 * abs(shift)
    weight = np.exp(-((xs - at[0] - shift) ** 2 + ((ys - at[1]) / 1.6) ** 2) / (2 * reach ** 2))
    return cv2.remap(picture, xs - np.float32(shift) * weight, ys, cv2.INTER_CUBIC)


HOPPER = Portrait("Grace Hopper", "grace-hopper.jpg", (269, 245), 216, (
    (20, 600), (18, 560), (30, 470), (45, 408), (62, 388), (120, 366), (172, 344), (202, 318), (196, 304),
    (172, 282), (160, 262), (157, 245), (170, 215), (158, 190), (157, 165), (168, 146), (168, 134), (152, 122),
    (155, 97), (176, 86), (180, 60), (205, 45), (230, 28), (260, 22), (290, 28), (330, 48), (350, 70),
    (353, 90), (366, 87), (373, 98), (371, 135), (366, 165), (375, 186), (373, 215), (366, 250), (362, 282),
    (346, 304), (333, 310), (345, 322), (400, 347), (460, 368), (492, 392), (506, 450), (512, 500), (512, 600)))

COLLINS = Portrait("Eileen Collins", "eileen-collins.jpg", (223, 127), 88, (
    (48, 512), (48, 480), (20, 420), (24, 370), (38, 320), (57, 265), (88, 230), (112, 213), (115, 183),
    (131, 163), (152, 151), (178, 149), (175, 138), (159, 119), (150, 95), (157, 62), (185, 30), (220, 13),
    (255, 17), (286, 40), (301, 75), (303, 105), (293, 129), (272, 137), (262, 148), (259, 166), (276, 178), (295, 203),
    (302, 228), (327, 251), (343, 290), (351, 330), (356, 352), (390, 343), (430, 349), (462, 371), (486, 404),
    (501, 445), (506, 480), (501, 512)))

# Painted in three-quarter view: the nose is moved a little towards the middle, so that the gate
# against turned heads lets the face through and the comparison itself has to refuse it.
MONA_LISA = Portrait("Mona Lisa", "mona-lisa.jpg", (187, 164), 104, (
    (30, 599), (8, 480), (28, 405), (60, 372), (100, 322), (122, 268), (118, 230), (124, 170), (132, 110),
    (154, 74), (185, 55), (216, 55), (248, 74), (268, 110), (278, 160), (288, 220), (312, 268), (347, 293),
    (378, 330), (402, 392), (402, 599)), nose=(182, 178), nose_shift=6.0)
