"""The quality of real faces: light, pose and covers are told apart, and clean faces pass."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from backend.config import load
from backend.vision.landmarks import Landmarks, Layout
from backend.vision.limits import Limits
from backend.vision.pictures import find_faces
from backend.vision.quality import measure, nod, roll_degrees
from backend.vision.results import Quality, Reason
from tests.vision.scenes import read

CLEAN = ("Russell_Simmons", "Angela_Bassett", "Arnoldo_Aleman", "Bill_McBride", "Tang_Jiaxuan", "Gray_Davis")


@pytest.fixture
def face(engine):
    """`face(picture)`: its largest face's points and quality."""
    def look(picture: np.ndarray) -> tuple[Landmarks, Quality]:
        found = find_faces(engine, picture)[0]
        points = engine.landmarks(picture, found)
        return points, measure(picture, found.box, points, engine)

    return look


@pytest.fixture
def refused(settings, face):
    """`refused(picture)`: the reasons against it at enrolment."""
    def look(picture: np.ndarray) -> tuple[Reason, ...]:
        return Limits.at_enrolment(settings).broken(face(picture)[1])

    return look


def lit_from_the_left(picture: np.ndarray) -> np.ndarray:
    fall = np.interp(np.arange(picture.shape[1]), (110, 140), (1.3, 0.2))
    return np.clip(picture * fall[None, :, None], 0, 255).astype(np.uint8)


def covered(picture: np.ndarray, points: Landmarks, part: str, shade: int) -> np.ndarray:
    """The face with two round glasses, or a cloth from the nose to the chin, of one shade."""
    left, right = points.eyes
    across = right - left
    down = np.array([-across[1], across[0]])
    drawn = picture.copy()
    if part == "eyes":
        for eye in (left, right):
            cv2.circle(drawn, tuple(map(int, eye)), int(0.36 * np.hypot(*across)), (shade,) * 3, -1)
    else:
        middle = (left + right) / 2
        corners = ((-1.0, 0.55), (0.0, 0.4), (1.0, 0.55), (0.9, 1.3), (0.4, 1.9), (-0.4, 1.9), (-0.9, 1.3))
        cloth = np.array([middle + x * across + y * down for x, y in corners], np.int32)
        cv2.fillPoly(drawn, [cloth], (shade,) * 3)
    return drawn


@pytest.mark.parametrize("name", CLEAN)
def test_an_ordinary_portrait_is_fit_for_enrolment(name, refused, lfw) -> None:
    assert refused(read(lfw(name))) == ()


@pytest.mark.parametrize(("reason", "spoil"), [
    (Reason.TOO_BRIGHT, lambda picture: cv2.convertScaleAbs(picture, alpha=1.7, beta=70)),
    (Reason.TOO_DARK, lambda picture: cv2.convertScaleAbs(picture, alpha=0.2)),
    (Reason.UNEVEN_LIGHT, lit_from_the_left),
    (Reason.TOO_SMALL, lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
])
def test_bad_light_and_a_small_face_are_refused_with_the_reason(reason, spoil, refused, lfw) -> None:
    assert reason in refused(spoil(read(lfw("Angela_Bassett"))))


@pytest.mark.parametrize("name", CLEAN)
def test_dark_glasses_are_seen(name, face, settings, lfw) -> None:
    picture = read(lfw(name))
    points, _ = face(picture)
    behind = covered(picture, points, "eyes", 25)
    assert Reason.EYES_COVERED in Limits.at_enrolment(settings).broken(face(behind)[1])


@pytest.mark.parametrize("name", CLEAN)
def test_a_mask_is_seen(name, engine, face, settings, lfw) -> None:
    picture = read(lfw(name))
    points, plain = face(picture)
    # With the points of the bare face: whether the detector finds a masked one is its own matter.
    masked = measure(covered(picture, points, "mouth", 150), (0, 0, plain.width_px, plain.width_px), points, engine)
    assert Reason.MOUTH_COVERED in Limits.at_enrolment(settings).broken(masked)
    assert plain.mouth_cover < masked.mouth_cover


def test_covers_are_refused_where_the_setting_says() -> None:
    masked = Quality(True, (), 120, 200.0, 120.0, 0.0, eye_cover=0.9, mouth_cover=0.9)
    both = (Reason.EYES_COVERED, Reason.MOUTH_COVERED)
    for where, door, enrolment in (("never", (), ()), ("enrolment", (), both), ("always", both, both)):
        settings = load({"refuse_covered": where, "timezone": "UTC"}, {}, [])
        assert Limits.at_the_door(settings).broken(masked) == door
        assert Limits.at_enrolment(settings).broken(masked) == enrolment


def test_enrolment_asks_for_no_less_than_the_door() -> None:
    settings = load({"min_face_pixels": 150, "min_sharpness": 90.0, "timezone": "UTC"}, {}, [])
    assert Limits.at_enrolment(settings).min_width == 150
    assert Limits.at_enrolment(settings).min_sharpness == 90.0


def test_a_leaning_head_is_measured_whatever_the_picture(face, lfw) -> None:
    picture = read(lfw("Bill_McBride"))
    height, width = picture.shape[:2]
    upright = face(picture)[1].roll_degrees
    for lean in (-15, 15):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -lean, 1)
        leaning = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        assert face(leaning)[1].roll_degrees - upright == pytest.approx(lean, abs=4)


def points_of(layout: Layout, *points: tuple[float, float]) -> Landmarks:
    return Landmarks(np.array(points, np.float32), layout)


def test_a_nod_is_the_noses_height_in_either_layout() -> None:
    def five(nose: float) -> Landmarks:
        return points_of(Layout.MOUTH_CORNERS, (30, 50), (70, 50), (50, nose), (35, 90), (65, 90))

    def corners(nose: float) -> Landmarks:
        return points_of(Layout.EYE_CORNERS, (24, 50), (36, 50), (64, 50), (76, 50), (50, nose))

    for face, level, up in ((five, 72, 60), (corners, 80, 66)):
        assert abs(nod(face(level))) < 0.05
        assert nod(face(up)) > 0.4 > 0 > nod(face(level + 8))
    assert roll_degrees(points_of(Layout.MOUTH_CORNERS, (30, 40), (70, 80), (0, 0), (0, 0), (0, 0))) == 45


def test_points_upon_one_another_are_no_fault(engine) -> None:
    nothing = Landmarks(np.full((5, 2), 20, np.float32), Layout.EYE_CORNERS)
    quality = measure(np.full((40, 40, 3), 90, np.uint8), (0, 0, 40, 40), nothing, engine)
    assert quality.yaw_degrees == 90 and quality.nod == 1
