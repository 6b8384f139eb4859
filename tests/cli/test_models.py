"""`models`: what is there, how it gets there, and that nobody takes a licence unasked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


COMMANDS = """
import json, os, sys
from backend.cli import main
for environment, arguments in json.load(sys.stdin):
    os.environ.pop("FACE_ATTENDANCE_ENGINE", None)
    os.environ.pop("FACE_ATTENDANCE_KEEP_PICTURES", None)
    os.environ.update(environment)
    sys.stderr = sys.stdout
    print("\\x1e", end="")
    main(arguments)
"""
"""Many commands in one process: each would load the networks anew."""


def test_a_change_of_engine_from_kept_pictures_to_the_list_of_people(test_data, tmp_path) -> None:
    shutil.copytree(test_data / "models", tmp_path / "data" / "models", ignore=lambda *_: ["README.md"])
    pictures = PROJECT_ROOT / "data" / "demo" / "pictures"
    other = {"FACE_ATTENDANCE_ENGINE": "mobilefacenet"}
    keep = {"FACE_ATTENDANCE_KEEP_PICTURES": "30 d"}
    reembed = ["models", "reembed", "--engine", "mobilefacenet"]
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("FACE_ATTENDANCE_", "ODOO_"))}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS], capture_output=True, text=True, timeout=150, cwd=tmp_path,
        env=ours | {"FACE_ATTENDANCE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(PROJECT_ROOT),
                    "FACE_ATTENDANCE_TIMEZONE": "UTC"},
        input=json.dumps([
            ({}, ["person", "add", "EMP001", "Grace Hopper"]),
            (keep, ["enroll", "EMP001", str(pictures / "grace-hopper-1.jpg"), "--consent"]),
            ({}, ["person", "add", "EMP002", "Eileen Collins"]),
            ({}, ["enroll", "EMP002", str(pictures / "eileen-collins-1.jpg"), "--consent"]),
            ({}, [*reembed, "--dry-run"]), ({}, [*reembed, "--forget-others"]), (other, ["models", "reembed"]),
            (other, ["person", "list"]), (other, ["doctor"]),
            ({}, ["person", "pictures", "EMP001", "--output", "grace"])]))
    assert done.returncode == 0, done.stderr
    planned, refused, embedded, listed, doctor, written = done.stdout.split("\x1e")[-6:]
    assert "0 ready, 1 would be embedded anew, 1 to be enrolled again" in planned
    assert "Eileen Collins" in planned and "no picture of the enrolment is kept" in planned
    assert "is for the engine in force" in refused
    assert "mobilefacenet-v1: 0 ready, 1 embedded anew, 1 to be enrolled again" in embedded
    assert [line.split()[-3:-1] for line in listed.splitlines() if "Eileen" in line] == [["enrol", "again"]]
    assert "1 of them have faces of another engine only" in doctor
    assert written.startswith("1 pictures of EMP001 are kept")
    (kept,) = (tmp_path / "grace").iterdir()
    assert kept.suffix == ".jpg" and kept.stat().st_mode & 0o077 == 0
