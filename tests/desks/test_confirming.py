"""A face that was not quite sure is asked about, and confirmed by PIN or badge."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.attendance_system import AttendanceSystem
from backend.desks.confirming import ConfirmationExpired
from backend.desks.pins import BadgeWrong, PinLocked, PinWrong
from backend.errors import BadInput, NotFound
from backend.jobs.schedule import prune
from backend.store.records import Person
from backend.vision.results import Decision, Outcome, Reason, Refusal

DOOR = "camera-1"


@pytest.fixture
def ask(system: AttendanceSystem, clock, alice: Person):
    """Has the camera be nearly sure of Alice; the event that the pages get."""
    def ask(track: int = 1, person: Person = alice, reason: Reason = Reason.NOT_SURE_ENOUGH, device: str = DOOR):
        decision = Decision(Outcome.ASK, reason, person.uuid, 0.29, threshold=0.27, confidence=0.34)
        return system.attendance.record_refusal(Refusal(clock.now, device, track, decision))

    return ask


@pytest.fixture
def pin(system: AttendanceSystem, alice: Person, bob: Person) -> str:
    """Alice's. Bob has the same, as people do."""
    for person in (alice, bob):
        system.people.set_pin(person.person_id, "4711", by="test")
    return "4711"


def security(system: AttendanceSystem) -> list[str]:
    return [line.message for line in system.journal.logs("security")]


def punches(system: AttendanceSystem, person: Person) -> list:
    with system.store.read() as unit:
        return unit.punches.of(person.uuid)


def test_the_question_names_nobody(system, ask, alice):
    told = ask()
    assert (told["decision"], told["reason"], told["device"], told["expires_in"]) == (
        "ask", "not_sure_enough", DOOR, 60.0)
    assert told["text"] == Reason.NOT_SURE_ENOUGH.text
    (event,) = system.journal.events_since(0)[-1:]
    assert (event.kind, event.payload) == ("sighting", told)
    for secret in (alice.name, alice.person_id, str(alice.uuid)):
        assert secret not in str({**told, "confirmation": ""})
    assert punches(system, alice) == []


def test_the_right_pin_makes_one_punch_of_when_the_face_was_seen(system, clock, ask, alice, pin):
    told, seen = ask(), clock.now
    clock.now += timedelta(seconds=20)
    marked = system.confirmations.confirm(told["confirmation"], pin=pin, device=DOOR)
    assert (marked.action, marked.created, marked.attendance.person_id) == ("check_in", True, alice.person_id)
    (punch,) = punches(system, alice)
    assert (punch.at, str(punch.source), punch.device, punch.distance, punch.confidence) == (
        seen.replace(microsecond=0), "pin", DOOR, 0.29, 0.34)
    # The reply was lost, and the page sends the same again, even when the time is up.
    clock.now += timedelta(minutes=2)
    again = system.confirmations.confirm(told["confirmation"], pin=pin)
    assert (again.action, again.created, again.punch_uuid) == ("check_in", False, marked.punch_uuid)
    assert len(punches(system, alice)) == 1


def test_a_badge_confirms_as_well(system, ask, bob):
    marked = system.confirmations.confirm(ask(person=bob)["confirmation"], badge="B-7")
    assert (marked.action, str(punches(system, bob)[0].source)) == ("check_in", "badge")


@pytest.mark.parametrize("badge", ["1001", "1002", "nobody's"])
def test_another_badge_is_refused_and_written_down(system, ask, alice, bob, badge):
    # Neither Alice's, nor Bob's number beside his badge, nor one that nobody has.
    question = ask(person=bob)["confirmation"]
    with pytest.raises(BadgeWrong):
        system.confirmations.confirm(question, badge=badge)
    assert security(system)[0] == "A badge was shown that is not the one of the face"
    assert punches(system, alice) == punches(system, bob) == []


def test_a_wrong_pin_does_not_find_who_has_it(system, ask, alice, bob, pin):
    system.people.set_pin(bob.person_id, "9999", by="test")
    with pytest.raises(PinWrong):
        system.confirmations.confirm(ask()["confirmation"], pin="9999")
    assert security(system)[0] == "A wrong PIN was given"
    assert punches(system, alice) == punches(system, bob) == []


def test_five_wrong_ones_lock_out_even_by_turns(system, ask, alice, pin):
    question = ask()["confirmation"]
    for number in range(5):
        wrong = {"pin": "0000"} if number % 2 else {"badge": "0000"}
        with pytest.raises((PinWrong, BadgeWrong)):
            system.confirmations.confirm(question, **wrong)
    for right in ({"pin": pin}, {"badge": alice.person_id}):
        with pytest.raises(PinLocked) as locked:
            system.confirmations.confirm(question, **right)
        assert locked.value.retry_after > 0
    assert punches(system, alice) == []


def test_a_question_ends(system, clock, ask, alice, pin):
    question = ask()["confirmation"]
    clock.now += timedelta(seconds=60)
    with pytest.raises(ConfirmationExpired):
        system.confirmations.confirm(question, pin=pin)
    clock.now += timedelta(hours=2)
    assert "1 questions at the door" in prune(system)
    with pytest.raises(NotFound):
        system.confirmations.confirm(question, pin=pin)


@pytest.mark.parametrize("answer", [{}, {"pin": "4711", "badge": "1001"}, {"pin": " "}])
def test_one_answer_is_needed(system, ask, answer):
    with pytest.raises(BadInput, match="pin or badge"):
        system.confirmations.confirm(ask()["confirmation"], **answer)


def test_a_question_is_answered_where_it_was_asked(system, ask, pin):
    question = ask()["confirmation"]
    for unknown in ({"confirmation": question, "device": "tablet"}, {"confirmation": uuid4()}):
        with pytest.raises(NotFound):
            system.confirmations.confirm(pin=pin, **unknown)


def test_a_track_has_one_question_about_a_person(ask, bob):
    first = ask()
    assert ask(reason=Reason.TOO_ALIKE)["confirmation"] == first["confirmation"]
    assert ask(track=2)["confirmation"] != first["confirmation"]
    assert ask(person=bob)["confirmation"] != first["confirmation"]


def test_who_has_confirmed_is_not_asked_again(system, clock, ask, alice, pin):
    system.confirmations.confirm(ask()["confirmation"], pin=pin)
    assert ask(track=2) is None  # the same face, lost for a moment and found again
    clock.now += timedelta(minutes=4)
    assert ask(track=1) is None  # still standing there
    # Another face that looks like Alice, who came four minutes ago: nothing to confirm for her.
    later = ask(track=9)
    assert (later["decision"], "confirmation" in later) == ("uncertain", False)
    clock.now += timedelta(hours=8)
    assert ask(track=10)["decision"] == "ask"


def test_withdrawal_and_erasure_end_the_question(system, ask, alice, bob, pin):
    system.faces.give_consent(alice.person_id, by="test")
    questions = [ask()["confirmation"], ask(person=bob)["confirmation"]]
    system.faces.withdraw_consent(alice.person_id, by="test")
    system.people.erase(bob.person_id, by="test")
    for question in questions:
        with pytest.raises(NotFound):
            system.confirmations.confirm(question, pin=pin)


def test_who_is_not_sure_at_all_is_asked_nothing(system, clock, alice):
    decision = Decision(Outcome.REJECTED, Reason.NOBODY_NEAR_ENOUGH, alice.uuid, 0.6)
    told = system.attendance.record_refusal(Refusal(clock.now, DOOR, 1, decision))
    assert (told["decision"], "confirmation" in told) == ("rejected", False)
