"""PINs, and badges that stand in for them: they verify who was named; wrong ones lock person and device out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from backend.desks.passwords import hash_secret, matches
from backend.errors import BadInput, FaceAttendanceError

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.store import Unit

SHORTEST, LONGEST = 4, 12


class PinLocked(FaceAttendanceError):
    """Too many wrong PINs; `retry_after` tells when the next try counts."""

    code = "pin_locked"
    status = 429


class PinWrong(FaceAttendanceError):
    """The PIN is not this person's, or this person has none: the answer is the same."""

    code = "pin_wrong"
    status = 403


class BadgeWrong(FaceAttendanceError):
    """The badge is not that of the person whose face it was taken for."""

    code = "badge_wrong"
    status = 403


class Pins:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def set(self, person: UUID, pin: str | None) -> None:
        """Give a person a PIN of 4 to 12 digits, or take it away. Raises BadInput."""
        hashed = None
        if pin is not None:
            if not _is_fit(pin):
                raise BadInput(f"A PIN has {SHORTEST} to {LONGEST} digits", code="bad_pin")
            hashed = hash_secret(self._peppered(person, pin)[0])
        with self._parts.store.write() as unit:
            unit.people.set_pin_hash(person, hashed)
            unit.pin_attempts.clear(person)

    def changed(self, told: Mapping[UUID, str | None]) -> list[UUID]:
        """Of these people with the PINs that Odoo has for them (None for none), those who had
        another one there when it was last taken over."""
        with self._parts.store.read() as unit:
            marks = unit.people.pin_marks(told)
        return [person for person, pin in told.items() if person in marks and (
            marks[person] is not None if pin is None else marks[person] not in self._marks(person, pin))]

    def follow(self, person: UUID, pin: str | None) -> bool:
        """Take over the PIN that Odoo has now; False where it is none of 4 to 12 digits, and the
        person has no PIN then. One that was set here stands until Odoo's changes."""
        fit = pin is not None and _is_fit(pin)
        hashed = hash_secret(self._peppered(person, pin)[0]) if fit else None
        mark = self._marks(person, pin)[0] if pin is not None else None
        with self._parts.store.write() as unit:
            unit.people.set_pin_hash(person, hashed, pin_mark=mark)
            unit.pin_attempts.clear(person)
        return fit or pin is None

    def verify(self, person: UUID, pin: str, device: str | None) -> None:
        """Return for the right PIN; raise PinWrong or PinLocked."""
        with self._parts.store.read() as unit:
            stored = unit.people.pin_hash(person)

        def right() -> bool:
            # Every key is tried, right or not: the time taken tells nothing.
            return any([matches(stored, secret) for secret in self._peppered(person, pin)])

        if not self._try(person, device, right, "A wrong PIN was given"):
            raise PinWrong("The PIN is wrong")

    def verify_badge(self, person: UUID, badge: str, device: str | None) -> None:
        """Return for this person's badge; raise BadgeWrong or PinLocked.

        A number is as easily guessed as a PIN, so wrong ones are counted with the wrong PINs.
        """
        with self._parts.store.read() as unit:
            owner = unit.people.get(person)
        # Odoo's barcode is the id as well; where there is a badge of its own, the id is no proof.
        number = None if owner is None else owner.badge or owner.person_id
        if not self._try(person, device, lambda: badge == number,
                         "A badge was shown that is not the one of the face"):
            raise BadgeWrong("This badge does not go with this face")

    def _try(self, person: UUID, device: str | None, right: Callable[[], bool], wrong: str) -> bool:
        """Whether it was right; else `wrong` goes into the security log. Raises PinLocked.

        The try is counted before it is looked at, so that many at once do not get more tries.
        """
        with self._parts.store.write() as unit:
            self._require_unlocked(unit, person, device)
            attempt = unit.pin_attempts.add(person, device)
        good = right()
        with self._parts.store.write() as unit:
            if good:
                unit.pin_attempts.remove(attempt)
                unit.pin_attempts.clear(person)
            else:
                unit.logs.append("security", "warning", wrong, {"person": str(person), "device": device})
        return good

    def _require_unlocked(self, unit: Unit, person: UUID, device: str | None) -> None:
        settings = self._parts.settings
        since = self._parts.clock() - settings.pin_window
        tries = unit.pin_attempts
        for locked, oldest in (
            (tries.of_person(person, since) >= settings.pin_tries_person,
             tries.oldest(since, person=person)),
            (device is not None and tries.of_device(device, since) >= settings.pin_tries_device,
             None if device is None else tries.oldest(since, device=device)),
        ):
            if locked:
                wait = max(1, int((oldest - since).total_seconds()))
                raise PinLocked(f"Too many wrong PINs; try again in {-(-wait // 60)} min",
                                retry_after=wait)

    def _marks(self, person: UUID, pin: str) -> list[str]:
        """By what a PIN of Odoo's is known again, by the present key and the previous. Hashing
        takes a tenth of a second, which ten thousand people at each pull cannot have; and a
        plain digest of four digits would be as good as the PIN. Under a key that is not in the
        database, and bound to the person, it tells nothing, not even who has the same."""
        return [one.hex() for one in self._parts.sealer.fingerprints("pins of odoo", f"{person} {pin}".encode())]

    def _peppered(self, person: UUID, pin: str) -> list[bytes]:
        """The PIN under a key that is not in the database, by the present key and the previous:
        ten thousand PINs are soon tried by whoever has the hashes only."""
        return list(self._parts.sealer.fingerprints("pins", f"{person} {pin}".encode()))


def _is_fit(pin: str) -> bool:
    return pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST
