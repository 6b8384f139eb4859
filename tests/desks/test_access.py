"""Access: keys shown once, page users and their sessions, the first administrator, PINs."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.desks.access import AccessDesk, AlreadySetUp, UserExists, WrongSetupCode
from backend.desks.parts import Parts
from backend.desks.pins import PinLocked, PinWrong
from backend.desks.scopes import ROLE_SCOPES, allows
from backend.errors import BadInput, NotFound
from backend.store import open_store

PASSWORD = "correct horse battery"


@pytest.fixture
def parts(any_database_settings, clock):
    store = open_store(any_database_settings, clock)
    yield Parts(any_database_settings, clock, store, store.sealer)
    store.close()


@pytest.fixture
def access(parts):
    desk = AccessDesk(parts)
    yield desk
    desk.close()


@pytest.fixture
def alice(parts):
    with parts.store.write() as unit:
        return unit.people.add("1001", "Alice")


def test_a_key_is_shown_once_and_recognised(access, parts):
    key, plain = access.create_key("Payroll", ["sync:read", "attendance:read"])
    assert access.check_key(plain) == key
    assert key.scopes == ("attendance:read", "sync:read")
    assert plain.startswith(key.prefix) and len(plain) > len(key.prefix) + 30
    with parts.store.read() as unit:
        row = unit.connection.execute(text("SELECT * FROM api_keys")).mappings().one()
    assert plain not in str(dict(row))


@pytest.mark.parametrize("wrong", [
    lambda plain: "", lambda plain: plain[:-1], lambda plain: plain + "x",
    lambda plain: plain[:-1] + ("a" if plain[-1] != "a" else "b"), lambda plain: "fa_" + "a" * 41,
    lambda plain: plain.upper(), lambda plain: "é\ud800",
])
def test_any_other_text_is_no_key(access, wrong):
    _, plain = access.create_key("Payroll", ["*"])
    assert access.check_key(wrong(plain)) is None


def test_a_key_ends_when_it_expires_or_is_revoked(access, clock):
    _, short = access.create_key("Short", ["*"], clock() + timedelta(days=1))
    key, revoked = access.create_key("Revoked", ["*"])
    assert access.revoke_key(str(key.id)).revoked_at == clock()
    assert access.check_key(revoked) is None
    assert access.check_key(short) is not None
    clock.move(days=1)
    assert access.check_key(short) is None
    with pytest.raises(NotFound, match="no key 999"):
        access.revoke_key(999)


def test_the_last_use_is_noted(access, clock):
    _, plain = access.create_key("Payroll", ["*"])
    clock.move(hours=1)
    access.check_key(plain)
    clock.move(hours=1)
    access.check_key(plain)
    assert access.list_keys()[0].last_used_at == clock()


@pytest.mark.parametrize(("given", "fault"), [
    ({"scopes": ["everything"]}, "no scope 'everything'"), ({"scopes": []}, "at least one scope"),
    ({"name": " "}, "1 to 100 characters"),
])
def test_a_key_that_makes_no_sense_is_refused(access, given, fault):
    with pytest.raises(BadInput, match=fault):
        access.create_key(**({"name": "Payroll", "scopes": ["*"]} | given))


def test_a_key_does_not_expire_in_the_past(access, clock):
    with pytest.raises(BadInput, match="future"):
        access.create_key("Payroll", ["*"], clock() - timedelta(days=1))


def test_a_role_may_stand_for_its_scopes(access):
    key, _ = access.create_key("Dashboard", ["viewer"])
    assert set(key.scopes) == ROLE_SCOPES["viewer"]
    assert allows(key.scopes, "attendance:read") and not allows(key.scopes, "faces:read")
    assert allows(ROLE_SCOPES["hr"], "faces:write") and not allows(ROLE_SCOPES["hr"], "sync:write")
    assert allows(ROLE_SCOPES["admin"], "sync:write")


def test_a_page_user_logs_in(access):
    made = access.create_user(" Olga ", PASSWORD, "hr")
    assert access.check_password("olga", PASSWORD) == access.check_password("OLGA", PASSWORD) == made
    assert access.check_password("olga", "another password") is None
    assert access.check_password("nobody", PASSWORD) is None
    assert PASSWORD not in made.password_hash and made.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(("given", "fault"), [
    ({"username": ""}, "1 to 64"), ({"username": "o lga"}, "no spaces"),
    ({"password": "short"}, "8 to 256"), ({"role": "king"}, "no role 'king'"),
])
def test_a_user_that_makes_no_sense_is_refused(access, given, fault):
    with pytest.raises(BadInput, match=fault):
        access.create_user(**({"username": "olga", "password": PASSWORD, "role": "hr"} | given))


def test_a_user_name_is_given_once(access):
    access.create_user("olga", PASSWORD, "hr")
    with pytest.raises(UserExists):
        access.create_user("OLGA", PASSWORD, "viewer")


def test_a_session_ends_by_time_logging_out_a_new_password_or_disabling(access, clock, parts):
    user = access.create_user("olga", PASSWORD, "hr")
    token, session = access.open_session(user)
    assert access.check_session(token) == session
    assert (session.user.username, access.check_session(token + "x")) == ("olga", None)
    access.close_session(token)
    assert access.check_session(token) is None

    token, _ = access.open_session(user)
    clock.move(seconds=parts.settings.session_lifetime.total_seconds())
    assert access.check_session(token) is None

    kiosk = access.create_user("door", PASSWORD, "kiosk")
    token, _ = access.open_session(kiosk)
    clock.move(days=80)
    assert access.check_session(token) is not None, "a kiosk stays logged in for longer"

    token, _ = access.open_session(user)
    access.set_password("olga", "a new long password")
    assert access.check_session(token) is None
    assert access.check_password("olga", PASSWORD) is None

    token, _ = access.open_session(user)
    access.disable_user("olga")
    assert access.check_session(token) is access.check_password("olga", "a new long password") is None
    with pytest.raises(NotFound, match="no page user"):
        access.set_password("nobody", PASSWORD)


def test_the_cookie_is_not_in_the_database(access, parts):
    token, _ = access.open_session(access.create_user("olga", PASSWORD, "hr"))
    with parts.store.read() as unit:
        row = unit.connection.execute(text("SELECT * FROM page_sessions")).mappings().one()
    assert token not in str(dict(row))


def test_the_first_administrator_is_made_with_the_code_on_the_console(access):
    assert access.setup_needed()
    code = access.setup_code()
    with pytest.raises(WrongSetupCode, match="server's console"):
        access.complete_setup("AAAA-AAAA-AAAA", "olga", PASSWORD)
    user = access.complete_setup(code.lower().replace("-", " "), "olga", PASSWORD)
    assert (user.role, access.setup_needed(), access.setup_code()) == ("admin", False, None)
    with pytest.raises(AlreadySetUp):
        access.complete_setup(code, "eve", PASSWORD)


def test_a_code_is_good_until_the_next_one_is_printed_and_a_bad_name_does_not_use_it_up(access):
    old, code = access.setup_code(), access.setup_code()
    with pytest.raises(WrongSetupCode):
        access.complete_setup(old, "olga", PASSWORD)
    with pytest.raises(BadInput):
        access.complete_setup(code, "olga", "short")
    access.complete_setup(code, "olga", PASSWORD)


def test_a_code_is_void_after_too_many_guesses(access):
    code = access.setup_code()
    for _ in range(20):
        with pytest.raises(WrongSetupCode):
            access.complete_setup("guess", "eve", PASSWORD)
    with pytest.raises(WrongSetupCode):
        access.complete_setup(code, "olga", PASSWORD)
    access.complete_setup(access.setup_code(), "olga", PASSWORD)


def test_a_pin_verifies_its_person_only(access, alice, parts):
    access.set_pin(alice.uuid, "4711")
    access.verify_pin(alice.uuid, "4711", "door")
    with parts.store.write() as unit:
        bob = unit.people.add("1002", "Bob")
        assert unit.people.get(alice.uuid).has_pin and not bob.has_pin
        assert "4711" not in unit.people.pin_hash(alice.uuid)
    for person, pin in ((alice, "4712"), (bob, "4711")):
        with pytest.raises(PinWrong):
            access.verify_pin(person.uuid, pin, "door")
    access.set_pin(alice.uuid, None)
    with pytest.raises(PinWrong):
        access.verify_pin(alice.uuid, "4711", "door")


@pytest.mark.parametrize("pin", ["123", "1" * 13, "12a4", "", "١٢٣٤"])
def test_a_pin_is_4_to_12_digits(access, alice, pin):
    with pytest.raises(BadInput, match="4 to 12 digits"):
        access.set_pin(alice.uuid, pin)


def guess(access, person, device, times):
    for _ in range(times):
        with pytest.raises(PinWrong):
            access.verify_pin(person.uuid, "0000", device)


def test_five_wrong_pins_lock_the_person_for_a_while(access, alice, clock):
    access.set_pin(alice.uuid, "4711")
    guess(access, alice, "door", 5)
    clock.move(minutes=5)
    with pytest.raises(PinLocked) as locked:
        access.verify_pin(alice.uuid, "4711", "another door")
    assert locked.value.retry_after == 600
    clock.move(minutes=10)
    access.verify_pin(alice.uuid, "4711", "door")


def test_a_right_pin_forgives_the_person_but_not_the_device(access, alice, parts):
    desk = AccessDesk(Parts(parts.settings.but(pin_tries_device=6), parts.clock, parts.store,
                            parts.sealer))
    desk.set_pin(alice.uuid, "4711")
    guess(desk, alice, "door", 4)
    desk.verify_pin(alice.uuid, "4711", "door")
    guess(desk, alice, "door", 2)
    with pytest.raises(PinLocked):
        desk.verify_pin(alice.uuid, "4711", "door")
    desk.verify_pin(alice.uuid, "4711", "another door")


def test_many_who_guess_at_once_get_no_more_tries(access, alice):
    access.set_pin(alice.uuid, "4711")
    told = []

    def guess():
        try:
            access.verify_pin(alice.uuid, "0000", "door")
        except (PinWrong, PinLocked) as error:
            told.append(error.code)

    threads = [threading.Thread(target=guess) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["pin_locked"] * 4 + ["pin_wrong"] * 5


def test_security_matters_are_in_the_log(access, alice, parts):
    access.create_key("Payroll", ["*"])
    access.create_user("olga", PASSWORD, "hr")
    guess(access, alice, "door", 1)
    with parts.store.read() as unit:
        lines = [line.message for line in unit.logs.search(category="security")]
    assert lines == ["A wrong PIN was given", "The page user olga was made", "The key Payroll was made"]
