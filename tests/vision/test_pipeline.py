"""The whole pipeline on real clips and pictures: who is told, once, and who never is.

Time is the clip's own, so that nothing depends on how fast the machine is.
"""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np
import pytest

from backend.vision.results import Outcome, Reason, TrackState
from tests.vision.conftest import STAFF, person
from tests.vision.film import START, Film, enrol_from

MAIN, OTHER = STAFF[0], STAFF[1]


@pytest.mark.parametrize("clip", ["woman_turns", "man_glasses_moves", "man_suit_far"])
def test_a_moving_head_is_told_once_by_name_within_a_second(clip, clips, film, staff, engine):
    enrol_from(staff, clip, clips(clip), engine)
    before = 0.0
    for at, frame in clips(clip):
        film.show(frame, at - before)
        before = at
    sighting, = film.sightings
    assert sighting.person == person(clip) and sighting.device == "door"
    assert sighting.at - START < timedelta(seconds=1)
    assert sighting.distance < 0.3 and sighting.confidence > 0.5
    assert set(sighting.template_ids) == {row[0] for row in staff.rows if row[1] == person(clip)}
    assert film.refusals == []
    assert film.last.tracks[0].state is TrackState.ACCEPTED


def test_a_very_sure_sighting_offers_a_template_where_learning_is_on(clips, settings, staff, engine):
    clip = "man_glasses_moves"
    enrol_from(staff, clip, clips(clip), engine)
    film = Film(settings.but(adaptive_templates=True), staff, engine)
    before = 0.0
    for at, frame in clips(clip):
        film.show(frame, at - before)
        before = at
    sighting, = film.sightings
    offered = sighting.lesson
    assert (offered.engine, offered.vector.shape, offered.vector.dtype) == (engine.name, (128,), np.float32)
    assert offered.frames >= 2 and offered.quality.ok
    assert sighting.distance <= 0.75 * offered.threshold


def test_a_face_that_is_nearly_sure_is_asked_about_once(settings, staff, engine, face):
    # A cap far below what a gallery of this size allows leaves most visits to the question.
    film = Film(settings.but(match_threshold=0.05), staff, engine)
    film.hold((face(MAIN), 200, 100), seconds=4)
    assert film.sightings == []
    refusal, = film.refusals
    assert (refusal.decision.outcome, refusal.decision.person) == (Outcome.ASK, person(MAIN))
    assert film.last.tracks[0].person is None  # no page shows whom it thinks of


def test_a_stranger_who_moves_is_refused_once_and_never_told_as_anybody(clips, film):
    before = 0.0
    for at, frame in clips("woman_glasses"):
        film.show(frame, at - before)
        before = at
    assert film.sightings == []
    refusal, = film.refusals
    assert refusal.decision.reason is Reason.NOBODY_NEAR_ENOUGH
    assert refusal.decision.distance > refusal.decision.threshold
    track, = film.last.tracks
    assert (track.person, track.state) == (None, TrackState.REJECTED)


def test_few_frames_are_searched_and_fewer_embedded(clips, film, staff, engine):
    enrol_from(staff, "woman_turns", clips("woman_turns"), engine)
    before = 0.0
    for at, frame in clips("woman_turns"):
        film.show(frame, at - before)
        before = at
    counters = film.pipeline.counters.as_dict()
    seconds = clips("woman_turns")[-1][0]
    assert counters["frames"]["runs"] == 354
    assert counters["detect"]["runs"] < 3 * seconds
    assert counters["embed"]["runs"] <= 8


def test_an_empty_room_is_hardly_searched_at_all(film):
    film.empty(20)
    assert film.pipeline.counters.as_dict()["detect"]["runs"] <= 11
    assert film.last.tracks == () and film.sightings == []


def test_two_people_at_once_are_both_known_and_a_stranger_between_them_is_not(film, face):
    result = film.hold((face(MAIN), 0, 0), (face("Hillary_Clinton", 1), 200, 230), (face(OTHER), 390, 0),
                       seconds=4)
    assert {sighting.person for sighting in film.sightings} == {person(MAIN), person(OTHER)}
    assert len(film.sightings) == 2 and len(film.refusals) == 1
    assert sorted(track.state for track in result.tracks) == ["accepted", "accepted", "rejected"]


def test_the_same_person_is_never_two_faces_of_a_frame(film, face):
    result = film.hold((face(MAIN, 4), 20, 100), (face(MAIN, 2), 340, 100), seconds=4)
    assert len(film.sightings) == 1
    assert sorted(track.reason for track in result.tracks) == [Reason.ALREADY_IN_VIEW, Reason.MATCHED]


def test_another_person_on_the_same_spot_is_another_track(film, face):
    film.hold((face(MAIN), 200, 100), seconds=2)
    first = film.last.tracks[0]
    film.hold((face("Hillary_Clinton", 1), 200, 100), seconds=3)
    assert [sighting.person for sighting in film.sightings] == [person(MAIN)]
    assert film.last.tracks[0].track_id != first.track_id
    assert film.last.tracks[0].person is None
    film.hold((face(OTHER), 200, 100), seconds=3)
    assert [sighting.person for sighting in film.sightings] == [person(MAIN), person(OTHER)]


def test_who_leaves_is_out_of_view_and_who_comes_back_is_told_again(film, face):
    film.hold((face(MAIN), 200, 100), seconds=2)
    assert film.empty(2).tracks == ()
    film.hold((face(MAIN), 200, 100), seconds=2)
    assert len(film.sightings) == 1  # within ten seconds it is the same visit
    film.empty(8)
    film.hold((face(MAIN), 200, 100), seconds=2)
    assert [sighting.person for sighting in film.sightings] == [person(MAIN)] * 2
    assert film.sightings[0].track_id != film.sightings[1].track_id


def test_who_stays_is_told_again_only_after_the_duplicate_window(settings, staff, engine, face):
    film = Film(settings.but(duplicate_window=timedelta(seconds=10)), staff, engine)
    film.hold((face(MAIN), 200, 100), seconds=27)
    times = [(sighting.at - START).total_seconds() for sighting in film.sightings]
    assert len(times) == 3
    assert times[1] - times[0] >= 10 and times[2] - times[1] >= 10


def test_consent_withdrawn_takes_the_name_away_and_enrolment_gives_it_within_a_poll(film, face, staff):
    film.hold((face(MAIN), 200, 100), seconds=2)
    assert film.last.tracks[0].person == person(MAIN)
    templates = [row[2] for row in staff.rows if row[1] == person(MAIN)]
    staff.remove(MAIN)
    assert film.hold((face(MAIN), 200, 100), seconds=0.7).tracks[0].person is None
    staff.add(MAIN, *templates)
    assert film.hold((face(MAIN), 200, 100), seconds=0.7).tracks[0].person == person(MAIN)


@pytest.mark.parametrize(("spoil", "reason"), [
    (lambda picture: cv2.resize(picture, None, fx=0.38, fy=0.38), Reason.TOO_SMALL),
    (lambda picture: (picture * 0.15).astype(np.uint8), Reason.TOO_DARK),
], ids=["far away", "in the dark"])
def test_a_face_too_poor_is_told_what_to_do_and_never_named(spoil, reason, settings, staff, engine, face):
    film = Film(settings.but(min_face_pixels=60), staff, engine)
    film.hold((spoil(face(MAIN)), 200, 100), seconds=3)
    assert film.sightings == []
    assert [track.reason for track in film.last.tracks] in ([reason], [])
    assert film.pipeline.counters.as_dict().get("embed", {"runs": 0})["runs"] == 0


def test_a_browser_that_sends_three_frames_a_second_is_enough(clips, film, staff, engine):
    enrol_from(staff, "man_glasses_moves", clips("man_glasses_moves"), engine)
    for _, frame in clips("man_glasses_moves")[:75:8]:
        film.show(frame, 0.33)
    assert [sighting.person for sighting in film.sightings] == [person("man_glasses_moves")]


def test_a_camera_that_changes_its_size_starts_anew(film, face):
    film.hold((face(MAIN), 200, 100), seconds=1)
    result = film.show(np.full((720, 1280, 3), 90, np.uint8))
    assert (result.tracks, result.width, result.height) == ((), 1280, 720)
