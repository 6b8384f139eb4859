"""Settings: where they come from, which wins, and what a bad one is told."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import certifi
import pytest

from backend.config import as_written, load, parsing, rows
from backend.errors import SettingError


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path):
    file = tmp_path / "face-attendance.yaml"
    file.write_text("PORT: 1001\nHOST: 10.0.0.1\nDUPLICATE_WINDOW: 7 min\n")
    environ = {"FACE_ATTENDANCE_PORT": "1002", "FACE_ATTENDANCE_HOST": "10.0.0.2"}
    settings = load({"port": 1003}, environ, [file])
    assert settings.port == 1003
    assert settings.host == "10.0.0.2"
    assert settings.duplicate_window == timedelta(minutes=7)
    assert settings.max_shift == timedelta(hours=16)


def test_a_secret_may_lie_in_a_file(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    settings = load({}, {"ODOO_PASSWORD_FILE": str(secret)}, [])
    assert settings.odoo_password == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_secret_file_that_is_missing_is_named():
    with pytest.raises(SettingError, match="ODOO_PASSWORD_FILE cannot be read"):
        load({}, {"ODOO_PASSWORD_FILE": "/nonexistent"}, [])


@pytest.mark.parametrize(("variable", "value", "fault"), [
    ("FACE_ATTENDANCE_PORT", "eighty", "must be a whole number"),
    ("FACE_ATTENDANCE_PORT", "70000", "at most 65535"),
    ("FACE_ATTENDANCE_DUPLICATE_WINDOW", "5 fortnights", "length of time"),
    ("FACE_ATTENDANCE_TIMEZONE", "Mars/Olympus", "not a known time zone"),
    ("FACE_ATTENDANCE_TARGET_FPIR", "50 %", "at most 0.1"),
    ("FACE_ATTENDANCE_REQUIRE_CONSENT", "maybe", "true or false"),
    ("FACE_ATTENDANCE_PERIOD_LOCK", "1.11.2026", "YYYY-MM-DD"),
    ("ODOO_TRANSPORT", "soap", "one of auto, xmlrpc"),
    ("ODOO_URL", "foo", "must begin with http:// or https://, not 'foo'"),
    ("ODOO_URL", "ftp://odoo.example.com", "must begin with http:// or https://"),
    ("ODOO_URL", "https://odoo.example.com:port", "must be an address"),
    ("ODOO_URL", "https://[odoo", "must be an address"),
    ("FACE_ATTENDANCE_ODOO_CA_FILE", "/nonexistent", "that can be read (No such file or directory)"),
    ("FACE_ATTENDANCE_ODOO_CA_FILE", "pyproject.toml", "must be a file of PEM certificates"),
    ("FACE_ATTENDANCE_ODOO_CA_FILE", "backend", "must be a file of PEM certificates"),
    ("FACE_ATTENDANCE_ODOO_PULL_SCHEDULE", "every now and then", "or off: wrong number of fields"),
    ("FACE_ATTENDANCE_ODOO_PULL_SCHEDULE", "0 25 * * *", "bad hour"),
    ("FACE_ATTENDANCE_ODOO_PULL_SCHEDULE", "0 0 31 2 *", "bad day-of-month"),
    ("FACE_ATTENDANCE_ODOO_PULL_SCHEDULE", "", "wrong number of fields"),
])
def test_a_bad_value_names_the_setting_the_fault_and_an_example(variable, value, fault):
    with pytest.raises(SettingError) as caught:
        load({}, {variable: value}, [])
    line = str(caught.value)
    assert variable.removeprefix("FACE_ATTENDANCE_") in line
    assert fault in line
    assert "Example: " in line
    assert "\n" not in line


def test_a_bad_secret_is_not_repeated():
    row = next(row for row in rows() if row.name == "SECRET_KEY")
    assert row.secret


@pytest.mark.parametrize("value", ["https://bridge:s3cret@odoo.example.com", "bridge:s3cret@odoo.example.com",
                                   "https://bridge:s3cret@[odoo"])
def test_a_password_in_an_address_is_refused_and_not_repeated(value):
    with pytest.raises(SettingError, match="ODOO_URL must not hold a user or password") as caught:
        load({}, {"ODOO_URL": value}, [])
    assert "s3cret" not in str(caught.value)


def test_the_certificates_for_odoo_may_lie_beside_the_program(tmp_path, monkeypatch):
    shutil.copy(certifi.where(), tmp_path / "ca.pem")
    monkeypatch.setattr(parsing, "PROJECT_ROOT", tmp_path)
    settings = load({}, {"FACE_ATTENDANCE_ODOO_CA_FILE": "ca.pem"}, [])
    assert settings.odoo_ca_file == Path("ca.pem")


def test_an_unknown_name_in_the_file_stops_the_start_with_the_nearest_name(tmp_path):
    file = tmp_path / "face-attendance.yaml"
    file.write_text("PROT: 5000\n")
    with pytest.raises(SettingError, match="did you mean PORT"):
        load({}, {}, [file])


def test_an_unknown_name_in_the_environment_is_warned_of(caplog):
    load({}, {"FACE_ATTENDANCE_PROT": "1"}, [])
    assert "did you mean PORT" in caplog.text


def test_an_empty_value_unsets_what_may_be_unset():
    assert load({}, {"FACE_ATTENDANCE_CAMERA": ""}, []).camera is None


@pytest.mark.parametrize(("written", "meant"), [
    ("5 min", timedelta(minutes=5)), ("300", timedelta(minutes=5)), ("5m", timedelta(minutes=5)),
    ("1.5 h", timedelta(minutes=90)),
])
def test_lengths_of_time(written, meant):
    settings = load({}, {"FACE_ATTENDANCE_DUPLICATE_WINDOW": written}, [])
    assert settings.duplicate_window == meant


@pytest.mark.parametrize("written", ["off", "OFF", False])
def test_a_schedule_is_switched_off_by_a_word(written):
    assert load({"odoo_pull_schedule": written}, {}, []).odoo_pull_schedule == "off"


def test_share_in_per_cent_is_the_same_as_the_fraction():
    assert load({}, {"FACE_ATTENDANCE_TARGET_FPIR": "0.1 %"}, []).target_fpir == pytest.approx(0.001)


def test_tls_needs_both_halves():
    with pytest.raises(SettingError, match="go together"):
        load({}, {"FACE_ATTENDANCE_TLS_CERT": "cert.pem"}, [])


def test_every_default_passes_its_own_check():
    for row in rows():
        if row.default is None:
            continue
        assert row.minimum is None or row.default >= row.minimum, row.name
        assert row.maximum is None or row.default <= row.maximum, row.name
        assert row.help and row.example, row.name


def test_what_is_shown_can_be_written_again():
    for row in rows():
        if row.default is not None:
            assert row.parse(as_written(row.default)) == row.default, row.name


def test_relative_paths_are_taken_from_the_project_root(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = load({}, {"FACE_ATTENDANCE_DATABASE_URL": "sqlite:///data/other.db"}, [])
    assert settings.database.startswith("sqlite:////")
    assert str(tmp_path) not in settings.database
