"""What a sighting teaches: only a visit that left no doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.vision.learning import lesson
from backend.vision.results import Decision, Outcome, Quality, Reason

GOOD = Quality(ok=True, reasons=(), width_px=120, sharpness=150.0, brightness=120.0, yaw_degrees=4.0)
SURE = Decision(Outcome.ACCEPTED, Reason.MATCHED, distance=0.15, runner_up_distance=0.5, threshold=0.27)


def frames(count: int = 3, apart: float = 0.05, quality: Quality = GOOD) -> list:
    rng = np.random.default_rng(1)
    face = rng.normal(size=128)
    face /= np.linalg.norm(face)
    found = []
    for _ in range(count):
        odd = rng.normal(size=128)
        frame = face + apart * odd / np.linalg.norm(odd)
        found.append(((frame / np.linalg.norm(frame)).astype(np.float32), quality))
    return found


@pytest.fixture
def learning(settings):
    return settings.but(adaptive_templates=True)


def test_a_visit_without_doubt_offers_the_mean_of_its_frames(learning):
    evidence = [*frames(), (frames(1)[0][0], replace(GOOD, yaw_degrees=20.0))]
    offered = lesson(SURE, evidence, "dlib-resnet-v1", learning)
    mean = np.mean([vector for vector, _ in evidence[:3]], axis=0)
    assert offered.vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert (offered.engine, offered.frames, offered.threshold) == ("dlib-resnet-v1", 3, 0.27)
    assert 0 < offered.spread < 0.06
    assert float(np.linalg.norm(offered.vector)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("decision", "evidence"), [
    (replace(SURE, distance=0.21), frames()),                                        # not far inside
    (replace(SURE, runner_up_distance=0.26), frames()),                              # somebody else not far
    (replace(SURE, outcome=Outcome.ASK, reason=Reason.TOO_ALIKE), frames()),         # confirmed at best
    (SURE, frames(1)),                                                               # too few frames
    (SURE, frames(quality=replace(GOOD, yaw_degrees=-13.0))),                        # turned
    (SURE, frames(quality=replace(GOOD, ok=False, reasons=(Reason.BLURRED,)))),      # poor
    (SURE, frames(apart=0.6)),                                                       # frames disagree
])
def test_any_doubt_offers_nothing(learning, decision, evidence):
    assert lesson(decision, evidence, "dlib-resnet-v1", learning) is None


def test_nothing_is_offered_unless_it_was_asked_for(settings):
    assert lesson(SURE, frames(), "dlib-resnet-v1", settings) is None
