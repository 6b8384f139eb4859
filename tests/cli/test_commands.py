"""The command line: what each command does, its exit code, and one clear line when it fails."""

from __future__ import annotations

import csv
import io
import json

import pytest

from backend.config import PROJECT_ROOT

PICTURES = PROJECT_ROOT / "data" / "demo" / "pictures"
GRACE = [str(path) for path in sorted(PICTURES.glob("grace-hopper-*.jpg"))]
EILEEN = str(PICTURES / "eileen-collins-1.jpg")


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


def test_a_person_is_added_enrolled_and_identified(run):
    assert run("person", "add", "EMP001", "Grace Hopper", "--department", "Engineering").returncode == 0
    enrolled = run("enroll", "EMP001", *GRACE, "--consent")
    assert enrolled.returncode == 0, enrolled.stderr
    assert "EMP001 now has 3" in enrolled.stdout

    [face] = json.loads(run("identify", GRACE[0], "--json").stdout)["faces"]
    assert (face["decision"], face["person"]["person_id"]) == ("accepted", "EMP001")
    assert face["distance"] < face["threshold"]

    [stranger] = json.loads(run("identify", EILEEN, "--json").stdout)["faces"]
    assert (stranger["decision"], stranger["person"]) == ("rejected", None)
    assert stranger["reason"] == "nobody_near_enough"

    assert "0 rows" in run("attendance", "list").stdout, "identify marks nothing"


def test_no_face_without_consent(run):
    run("person", "add", "EMP001", "Grace Hopper")
    refused = run("enroll", "EMP001", GRACE[0])
    assert refused.returncode == 1
    assert "has not agreed" in one_line(refused.stderr)
    assert json.loads(run("identify", GRACE[0], "--json").stdout)["faces"][0]["reason"] == "gallery_empty"


def test_another_persons_face_is_refused_and_named(run):
    run("person", "add", "EMP001", "Grace Hopper")
    run("person", "add", "EMP002", "Eileen Collins")
    run("enroll", "EMP001", *GRACE, "--consent")
    refused = run("enroll", "EMP002", GRACE[0], "--consent")
    assert refused.returncode == 1
    assert "Grace Hopper" in one_line(refused.stderr)


def test_a_picture_that_is_none_is_named(run, tmp_path):
    run("person", "add", "EMP001", "Grace Hopper")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a picture")
    failed = run("enroll", "EMP001", str(broken), "--consent")
    assert failed.returncode == 1
    assert "broken.jpg" in one_line(failed.stderr)


def test_people_travel_as_csv_and_bad_lines_are_named(run, tmp_path):
    staff = tmp_path / "staff.csv"
    staff.write_text("person_id,name,department\nEMP001,Aïcha Benali,Sales\n,Nobody,\nEMP001,Twice,\n"
                     "EMP002,Mei 陈,\n", encoding="utf-8")
    imported = run("person", "import", str(staff))
    assert imported.returncode == 1
    assert "Added 2 people, 2 lines left out" in imported.stdout
    assert "line 3:" in imported.stderr
    assert "line 4:" in imported.stderr
    rows = list(csv.DictReader(io.StringIO(run("person", "export").stdout)))
    assert [(row["person_id"], row["name"]) for row in rows] == [("EMP001", "Aïcha Benali"), ("EMP002", "Mei 陈")]


def test_erasing_asks_first(run):
    run("person", "add", "EMP001", "Grace Hopper")
    assert run("person", "erase", "EMP001", stdin="n\n").returncode == 1
    assert "Grace Hopper" in run("person", "list").stdout
    assert run("person", "erase", "EMP001", "--yes").returncode == 0
    assert "Grace Hopper" not in run("person", "list").stdout


def test_a_key_is_shown_once(run):
    made = run("key", "create", "payroll", "--scope", "attendance:read")
    secret = one_line(made.stdout)
    assert len(secret) >= 22
    listed = run("key", "list").stdout
    assert "payroll" in listed
    assert secret not in listed
    assert run("key", "revoke", "1").returncode == 0
    assert "revoked" in run("key", "list").stdout


def test_a_page_user_is_made_without_showing_the_password(run):
    made = run("admin", "create", "olga", "--role", "hr", "--password-stdin", stdin="correct horse battery\n")
    assert made.returncode == 0, made.stderr
    assert "correct horse" not in made.stdout + made.stderr
    again = run("admin", "create", "olga", "--password-stdin", stdin="another long one\n")
    assert again.returncode == 1
    assert "olga" in one_line(again.stderr)


def test_a_backup_is_made_listed_and_put_back(run, tmp_path):
    run("person", "add", "EMP001", "Grace Hopper")
    assert run("backup", "create").returncode == 0
    run("person", "add", "EMP002", "Eileen Collins")
    [copy] = (tmp_path / "data" / "backups").glob("*.db")
    assert copy.name in run("backup", "list").stdout
    restored = run("backup", "restore", str(copy), "--yes")
    assert restored.returncode == 0, restored.stderr
    assert "1 people" in run("person", "list").stdout


def test_the_doctor_finds_nothing_wrong_on_a_fresh_machine(run):
    checked = run("doctor")
    assert checked.returncode == 0, checked.stdout
    assert "✗" not in checked.stdout
    assert "✓ recognition: nobody's face is registered yet" in checked.stdout


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["person"], ["enroll", "EMP001"], ["attendance", "list", "--start", "yesterday"],
    ["attendance", "list", "--start", "2026-03-02", "--end", "2026-03-01"],
    ["serve", "--port", "many"], ["attendance", "export", "--format", "xlsx"],
])
def test_wrong_usage_is_2_and_says_how(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "environment", "words"), [
    (["person", "erase", "NOBODY", "--yes"], {}, "NOBODY"),
    (["key", "revoke", "99"], {}, "99"),
    (["person", "list"], {"FACE_ATTENDANCE_DATABASE_URL": "oracle://x"}, "DATABASE_URL"),
    (["person", "list"], {"FACE_ATTENDANCE_PORT": "x"}, "PORT must be a whole number"),
    (["person", "list"], {"FACE_ATTENDANCE_SECRET_KEY": "short"}, "SECRET_KEY"),
])
def test_a_failure_is_1_and_one_line(run, arguments, environment, words):
    done = run(*arguments, **environment)
    assert done.returncode == 1
    assert words in one_line(done.stderr)


def test_the_settings_in_force_hide_secrets(run):
    shown = run("settings", ODOO_PASSWORD="s3cret-word").stdout
    assert "s3cret-word" not in shown
    assert "ODOO_PASSWORD = ***********" in shown


def test_doctor_says_what_the_check_against_pictures_lacks(run):
    answer = run("doctor", FACE_ATTENDANCE_LIVENESS="challenge")
    assert answer.returncode == 1
    assert "✗ liveness: " in answer.stdout and "models fetch yunet" in answer.stdout


def test_doctor_says_that_the_data_folder_cannot_be_used(run, tmp_path):
    (tmp_path / "taken").write_text("a file, where the folder is to be")
    answer = run("doctor", FACE_ATTENDANCE_DATA_DIR=str(tmp_path / "taken"))
    assert answer.returncode == 1
    [line] = [line for line in answer.stdout.splitlines() if " folder: " in line]
    assert line.startswith("✗ folder: DATA_DIR cannot be written"), line


def test_enrolling_without_consent_names_the_flag_that_gives_it(run):
    assert run("person", "add", "EMP001", "Grace Hopper").returncode == 0
    refused = run("enroll", "EMP001", GRACE[0])
    assert refused.returncode == 1
    assert "--consent" in one_line(refused.stderr)


def test_a_duplicate_person_needs_a_flag_and_a_reason(run):
    run("person", "add", "EMP001", "Grace")
    run("person", "add", "EMP002", "Grace's twin")
    twice = run("enroll", "EMP001", GRACE[0], GRACE[0], GRACE[1], "--consent")
    assert "Added 2 templates" in twice.stdout
    assert f"Passed over {GRACE[0]}: The picture is nearly the same" in twice.stdout
    assert "Note: Grace has fewer than 3 pictures" in twice.stdout

    forced = run("enroll", "EMP002", GRACE[2], "--consent", "--force")
    assert forced.returncode == 1 and "--allow-duplicate" in forced.stderr
    unexplained = run("enroll", "EMP002", GRACE[2], "--consent", "--allow-duplicate")
    assert unexplained.returncode == 2 and "--reason" in unexplained.stderr
    allowed = run("enroll", "EMP002", GRACE[2], "--consent", "--allow-duplicate", "--reason", "twins")
    assert allowed.returncode == 0, allowed.stderr
    assert "Note: Grace's twin looks much like Grace (EMP001)" in allowed.stdout

    told = run("doctor", "gallery")
    assert told.returncode == 0, told.stderr
    assert "2 people, 3 templates" in told.stdout
    assert "are too alike" in told.stdout and "Grace's twin (EMP002) has 1 of the pictures" in told.stdout
    found = json.loads(run("doctor", "gallery", "--json").stdout)
    assert found["ok"] is False
    assert {found["alike"][0][side]["person_id"] for side in ("person", "other")} == {"EMP001", "EMP002"}
