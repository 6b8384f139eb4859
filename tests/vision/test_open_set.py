"""The open-set benchmark on a handful of people: the whole way, from pictures to figures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backend.config import PROJECT_ROOT
from benchmarks.open_set import trials
from benchmarks.open_set.rates import Tries, at_fpir, at_threshold
from benchmarks.open_set.trials import STRANGER


@pytest.fixture
def few_faces(test_data: Path, tmp_path: Path) -> Path:
    """Some people with eight pictures, some with four, laid out as in LFW."""
    lfw, folder = test_data / "faces" / "lfw", tmp_path / "lfw"
    enough = [each for each in sorted(lfw.iterdir()) if len(list(each.iterdir())) >= 8][:4]
    short = [each for each in sorted(lfw.iterdir()) if len(list(each.iterdir())) == 4][:2]
    for person in enough + short:
        (folder / person.name).mkdir(parents=True)
        for picture in sorted(person.iterdir())[:8]:
            shutil.copy(picture, folder / person.name)
    return folder


def test_it_prints_figures_for_machines_and_keeps_the_embeddings(few_faces, tmp_path):
    women = sorted(person.name for person in few_faces.iterdir())[:4]
    (few_faces.parent / "groups.json").write_text(json.dumps({"note": "any", "women": [*women, "Not_There"]}))
    command = [sys.executable, PROJECT_ROOT / "benchmarks" / "recognition.py", "--faces", few_faces, "--engine", "dlib",
               "--splits", "3", "--people", "3", "--kept", tmp_path / "kept", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["dlib"]
    assert [(row["people"], row["templates"], row["probe"]) for row in rows] == [
        (3, 1, "picture"), (3, 1, "track of 5"), (3, 3, "picture"), (3, 3, "track of 5")]
    track = rows[3]
    assert track["product"]["at_threshold"]["fnir"]["value"] <= 0.5
    assert 2 <= track["one_by_one"]["frames"] <= 5
    ours, theirs = (track[whose]["at_threshold"]["fpir"]["value"] for whose in ("product", "face_recognition"))
    assert ours <= theirs
    for row in rows:  # apart for groups, whatever is probed, and by both rules
        group = row["groups"]["women"]
        for whose in ("product", "face_recognition"):
            assert 0 < group[whose]["tries"]["enrolled"] <= row[whose]["tries"]["enrolled"]
            assert {"fnir", "wrong"} <= set(group[whose]["at_fpir_0.001"]) & set(group[whose]["at_fpir_0.01"])
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["dlib"] == rows
    assert "embedded" not in again.stderr


@pytest.mark.parametrize("make", [trials.single, trials.tracks])
def test_no_enrolment_picture_is_a_probe_and_no_member_a_stranger(make):
    rows, at = [], 0
    for pictures in [9] * 12 + [4] * 10 + [1] * 30:
        rows.append(np.arange(at, at + pictures))
        at += pictures
    owner = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    for trial in make(rows, 15, 3, 5, 0):
        enrolled = set(np.concatenate(trial.enrolled).tolist())
        assert len(trial.members) == len(set(trial.members.tolist())) == 15
        assert not enrolled & set(trial.probes.ravel().tolist())
        known = trial.truth != STRANGER
        assert (trial.members[trial.truth[known]] == trial.persons[known]).all()
        assert not set(trial.persons[~known].tolist()) & set(trial.members.tolist())
        assert (owner[trial.probes] == trial.persons[:, None]).all()
        assert known.any() and (~known).any()


def test_rates_count_what_they_say():
    score = np.array([-1.0, -1.0, 1.0, -1.0, -0.5, 0.5, 2.0, 3.0])
    right = np.array([True, False, True, True, False, False, False, False])
    tries = Tries(score, right, np.arange(8) < 4, np.arange(8))
    found = at_threshold(tries)
    assert (found["fpir"].value, found["fnir"].value, found["wrong"].value) == (0.25, 0.5, 0.25)
    assert found["fnir"].low < 0.5 < found["fnir"].high
    # With no stranger accepted, only who lies nearer than the nearest stranger is recognised.
    assert at_fpir(tries, 0.001)["fnir"].value == 0.5
    assert at_fpir(tries, 0.5)["fnir"].value == pytest.approx(0.25)
