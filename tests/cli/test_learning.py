"""`faces` and `doctor drift` at the command line."""

from __future__ import annotations

import json


def test_nothing_learnt_and_nobody_drifting(run):
    assert run("person", "add", "EMP001", "Grace Hopper").returncode == 0
    told = run("doctor", "drift", "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["ok"], report["people"]) == (True, [])
    assert "Deleted 0 learnt templates" in run("faces", "forget", "--everybody").stdout
    wrong = run("faces", "forget")
    assert (wrong.returncode, "--everybody" in wrong.stderr) == (2, True)


def test_a_pin_and_a_badge_for_whoever_uses_no_face(run):
    run("person", "add", "EMP001", "Grace Hopper")
    assert "is set" in run("person", "pin", "EMP001", "--pin-stdin", stdin="4711\n").stdout
    assert "4 to 12 digits" in run("person", "pin", "EMP001", "--pin-stdin", stdin="47\n").stderr
    assert "is set" in run("person", "badge", "EMP001", "004711").stdout
    assert run("person", "badge", "EMP001").returncode == 2
