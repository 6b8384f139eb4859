"""The decision on made-up embeddings: what is accepted, what is not, and how the threshold moves."""

from __future__ import annotations

from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.vision.decide import Judge
from backend.vision.gallery import Gallery
from backend.vision.operating import DLIB_RESNET
from backend.vision.results import Outcome, Reason
from tests.vision.conftest import person


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def direction(seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=128))


def at_distance(start: np.ndarray, distance: float, seed: int = 99) -> np.ndarray:
    """A unit vector at the given distance from `start`."""
    aside = direction(seed)
    aside = unit(aside - start * float(aside @ start))
    angle = 2 * np.arcsin(distance / 2)
    return unit(np.cos(angle) * start + np.sin(angle) * aside)


def gallery(**people: np.ndarray) -> Gallery:
    return Gallery(np.array(list(people.values())), [person(name) for name in people],
                   [uuid4() for _ in people])


ANN, BOB = direction(1), direction(2)


@pytest.fixture
def judge(settings, engine) -> Judge:
    return Judge(settings, engine)


def test_three_near_frames_are_the_person(judge):
    decision = judge.judge([at_distance(ANN, 0.2, seed) for seed in (5, 6, 7)], gallery(ann=ANN, bob=BOB))
    assert (decision.outcome, decision.reason, decision.person) == (
        Outcome.ACCEPTED, Reason.MATCHED, person("ann"))
    assert decision.runner_up == person("bob")


def test_one_frame_bears_a_name_out_only_where_it_is_near_and_nobody_is_nearer(judge):
    people = gallery(ann=ANN, bob=BOB)
    assert judge.bears_out(at_distance(ANN, 0.25), person("ann"), people)
    assert not judge.bears_out(at_distance(ANN, 0.25), person("bob"), people)
    assert not judge.bears_out(at_distance(ANN, 0.39), person("ann"), people)
    assert not judge.bears_out(ANN, person("ann"), Gallery.empty())


def test_one_frame_decides_nothing_yet(judge):
    decision = judge.judge([ANN], gallery(ann=ANN))
    assert (decision.outcome, decision.reason) == (Outcome.UNCERTAIN, Reason.GATHERING)


def test_two_frames_are_enough_for_who_is_clearly_near_and_for_who_is_clearly_nobody(judge):
    known = gallery(ann=ANN, bob=BOB)
    assert judge.judge([at_distance(ANN, 0.15)] * 2, known).outcome is Outcome.ACCEPTED
    assert judge.judge([at_distance(ANN, 0.60)] * 2, known).reason is Reason.NOBODY_NEAR_ENOUGH


def test_an_unclear_face_is_looked_at_more_often_before_it_is_decided(judge):
    known = gallery(ann=ANN, bob=BOB)
    unclear = at_distance(ANN, judge.threshold(known) - 0.005)
    for frames in range(judge.needed, judge.most):
        decision = judge.judge([unclear] * frames, known)
        assert (decision.outcome, decision.reason) == (Outcome.UNCERTAIN, Reason.GATHERING)
        assert decision.person == person("ann")
    assert judge.judge([unclear] * judge.most, known).outcome is Outcome.ACCEPTED


def test_a_single_picture_is_decided_as_it_is_because_no_more_will_come(judge):
    known = gallery(ann=ANN, bob=BOB)
    unclear = at_distance(ANN, judge.threshold(known, 1) - 0.005)
    assert judge.judge([unclear], known, needed=1).outcome is Outcome.ACCEPTED


def test_nobody_near_enough(judge):
    decision = judge.judge([at_distance(ANN, 0.40)] * 5, gallery(ann=ANN, bob=BOB))
    assert (decision.outcome, decision.reason) == (Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH)
    assert decision.person == person("ann")
    assert decision.distance == pytest.approx(0.40, abs=1e-3)


def test_who_is_nearly_near_enough_is_asked_rather_than_sent_away(settings, engine, judge):
    known = gallery(ann=ANN, bob=BOB)
    between = (judge.threshold(known) + judge.ask_limit(known)) / 2
    probes = [at_distance(ANN, between)] * 5
    asked = judge.judge(probes, known)
    assert (asked.outcome, asked.reason, asked.person) == (Outcome.ASK, Reason.NOT_SURE_ENOUGH, person("ann"))
    assert not asked.accepted
    for nobody in (0.0, settings.target_fpir):
        refused = Judge(settings.but(ask_fpir=nobody), engine).judge(probes, known)
        assert (refused.outcome, refused.reason) == (Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH)


def test_who_is_not_near_enough_and_near_to_two_besides_is_not_asked(judge):
    twin = at_distance(ANN, 0.03, 3)
    known = gallery(ann=ANN, twin=twin)
    between = (judge.threshold(known) + judge.ask_limit(known)) / 2
    decision = judge.judge([at_distance(ANN, between)] * 5, known)
    assert (decision.outcome, decision.reason) == (Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH)


def test_where_nobody_is_asked_twins_stay_uncertain(settings, engine):
    judge = Judge(settings.but(ask_fpir=0.0), engine)
    decision = judge.judge([at_distance(ANN, 0.1, 3)] * 5, gallery(ann=ANN, twin=at_distance(ANN, 0.05)))
    assert (decision.outcome, decision.reason) == (Outcome.UNCERTAIN, Reason.TOO_ALIKE)


def test_no_question_goes_past_the_engines_ceiling(settings, engine):
    judge = Judge(settings.but(target_fpir=0.05, ask_fpir=0.2), engine)
    assert judge.threshold(gallery(ann=ANN)) <= judge.ask_limit(gallery(ann=ANN)) <= engine.operating.ceiling


def test_twins_are_not_guessed_between(judge):
    twin = at_distance(ANN, 0.05)
    decision = judge.judge([at_distance(ANN, 0.1, 3)] * 5, gallery(ann=ANN, twin=twin))
    assert (decision.outcome, decision.reason) == (Outcome.ASK, Reason.TOO_ALIKE)


def test_frames_that_point_at_different_people_are_not_averaged_into_one(settings, engine):
    near_ann = at_distance(ANN, 0.30)
    judge = Judge(settings.but(match_margin=0.0), engine)
    decision = judge.judge([ANN, ANN, ANN, near_ann, near_ann, near_ann], gallery(ann=ANN, ian=near_ann))
    assert (decision.outcome, decision.reason) == (Outcome.ASK, Reason.FRAMES_DISAGREE)


def test_who_is_somebody_else_in_the_picture_cannot_be_this_face(judge):
    decision = judge.judge([ANN] * 3, gallery(ann=ANN, bob=BOB), taken=frozenset({person("ann")}))
    assert (decision.outcome, decision.reason) == (Outcome.UNCERTAIN, Reason.ALREADY_IN_VIEW)


def test_a_person_is_scored_by_the_mean_of_their_templates():
    one, other = at_distance(ANN, 0.2, 3), at_distance(ANN, 0.2, 4)
    two = Gallery(np.array([one, other]), [person("ann")] * 2, [uuid4(), uuid4()])
    assert len(two) == 1
    assert two.distances(unit(one + other))[0] == pytest.approx(0, abs=1e-3)
    assert len(two.template_ids(person("ann"))) == 2


@given(st.integers(1, 10_000), st.floats(0.2, 0.7), st.floats(1e-6, 0.1), st.integers(1, 8))
def test_the_threshold_is_stricter_for_more_alike_people_a_smaller_target_and_more_frames(
        people, alike, target, frames):
    here = DLIB_RESNET.threshold(people, alike, target, frames)
    assert 0.05 <= here <= 0.42  # with one person, one frame and a target of 10 %
    assert DLIB_RESNET.threshold(people, alike - 0.05, target, frames) <= here
    assert DLIB_RESNET.threshold(people, alike, target / 2, frames) <= here
    assert DLIB_RESNET.threshold(people, alike, target, frames + 1) <= here


@given(st.integers(1, 10_000), st.floats(1e-6, 0.1))
def test_a_gallery_that_grows_gets_no_laxer(people, target):
    assert DLIB_RESNET.threshold(people + 1, None, target) <= DLIB_RESNET.threshold(people, None, target)


@given(st.integers(1, 20))
def test_a_company_too_small_to_show_it_counts_as_one_of_look_alikes(people):
    mixed = DLIB_RESNET.usual - DLIB_RESNET.usual_per_size * (np.log10(people) - 2)
    alike = DLIB_RESNET.threshold(people, mixed - 0.06, 0.001)
    assert DLIB_RESNET.threshold(people, None, 0.001) == pytest.approx(alike, abs=0.023 * people / (people + 10) + 1e-9)


@given(st.integers(3, 10_000))
def test_vectors_that_are_no_faces_do_not_make_it_lax(people):
    assert DLIB_RESNET.threshold(people, 1.4, 0.001) <= DLIB_RESNET.threshold(people, None, 0.001) + 0.024


@pytest.mark.parametrize(("people", "least", "most"), [(1, 0.26, 0.29), (10, 0.25, 0.28), (100, 0.24, 0.27)])
def test_usual_galleries_get_sane_thresholds(people, least, most):
    assert least <= DLIB_RESNET.threshold(people, None, 0.001, 5) <= most


def test_a_company_of_look_alikes_is_guarded_more_strictly(judge):
    centre = direction(50)
    alike = np.array([at_distance(centre, 0.28, seed) for seed in range(100, 160)])
    spread = np.array([direction(seed) for seed in range(100, 160)])
    owners: list[UUID] = [uuid4() for _ in range(60)]
    strict = judge.threshold(Gallery(alike, owners, owners))
    usual = judge.threshold(Gallery(spread, owners, owners))
    assert strict < usual - 0.02
    assert judge.threshold(Gallery(spread, owners, owners)) == usual


def test_an_empty_gallery_knows_nobody(judge):
    assert judge.judge([ANN] * 3, Gallery.empty()).reason is Reason.GALLERY_EMPTY


def test_the_nearest_of_ten_thousand_is_what_brute_force_finds():
    random = np.random.default_rng(3)
    matrix = random.normal(size=(10_000, 128)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    owners = [UUID(int=number) for number in range(10_000)]
    probe = at_distance(matrix[1234], 0.3)
    distances = Gallery(matrix, owners, owners).distances(probe)
    assert distances.argmin() == 1234
    assert np.allclose(distances, np.linalg.norm(matrix - probe, axis=1), atol=1e-3)
