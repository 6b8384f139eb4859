"""What the recognition desk says of the gallery in force, and that it looks again when that changes."""

from __future__ import annotations

import numpy as np
import pytest

from backend.attendance_system import AttendanceSystem
from backend.config import Settings
from backend.desks.expecting import percent
from tests.vision.test_sequence import crowd, pictures


@pytest.fixture
def any_database_settings(settings: Settings) -> Settings:
    """One database is enough: nothing here depends on it."""
    return settings


def enrol(system: AttendanceSystem, templates: np.ndarray, start: int = 0) -> None:
    """(people, templates, 128)."""
    for number, own in enumerate(templates, start):
        system.people.add(f"EMP{number}", f"Person {number}", by="hr")
        with system.store.write() as unit:
            person = unit.people.by_person_id(f"EMP{number}").uuid
            unit.consents.give(person, "1", "hr")
            for template in own:
                unit.templates.add(person, template, "dlib-resnet-v1", {}, "test")


def test_nobody_enrolled_is_said_so(system):
    assert system.recognition.expected() is None
    assert system.recognition.details() == {}
    assert system.recognition.text() == "nobody's face is registered yet"


def test_it_counts_the_gallery_in_force_and_who_needs_more_faces(system):
    rng = np.random.default_rng(1)
    people = crowd(rng, 6)
    enrol(system, pictures(rng, people[:4], 3))
    enrol(system, pictures(rng, people[4:], 1), start=4)
    details = system.recognition.details()
    assert (details["people"], details["people_with_few_templates"], details["left_out_templates"]) == (6, 2, 12)
    assert 0.2 < details["threshold"] < 0.32
    assert 0 < details["expected_fnir"] < 0.2
    assert "2 people have fewer than three faces" in system.recognition.text()


def test_it_looks_again_once_the_gallery_has_changed(system):
    rng = np.random.default_rng(2)
    enrol(system, pictures(rng, crowd(rng, 3), 1))
    first = system.recognition.expected()
    assert system.recognition.expected() is first
    enrol(system, pictures(rng, crowd(rng, 1), 1), start=3)
    assert system.recognition.expected().people == 4


@pytest.mark.parametrize(("share", "words"), [(0.0031, "under 1 %"), (0.01, "1 %"), (0.163, "16 %")])
def test_it_claims_no_more_digits_than_were_measured(share, words):
    assert percent(share) == words
