"""What is wrong with a gallery: look-alikes, pictures that harm, another person's picture, too few."""

from __future__ import annotations

from uuid import UUID, uuid4

import numpy as np
import pytest

from backend.vision import findings
from backend.vision.findings import alike_below, examine, threshold_in_force
from backend.vision.gallery import Gallery
from backend.vision.operating import DLIB_RESNET

POINT = DLIB_RESNET


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def face(seed: int, shift: float = 0.0, towards: int = 0, noise: int = 0) -> np.ndarray:
    """The face `seed`, moved by `shift` towards another, and a little of its own each time."""
    random = np.random.default_rng
    own, other = random(seed).normal(size=128), random(1000 + towards).normal(size=128)
    return unit(unit(own) + shift * unit(other) + 0.12 * unit(random(5000 + 17 * seed + noise).normal(size=128)))


class Company:
    """People by number, with templates."""

    def __init__(self) -> None:
        self.rows: list[tuple[UUID, UUID, np.ndarray]] = []

    def add(self, *templates: np.ndarray) -> UUID:
        person = uuid4()
        self.rows += [(uuid4(), person, template) for template in templates]
        return person

    def gallery(self) -> Gallery:
        return Gallery(np.array([row[2] for row in self.rows]), [row[1] for row in self.rows],
                       [row[0] for row in self.rows])


@pytest.fixture
def company() -> Company:
    """Twelve people who do not resemble each other, with three templates each."""
    made = Company()
    for seed in range(12):
        made.add(*(face(seed, noise=number) for number in range(3)))
    return made


def test_a_sound_gallery_has_no_findings(company, settings) -> None:
    found = examine(company.gallery(), POINT, settings)
    assert (found.people, found.templates) == (12, 36)
    assert (found.alike, found.harmful, found.disagreeing, found.few) == ((), (), (), ())


def test_an_empty_gallery_has_none_either(settings) -> None:
    assert examine(Gallery.empty(), POINT, settings).people == 0


def test_twins_are_a_pair_and_named_once(company, settings) -> None:
    twin = company.add(*(face(3, 0.1, 7, noise=number) for number in (7, 8, 9)))
    found = examine(company.gallery(), POINT, settings)
    (pair,) = found.alike
    assert twin in (pair.person, pair.other)
    assert pair.distance < found.limit
    assert found.limit == pytest.approx(alike_below(company.gallery(), POINT, settings), abs=1e-4)


def test_another_persons_picture_harms_and_does_not_agree(company, settings) -> None:
    victim = company.gallery().people[5]
    person = company.add(face(40), face(40, noise=1), face(5, noise=9))
    wrong = company.rows[-1][0]
    found = examine(company.gallery(), POINT, settings)
    (suspect,) = found.harmful
    assert (suspect.template, suspect.person, suspect.other) == (wrong, person, victim)
    assert suspect.distance < suspect.own
    assert [one.template for one in found.disagreeing] == [wrong]


def test_two_pictures_of_different_people_under_one_name_both_disagree(company, settings) -> None:
    person = company.add(face(50), face(51))
    found = examine(company.gallery(), POINT, settings)
    assert {one.person for one in found.disagreeing} == {person} and len(found.disagreeing) == 2
    assert found.few == ((person, 2),)


def test_one_persons_findings_are_those_of_the_whole(company, settings) -> None:
    twin = company.add(face(3, 0.1, 7, noise=7))
    whole = examine(company.gallery(), POINT, settings)
    own = examine(company.gallery(), POINT, settings, only=twin)
    assert own.few == ((twin, 1),) == whole.few
    assert {frozenset((pair.person, pair.other)) for pair in own.alike} == {
        frozenset((pair.person, pair.other)) for pair in whole.alike}
    assert examine(company.gallery(), POINT, settings, only=uuid4()).few == ()


def test_blocks_make_no_difference(company, settings, monkeypatch) -> None:
    company.add(face(3, 0.1, 7, noise=7))
    company.add(face(40), face(40, noise=1), face(5, noise=9))
    at_once = examine(company.gallery(), POINT, settings)
    monkeypatch.setattr(findings, "_BLOCK", 2)
    assert examine(company.gallery(), POINT, settings) == at_once


def test_a_single_person_has_nobody_to_be_confused_with(settings) -> None:
    alone = Company()
    alone.add(face(1), face(1, noise=1), face(1, noise=2))
    found = examine(alone.gallery(), POINT, settings)
    assert (found.alike, found.harmful, found.disagreeing) == ((), (), ())


def test_the_threshold_is_the_judges(company, settings, engine) -> None:
    from backend.vision.decide import Judge

    gallery = company.gallery()
    for changed in (settings, settings.but(match_threshold=0.2)):
        assert threshold_in_force(gallery, POINT, changed) == pytest.approx(
            Judge(changed, engine).threshold(gallery, frames=1))


@pytest.mark.testdata
def test_a_real_picture_under_the_wrong_name_is_pointed_out(staff, enrolled, settings) -> None:
    staff.add("Mixed up", *enrolled["Russell_Simmons"][:2], enrolled["Angela_Bassett"][0])
    rows = staff.load()
    found = examine(Gallery(rows.matrix, rows.people, rows.ids), POINT, settings)
    assert rows.ids[-1] in {one.template for one in found.harmful}
    assert found.alike, "the mixed-up person is much like the one whose pictures they are"
