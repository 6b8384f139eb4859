"""The open-set benchmark on folders that are not as one would wish: too few people, odd files, odd groups."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import yaml

from backend.config import PROJECT_ROOT, load
from backend.vision.engines.manifest import SHIPPED, read
from benchmarks.open_set import faces, trials
from benchmarks.open_set.faces import Faces
from benchmarks.open_set.fitting import FITTED, cross_validated, fit
from benchmarks.open_set.groups import read_groups
from benchmarks.open_set.rates import WITH_NOT_DETECTED, Tries, at_fpir, at_threshold
from benchmarks.open_set.trials import STRANGER, Shortage


def people_with(*counts: int) -> list[np.ndarray]:
    """Rows by person, who has so many pictures."""
    ends = np.cumsum(counts)
    return [np.arange(end - count, end) for end, count in zip(ends, counts, strict=True)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, PROJECT_ROOT / "benchmarks" / "recognition.py", *map(str, arguments)],
                          capture_output=True, text=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def folder(test_data: Path, tmp_path: Path) -> Callable[..., Path]:
    """Lays out people of LFW who have so many pictures, among files that are no pictures."""
    lfw, target = test_data / "faces" / "lfw", tmp_path / "faces" / "lfw"

    def laid_out(*counts: int) -> Path:
        people = sorted(lfw.iterdir())
        for count in counts:
            person = next(each for each in people if len(list(each.iterdir())) >= count)
            people.remove(person)
            (target / person.name).mkdir(parents=True)
            for picture in sorted(person.iterdir())[:count]:
                shutil.copy(picture, target / person.name)
        first = min(target.glob("*/*.jpg"))
        first.rename(first.with_suffix(".JPG"))
        odd = target / "Odd_Files"
        (odd / "folder.jpg").mkdir(parents=True)
        (odd / "dangling.jpg").symlink_to(odd / "nowhere.jpg")
        (odd / "text.jpg").write_text("no picture", encoding="utf-8")
        (odd / "empty.jpg").touch()
        cv2.imwrite(str(odd / "strip.jpg"), np.zeros((1, 8000, 3), np.uint8))
        return target

    return laid_out


def test_what_can_be_measured_comes_out_beside_why_the_rest_cannot(folder, kept):
    lfw = folder(8, 8, 4, 4)
    (lfw.parent / "groups.json").write_text("[1, 2", encoding="utf-8")
    (kept / "dlib-resnet-v1-2.npz").write_bytes(b"not what numpy wrote")
    done = run("--faces", lfw, "--engine", "dlib", "--splits", 2, "--people", 2, 30, "--kept", kept, "--json")
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)["dlib"]
    assert [(line["people"], line["templates"], line["probe"]) for line in lines] == [
        (people, templates, probe) for people in (2, 30) for templates in (1, 3) for probe in ("picture", "track of 5")]
    measured, short = lines[0], lines[4:]
    assert all("people fit to be enrolled, 30 are needed" in line["skipped"] for line in short)
    assert all("product" in line for line in lines[:4])
    assert measured["product"]["tries"]["strangers"] and measured["not_detected"]["unreadable_files"] == 4
    for said in ("4 files of 29 are passed over", "groups.json cannot be read", "dlib-resnet-v1-2.npz is damaged"):
        assert said in done.stderr
    assert "Traceback" not in done.stderr

    nothing = run("--faces", lfw, "--engine", "dlib", "--splits", 2, "--people", 30, "--kept", kept)
    assert nothing.returncode == 1 and "left out: the folder has 4 people" in nothing.stdout


def test_an_engine_of_ones_own_is_measured_by_its_manifest(folder, kept, test_data):
    lfw = folder(8, 8, 4, 4)
    models = lfw.parent / "models"
    models.mkdir()
    for file in (test_data / "models").glob("[fm]*.onnx"):
        shutil.copy(file, models)
    own = yaml.safe_load((SHIPPED / "mobilefacenet.yaml").read_text(encoding="utf-8")) | {"name": "mine"}
    (models / "mine.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (models / "broken.yaml").write_text("name: [", encoding="utf-8")
    done = run("--faces", lfw, "--engine", "mine", "--engine", "sface", "--splits", 2, "--people", 2,
               "--kept", kept, "--json")
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert list(lines) == ["mine"] and "product" in lines["mine"][0]
    assert "sface is left out: " in done.stderr and "broken.yaml is left out" in done.stderr
    unknown = run("--faces", lfw, "--engine", "nobodys", "--kept", kept)
    assert unknown.returncode == 1 and "there are dlib, mobilefacenet, sface, mine" in unknown.stderr


def test_single_pictures_fill_a_gallery_with_members_who_are_not_probed():
    rows = people_with(*[4] * 10, *[2] * 5, *[1] * 20)
    for trial in trials.single(rows, 15, 3, 3, 0):
        assert len(trial.members) == 15 and (trial.truth != STRANGER).sum() == 10
        assert not set(trial.members.tolist()) & set(trial.persons[trial.truth == STRANGER].tolist())


@pytest.mark.parametrize(("make", "counts", "why"), [
    (trials.single, [4] * 3, "3 people fit to be enrolled, 5 are needed"),
    (trials.single, [4] * 5, "nobody is left as a stranger"),
    (trials.single, [1] * 9, "of those enrolled nobody has 1 pictures"),
    (trials.tracks, [4] * 9, "of those enrolled nobody has 5 pictures"),
    (trials.tracks, [9] * 6 + [4] * 9, None),
    (trials.tracks, [], "0 people fit to be enrolled"),
])
def test_a_shortage_is_told(make, counts, why):
    if why is None:
        assert all(len(trial.members) == 5 for trial in make(people_with(*counts), 5, 1, 2, 0))
        return
    with pytest.raises(Shortage, match=why):
        list(make(people_with(*counts), 5, 1, 2, 0))


def test_look_alikes_need_more_people_than_are_enrolled():
    rows = people_with(4, 4, 1)
    with pytest.raises(Shortage, match="3 people of the group, more than 3 are needed"):
        list(trials.look_alikes(rows, [0, 1, 2], 3, 1, 0))
    assert len(list(trials.look_alikes(rows, [0, 1, 2], 2, 4, 0))) == 4


@pytest.mark.parametrize(("content", "found", "said"), [
    ('{"note": "by hand", "women": ["A", "B"], "men": 5, "all": null, "mixed": ["A", 1]}', {"women": ["A", "B"]},
     ["men is left out", "all is left out", "mixed is left out"]),
    ("[1, 2]", {}, ["must hold an object"]),
    ("{broken", {}, ["cannot be read as JSON"]),
])
def test_groups_are_lists_of_names_and_all_else_is_told(content, found, said, tmp_path, capsys):
    (tmp_path / "groups.json").write_text(content, encoding="utf-8")
    assert read_groups(tmp_path / "groups.json") == found
    errors = capsys.readouterr().err
    assert all(each in errors for each in said) and "note" not in errors


@pytest.mark.parametrize("damage", [b"", b"text", b"\x80\x04]q\x00.", None])
def test_what_is_kept_and_damaged_is_named_and_made_anew(damage, tmp_path, capsys):
    store = tmp_path / "engine-2.npz"
    if damage is None:
        np.savez(store, digests=np.array(["a"]), vectors=np.zeros((1, 2, 7), np.float32))
    else:
        store.write_bytes(damage)
    assert faces._read(store, (2, 128)) == {}
    assert "engine-2.npz is damaged" in capsys.readouterr().err


def test_a_picture_without_a_face_can_count_as_not_recognised():
    unit = np.ones((4, 1), np.float32)
    people = Faces(("A", "B"), np.array([0, 0, 0, 1]), unit, unit, None, ("A", "A", "Nobody"))
    assert people.lost(1).tolist() == [0.5, 0.0]     # two of A's pictures are left, and two show no face
    tries = Tries(np.array([-1.0, -1.0, 1.0, 2.0]), np.array([True, True, False, False]),
                  np.array([True, True, True, False]), np.arange(4), np.array([0.5, 0.0, 0.5, 0.0]))
    own, moved = at_threshold(tries), at_fpir(tries, 0.01)
    assert own["fnir"].value == pytest.approx(1 / 3) and own[WITH_NOT_DETECTED].value == pytest.approx(0.5)
    assert moved["fnir"].value == pytest.approx(1 / 3) and moved[WITH_NOT_DETECTED].value == pytest.approx(0.5)


def test_a_fitted_point_is_whole_and_fit_for_a_manifest(tmp_path):
    rng = np.random.default_rng(3)
    counts = [9] * 150 + [1] * 100
    owner = np.repeat(np.arange(len(counts)), counts)
    own = rng.normal(size=(len(counts), 64))[owner] + 0.8 * rng.normal(size=(len(owner), 64))
    own = (own / np.linalg.norm(own, axis=1, keepdims=True)).astype(np.float32)
    crowd = Faces(tuple(f"P{number}" for number in range(len(counts))), owner, own, own, None, ())
    given = yaml.safe_load((SHIPPED / "sface.yaml").read_text(encoding="utf-8"))
    engine = SimpleNamespace(name="mine", operating=read(SHIPPED / "sface.yaml").operating)
    found = cross_validated(engine, crowd, 2, 0)
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(given | {"operating_point": found["operating_point"]}))
    fitted = read(tmp_path / "mine.yaml").operating
    assert {name: getattr(fitted, name) for name in FITTED} == found["everybody"]
    assert fitted.margin == engine.operating.margin and "margin" in found["as_before"]
    assert set(found["seen_of_the_others"]) == {"per_target", "usual", "usual_per_size"}
    with pytest.raises(ValueError, match="too few"):
        fit(engine, load({}, {}, []), crowd, crowd.rows()[:20], 2, 0)
