"""`models`: what is there, how it gets there, and that nobody takes a licence unasked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT

YUNET = "face_detection_yunet_2023mar.onnx"


@pytest.fixture
def yunet(test_data: Path) -> str:
    return str(test_data / "models" / YUNET)


def test_weights_are_fetched_listed_and_verified(run, yunet, tmp_path) -> None:
    before = {row["name"]: row for row in json.loads(run("models", "list", "--json").stdout)}
    assert before["yunet"]["state"] == "missing" and before["sface"]["licence"]["name"] == "Apache-2.0"
    fetched = run("models", "fetch", "yunet", "--from", yunet, "--accept-licence")
    assert fetched.returncode == 0, fetched.stderr
    assert "licence MIT" in fetched.stdout and "SHA-256 as it has to be" in fetched.stdout
    listed = run("models", "list").stdout
    assert "99.40 %" in listed and "ENGINE is dlib" in listed
    assert [line.split()[2] for line in listed.splitlines() if line.startswith("yunet")] == ["ready"]
    assert run("models", "verify").returncode == 0
    (tmp_path / "data" / "models" / YUNET).write_bytes(b"harmed")
    harmed = run("models", "verify", "yunet")
    assert harmed.returncode == 1
    assert "another file; delete it, then run: python -m backend models fetch yunet" in harmed.stdout


def test_nobody_takes_a_licence_unasked(run, yunet, tmp_path) -> None:
    refused = run("models", "fetch", "yunet", "--from", yunet)
    assert refused.returncode == 1
    assert "licence MIT" in refused.stdout and "--accept-licence" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_another_one_is_refused_in_one_line(run, tmp_path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"something else")
    refused = run("models", "fetch", "yunet", "--from", "other.onnx", "--accept-licence")
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1].startswith("Error: other.onnx is not YuNet: its SHA-256")


def test_who_asks_for_what_is_not_there_is_told_what_there_is(run) -> None:
    assert "there are: minifasnet, mobilefacenet, sface, yunet" in run("models", "verify", "arcface").stderr
    assert run("models", "verify", "sface").returncode == 1


def test_doctor_says_what_an_engine_lacks(run) -> None:
    told = run("doctor", FACE_ATTENDANCE_ENGINE="sface")
    assert told.returncode == 1
    assert "✗ models:" in told.stdout and "models fetch yunet" in told.stdout


def test_a_change_of_engine_from_kept_pictures_to_the_list_of_people(run, test_data, tmp_path) -> None:
    shutil.copytree(test_data / "models", tmp_path / "data" / "models", ignore=lambda *_: ["README.md"])
    pictures = PROJECT_ROOT / "data" / "demo" / "pictures"
    run("person", "add", "EMP001", "Grace Hopper")
    run("enroll", "EMP001", str(pictures / "grace-hopper-1.jpg"), "--consent", FACE_ATTENDANCE_KEEP_PICTURES="30 d")
    run("person", "add", "EMP002", "Eileen Collins")
    run("enroll", "EMP002", str(pictures / "eileen-collins-1.jpg"), "--consent")
    planned = run("models", "reembed", "--engine", "mobilefacenet", "--dry-run")
    assert "0 ready, 1 would be embedded anew, 1 to be enrolled again" in planned.stdout, planned.stderr
    assert "Eileen Collins" in planned.stdout and "no picture of the enrolment is kept" in planned.stdout
    ours = {"FACE_ATTENDANCE_ENGINE": "mobilefacenet"}
    done = json.loads(run("models", "reembed", "--json", **ours).stdout)
    assert [one["state"] for one in done["people"]] == ["enrol_again", "reembedded"]
    listed = run("person", "list", **ours).stdout
    assert [line.split()[-3:-1] for line in listed.splitlines() if "Eileen" in line] == [["enrol", "again"]]
    assert "1 of them have faces of another engine only" in run("doctor", **ours).stdout
    assert run("person", "pictures", "EMP001", "--output", "grace").stdout.startswith("1 pictures of EMP001 are kept")
    assert [path.suffix for path in (tmp_path / "grace").iterdir()] == [".jpg"]
