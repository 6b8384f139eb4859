"""Several people before one camera, who hide each other and cross: names stay where they belong.

The scenes are composed, so that it is known at each instant who is where.
"""

from __future__ import annotations

from uuid import UUID

import cv2
import numpy as np
import pytest

from backend.vision.pictures import mirrored_mean
from backend.vision.results import Box, FrameResult
from backend.vision.track import overlap
from tests.vision.conftest import STAFF, person
from tests.vision.scenes import scene

LEFT, RIGHT = "Russell_Simmons", "Angela_Bassett"


@pytest.fixture(scope="session")
def head(face, engine):
    """The face of a picture with little around it, and where its box is in that."""
    def cut(name: str, number: int = 4) -> tuple[np.ndarray, Box]:
        picture = face(name, number)
        x, y, width, height = max(engine.detect(picture), key=lambda found: found.box[2]).box
        left, top = max(0, x - width // 4), max(0, y - height // 3)
        part = picture[top:y + height + height // 4, left:x + width + width // 4]
        return part, (x - left, y - top, width, height)

    return cut


class Actor:
    """A face at a place."""

    def __init__(self, name: str, cut: tuple[np.ndarray, Box]) -> None:
        self.person = person(name)
        self.picture, self._box = cut

    def at(self, x: float, y: float) -> tuple[np.ndarray, int, int]:
        self.place = (round(x) + self._box[0], round(y) + self._box[1], *self._box[2:])
        return self.picture, round(x), round(y)


def named(result: FrameResult, place: Box) -> set[UUID | None]:
    """The names shown on a face at `place`."""
    return {track.person for track in result.tracks if overlap(track.box, place) > 0.3}


def wrongly_named(result: FrameResult, visible: list[Actor]) -> list[UUID]:
    """Names that stand where the one visible face is somebody else's."""
    wrong = []
    for track in result.tracks:
        here = {actor.person for actor in visible if overlap(track.box, actor.place) > 0.3}
        if track.person is not None and here and track.person not in here:
            wrong.append(track.person)
    return wrong


@pytest.mark.parametrize("moves", [0, 60], ids=["same place", "comes out elsewhere"])
def test_a_second_behind_a_pillar_is_the_same_visit(moves, film, head):
    actor = Actor(LEFT, head(LEFT))
    for step in range(30):
        film.show(scene(actor.at(240, 150), noise=step % 5))
    track, = film.last.tracks
    assert track.person == actor.person
    pillar = np.full((480, 200, 3), 60, np.uint8)
    for step in range(25):
        result = film.show(scene(actor.at(240, 150), (pillar, 210, 0), noise=step % 5))
    assert result.tracks == ()  # nobody is named on a pillar
    for step in range(15):
        film.show(scene(actor.at(240 + 3 * moves, 150), noise=step % 5))
    again, = film.last.tracks
    assert (again.track_id, again.person) == (track.track_id, actor.person)
    assert len(film.sightings) == 1 and film.refusals == []


def test_a_stranger_behind_a_pillar_is_refused_once(film, head):
    actor = Actor("Hillary_Clinton", head("Hillary_Clinton", 1))
    pillar = np.full((480, 200, 3), 60, np.uint8)
    for step in range(80):
        hidden = [(pillar, 210, 0)] if 40 <= step < 65 else []
        film.show(scene(actor.at(240, 150), *hidden, noise=step % 5))
    assert film.sightings == [] and len(film.refusals) == 1


def test_a_look_alike_who_comes_out_from_behind_the_pillar_does_not_get_the_name(film, staff, engine, face, head):
    """Two men whose pictures are 0.4 apart: nearer than many pictures of one and the same person."""
    for number in (1, 2, 3):
        picture = face("Peter_Struck", number)
        found = max(engine.detect(picture), key=lambda found: found.box[2])
        staff.add("Peter_Struck", mirrored_mean(engine, picture, engine.landmarks(picture, found)))
    known, other = Actor("Peter_Struck", head("Peter_Struck", 4)), Actor("Jay_Garner", head("Jay_Garner", 1))
    for step in range(60):
        film.show(scene(known.at(240, 150), noise=step % 5))
    assert [track.person for track in film.last.tracks] == [known.person]
    pillar = np.full((480, 200, 3), 60, np.uint8)
    for step in range(18):
        film.show(scene(known.at(240, 150), (pillar, 210, 0), noise=step % 5))
    for step in range(120):
        result = film.show(scene(other.at(240, 150), noise=step % 5))
        assert all(track.person is None for track in result.tracks), step
    assert [sighting.person for sighting in film.sightings] == [known.person]


def test_who_steps_before_a_named_person_never_gets_the_name(film, head):
    staff, stranger = Actor(LEFT, head(LEFT)), Actor("Hillary_Clinton", head("Hillary_Clinton", 1))
    for step in range(30):
        film.show(scene(staff.at(240, 150), noise=step % 5))
    for step in range(50):
        # From the right, covering the face that was named, and there to stay.
        x = max(238, 560 - 16 * step)
        result = film.show(scene(staff.at(240, 150), stranger.at(x, 140), noise=step % 5))
        visible = [stranger] if overlap(staff.place, stranger.place) > 0.1 else [staff, stranger]
        assert not wrongly_named(result, visible), step
    assert named(result, stranger.place) == {None}
    assert [sighting.person for sighting in film.sightings] == [staff.person]


@pytest.mark.parametrize("speed", [6, 12, 20])
def test_two_people_who_cross_keep_their_names(speed, film, head):
    back, front = Actor(LEFT, head(LEFT)), Actor(RIGHT, head(RIGHT))
    for step in range(30):
        film.show(scene(back.at(40, 150), front.at(440, 155), noise=step % 5))
    numbers = {track.person: track.track_id for track in film.last.tracks}
    assert set(numbers) == {back.person, front.person}
    for step in range(400 // speed + 1):
        walked = min(400, speed * step)
        result = film.show(scene(back.at(40 + walked, 150), front.at(440 - walked, 155), noise=step % 5))
        visible = [front] if overlap(back.place, front.place) > 0.05 else [front, back]
        assert not wrongly_named(result, visible), step
    for step in range(15):
        result = film.show(scene(back.at(440, 150), front.at(40, 155), noise=step % 5))
    assert named(result, back.place) == {back.person} and named(result, front.place) == {front.person}
    assert {track.person: track.track_id for track in result.tracks} == numbers
    assert len(film.sightings) == 2 and film.refusals == []


def test_ten_people_are_followed_and_named_and_no_eleventh(film, staff, engine, test_data, head, face):
    people = sorted(path.name for path in (test_data / "faces" / "lfw").iterdir()
                    if (path / f"{path.name}_0004.jpg").is_file() and path.name not in STAFF)[:11]
    actors = []
    for name in people:
        picture = face(name)
        found = max(engine.detect(picture), key=lambda found: found.box[2])
        staff.add(name, mirrored_mean(engine, picture, engine.landmarks(picture, found)))
        picture, box = head(name)
        scale = 74 / box[2]
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        actors.append(Actor(name, (small, tuple(round(value * scale) for value in box))))
    film.empty(1)
    for step in range(45):
        places = [actor.at(4 + 126 * (n % 5), 6 + 156 * (n // 5)) for n, actor in enumerate(actors)]
        result = film.show(scene(*places, noise=step % 5))
    assert len(result.tracks) == 10
    known = [actor for actor in actors if named(result, actor.place) == {actor.person}]
    assert len(known) >= 9  # a face of 74 pixels made of one of LFW's is not always sharp enough
    assert {track.person for track in result.tracks} - {None} == {actor.person for actor in known}
