"""A face that did not show that it is no picture: refused, told to the pages, kept in the security log."""

from __future__ import annotations

import pytest

from backend.vision.results import Decision, Outcome, Reason, Refusal


@pytest.mark.parametrize(("reason", "words"), [(Reason.NOT_LIVE, "looked like a picture"),
                                               (Reason.CHALLENGE_FAILED, "did not move as it was asked to")])
def test_it_is_in_the_security_log_with_the_name_and_told_without_it(reason, words, system, alice, clock):
    decision = Decision(Outcome.UNCERTAIN, reason, alice.uuid, 0.2)
    system.attendance.record_refusal(Refusal(clock.now, "door", 7, decision))
    with system.store.read() as unit:
        line, payload = unit.logs.search(category="security")[0], unit.events.since(0)[-1].payload
        assert unit.punches.count() == 0
    assert words in line.message and alice.name in line.message and line.level == "warning"
    assert line.details["device"] == "door" and line.details["reason"] == reason
    assert payload["reason"] == reason and "1001" not in str(payload)


def test_a_stranger_leaves_no_line_there(system, clock):
    system.attendance.record_refusal(Refusal(clock.now, "door", 7, Decision(Outcome.REJECTED,
                                                                            Reason.NOBODY_NEAR_ENOUGH)))
    with system.store.read() as unit:
        assert not [line for line in unit.logs.search(category="security") if "picture" in line.message]
