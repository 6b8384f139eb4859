"""Makes the pictures that the demo registers, `pictures/*.jpg`, from the portraits in `originals/`.

    python data/demo/make_pictures.py

There is one free portrait of each person, so the several pictures of Grace Hopper are crops of
one photograph with another scale, tilt and light each, one of them mirrored.
"""

from __future__ import annotations

import cv2
import numpy as np
from portraits import COLLINS, HERE, HOPPER, Portrait

SIZE = 400
"""Side of a picture, in pixels."""

# file, portrait, width of the face in the picture, tilt in degrees, light, mirrored
PICTURES: tuple[tuple[str, Portrait, int, float, float, bool], ...] = (
    ("grace-hopper-1.jpg", HOPPER, 180, 0.0, 1.0, False),
    ("grace-hopper-2.jpg", HOPPER, 150, 4.0, 1.12, True),
    ("grace-hopper-3.jpg", HOPPER, 130, -5.0, 0.82, False),
    ("eileen-collins-1.jpg", COLLINS, 130, 0.0, 1.0, False),
)


def draw(portrait: Portrait, face_width: int, tilt: float, light: float, mirrored: bool) -> np.ndarray:
    """A square crop around the face, BGR uint8."""
    turn = cv2.getRotationMatrix2D(portrait.face, tilt, face_width / portrait.face_width)
    turn[:, 2] += SIZE / 2 - portrait.face[0], SIZE * 0.45 - portrait.face[1]
    picture = cv2.warpAffine(portrait.picture(), turn, (SIZE, SIZE), flags=cv2.INTER_CUBIC,
                             borderMode=cv2.BORDER_REFLECT)
    picture = np.clip(picture.astype(np.float32) * light, 0, 255).astype(np.uint8)
    return picture[:, ::-1] if mirrored else picture


if __name__ == "__main__":
    for file, portrait, face_width, tilt, light, mirrored in PICTURES:
        picture = draw(portrait, face_width, tilt, light, mirrored)
        cv2.imwrite(str(HERE / "pictures" / file), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
        print(f"pictures/{file}")
