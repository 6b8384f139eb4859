"""Whether Odoo answers and takes us: known to all processes, told once when it changes.

*Away* passes by itself: automatic work asks now and then, after growing, jittered waits. So
does what is strange from a server that has spoken Odoo before: a proxy shows a page of its own
while Odoo is started anew.
*Refused* (password, database, rights) waits for somebody to mend it: automatic work goes on
as soon as the configuration was saved or tested, and else looks ever more rarely, because it
may also be mended in Odoo. Work by hand always goes, and what it meets counts as well.
"""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from backend.desks.connection import THE_FIRST, Connection
from backend.desks.odoo_config import saved_over
from backend.odoo.errors import (
    OdooAnswerTooLarge,
    OdooAskedToWait,
    OdooBusy,
    OdooError,
    OdooNotConfigured,
    OdooNotOdoo,
    OdooOutOfTime,
    OdooWrongDatabase,
)
from backend.odoo.retrying import kind_of

if TYPE_CHECKING:
    from backend.desks.parts import Parts
    from backend.odoo_connector import OdooConnector
    from backend.store.records import OdooConnection
    from backend.store.unit import Unit

FIRST_WAIT = timedelta(seconds=2)
"""Between two looks at an Odoo that is away: at first, and twice as long after each."""
LONGEST_WAIT = timedelta(seconds=60)
FIRST_REFUSED_WAIT = timedelta(seconds=15)
"""Between two tries of credentials that Odoo refuses: at first, and twice as long after each, since
each costs it half a second. Rights may be gone only while somebody edits a group."""
REFUSED_WAIT = timedelta(minutes=5)
"""The longest of those."""
_KEY = "reachability"


@dataclass(frozen=True)
class Trouble:
    """Why Odoo is not to be had. `word` is away or refused, `since` and `next_try` aware UTC,
    `looks` how often it was looked at since."""

    word: str
    since: datetime
    code: str
    message: str
    next_try: datetime
    looks: int
    configured: str

    @classmethod
    def of(cls, connection: OdooConnection) -> Trouble | None:
        held = connection.state.get(_KEY)
        if not held or "word" not in held:
            return None
        return cls(**{**held, "since": datetime.fromisoformat(held["since"]),
                      "next_try": datetime.fromisoformat(held["next_try"])})

    def as_state(self) -> dict[str, Any]:
        return {**self.__dict__, "since": self.since.isoformat(), "next_try": self.next_try.isoformat()}


class Reachability:
    """One for each desk; threads may share it. What it knows lies in the connection's state."""

    def __init__(self, parts: Parts, chance: Callable[[], float] = random.random,
                 connection: Connection = THE_FIRST) -> None:
        self._parts = parts
        self._chance = chance
        self._which = connection
        self._counted: weakref.WeakKeyDictionary[OdooConnector, tuple[int, int]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def trouble(self) -> Trouble | None:
        """What is the matter; None where Odoo answered last time."""
        with self._parts.store.read() as unit:
            return Trouble.of(unit.connections.get(self._which.id))

    def is_time(self) -> bool:
        """Whether a look at Odoo is due, or it is there: what `may_try` would say, without taking the turn."""
        with self._parts.store.read() as unit:
            return _is_time(unit.connections.get(self._which.id), self._parts.clock())

    def may_try(self) -> bool:
        """Whether automatic work may call Odoo now. Where it is away, a yes takes the turn, so ask
        right before the exchange: who asks next, in whichever process, hears no until the next
        look is due."""
        now = self._parts.clock()
        with self._parts.store.read() as unit:
            connection = unit.connections.get(self._which.id)
        if not _is_time(connection, now):
            return False
        if Trouble.of(connection) is None:
            return True
        with self._parts.store.write() as unit:
            connection = unit.connections.get(self._which.id)
            trouble = Trouble.of(connection)
            if trouble is None:
                return True
            if not _due(trouble, connection, now):
                return False
            _keep(unit, self._which, Trouble(**{
                **trouble.__dict__, "next_try": now + self._wait(trouble.word, trouble.looks),
                "configured": connection.updated_at.isoformat()}))
        return True

    @contextmanager
    def watching(self, odoo: OdooConnector) -> Iterator[None]:
        """Around an exchange with the Odoo in force: tells how it went, unless another one is in
        force by the end. Where Odoo was away it is asked for its version first, whatever the
        circuit breaker says, and logged in anew."""
        waited, begun = None, self._parts.clock()
        with self._lock:
            self._counted.setdefault(odoo, (0, 0))
        try:
            if self.trouble() is not None:
                with self._parts.store.read() as unit:
                    waited = _waiting(unit, self._which)
            if waited is not None or odoo._circuit_breaker.state != "closed":
                odoo.forget()
                odoo.client.probe()
            yield
        except OdooError as error:
            self.failed(error, odoo, begun)
            raise
        except BaseException:
            self._count()
            raise
        self.answered(waited, odoo)
        self._note_server(odoo)

    def answered(self, waited: int | None = None, odoo: OdooConnector | None = None) -> None:
        """Odoo answered and took us, through `odoo`; `waited` rows did so for it, None for those that still do."""
        if self.trouble() is None:
            self._count()
            return
        with self._parts.store.write() as unit:
            self._add_traffic(unit)
            connection = unit.connections.get(self._which.id)
            trouble = Trouble.of(connection)
            if trouble is None:
                return  # another process has told it
            if not self._is_in_force(odoo, connection):
                return
            now = self._parts.clock()
            unit.connections.remember(self._which.id, **{_KEY: {"back_at": now.isoformat()}})
            rows = _waiting(unit, self._which) if waited is None else waited
            ends = "Odoo is back" if trouble.word == "away" else "The exchange with Odoo works again"
            _tell(unit, self._which, "info", "back", f"{ends} after {how_long(now - trouble.since)}; "
                  f"{_rows(rows, 'waited')}", {"away_since": trouble.since.isoformat(), "waited": rows})

    def failed(self, error: OdooError, odoo: OdooConnector | None = None, begun: datetime | None = None) -> None:
        """What an exchange with the Odoo in force came to, through `odoo` and since `begun`. Errors
        about a single row say that Odoo is there."""
        word = word_for(error)
        if word is None:
            if error.kind == "permanent":
                self.answered(odoo=odoo)
            else:
                self._count()
            return
        with self._parts.store.write() as unit:
            self._add_traffic(unit)
            connection = unit.connections.get(self._which.id)
            if not self._is_in_force(odoo, connection):
                return  # a key that was replaced meanwhile, say
            before = Trouble.of(connection)
            now = self._parts.clock()
            if odoo is not None and _may_pass(error) and _has_spoken(odoo, connection):
                word = "away"
            looks = 0
            if before is not None and before.word == word:
                # What was under way when it began is no further look.
                looks = before.looks + (begun is None or begun >= before.since)
            wait = self._wait(word, looks)
            if isinstance(error, OdooBusy) and error.retry_after:
                wait = max(wait, timedelta(seconds=error.retry_after))
            news = before is None or before.word != word
            # A breaker at rest only repeats what is known already.
            said = (error.code, str(error)) if error.tried or before is None else (before.code, before.message)
            trouble = Trouble(
                word=word, since=now if news or before is None else before.since, code=said[0], message=said[1],
                next_try=now + wait, looks=looks, configured=connection.updated_at.isoformat())
            _keep(unit, self._which, trouble)
            if news:
                waiting = _waiting(unit, self._which)
                level, begins = (("warning", "Odoo is away") if word == "away" else
                                 ("error", "Nothing can be exchanged with Odoo"))
                _tell(unit, self._which, level, word, f"{begins}: {error} Attendance is recorded all the same; "
                      f"{_rows(waiting, 'waits', 'wait')}", {"code": error.code, "waiting": waiting})

    def _note_server(self, odoo: OdooConnector) -> None:
        """Keep what the server is and how it is spoken to, for those who ask how the bridge stands."""
        version, transport = odoo.client.known_version, odoo.client.transport.name
        with self._parts.store.read() as unit:
            connection = unit.connections.get(self._which.id)
        held = connection.state.get("server", {})
        same = held.get("url") == odoo.url
        found = {"url": odoo.url, "db": odoo.db, "transport": transport,
                 "version": version.text if version else held.get("version") if same else None}
        if found != held and transport != "auto" and self._is_in_force(odoo, connection):
            with self._parts.store.write() as unit:
                unit.connections.remember(self._which.id, server=found)

    def _is_in_force(self, odoo: OdooConnector | None, connection: OdooConnection) -> bool:
        """Whether `odoo` is what is configured now; None is."""
        settings = self._parts.settings
        return odoo is None or odoo.same_as(**saved_over(settings, connection).arguments(settings))

    def _wait(self, word: str, looks: int) -> timedelta:
        if word == "refused":
            return min(REFUSED_WAIT, FIRST_REFUSED_WAIT * 2 ** min(looks, 10))
        return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(looks, 10)) * (0.5 + self._chance() / 2)

    def _count(self) -> None:
        with self._lock:
            news = any(odoo.traffic != counted for odoo, counted in self._counted.items())
        if news:
            with self._parts.store.write() as unit:
                self._add_traffic(unit)

    def _add_traffic(self, unit: Unit) -> None:
        """Add this process's calls and failures to those of all processes."""
        calls = failures = 0
        with self._lock:
            for odoo, counted in list(self._counted.items()):
                self._counted[odoo] = now = odoo.traffic
                calls, failures = calls + now[0] - counted[0], failures + now[1] - counted[1]
        if calls or failures:
            held = unit.connections.get(self._which.id).state.get("traffic", {})
            unit.connections.remember(self._which.id, traffic={
                "calls": held.get("calls", 0) + calls, "failures": held.get("failures", 0) + failures})


def back_at(state: Mapping[str, Any]) -> datetime | None:
    """When Odoo came back the last time; None while it is away, and where it never was."""
    told = (state.get(_KEY) or {}).get("back_at")
    return None if told is None else datetime.fromisoformat(told)


def first_day(connection: OdooConnection) -> date | None:
    """The first day whose rows go by themselves; older ones go when somebody pushes them."""
    since = connection.state.get("since")
    return date.fromisoformat(since) if since else None


def word_for(error: OdooError) -> str | None:
    """away, refused, or None where `error` says nothing against Odoo as a whole."""
    if isinstance(error, OdooNotConfigured | OdooOutOfTime):
        return None
    if error.kind == "fatal":
        return "refused"
    if error.kind == "permanent":
        return None
    if isinstance(error, OdooAskedToWait) or not error.tried:
        return "away"
    return None if kind_of(error) == "serialization" else "away"


def _may_pass(error: OdooError) -> bool:
    """Whether a server that has spoken Odoo may do so again by itself, whatever it answers now."""
    return isinstance(error, OdooNotOdoo | OdooAnswerTooLarge) or (
        isinstance(error, OdooWrongDatabase) and error.by_page)


def _has_spoken(odoo: OdooConnector, connection: OdooConnection) -> bool:
    """Whether this address has answered for this database before."""
    server = connection.state.get("server", {})
    return (server.get("url"), server.get("db")) == (odoo.url, odoo.db)


def mended(unit: Unit, which: Connection) -> None:
    """The configuration was saved: automatic work may try at once."""
    connection = unit.connections.get(which.id)
    trouble = Trouble.of(connection)
    if trouble is not None:
        _keep(unit, which, Trouble(**{**trouble.__dict__, "next_try": unit.now(), "looks": 0}))


def how_long(length: timedelta) -> str:
    """A length of time as people say it, in its largest two units."""
    seconds = max(0, round(length.total_seconds()))
    found = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size and len(found) < 2:
            found.append(f"{seconds // size} {unit}")
            seconds %= size
        elif found:
            break
    return " ".join(found) or "less than a second"


def _is_time(connection: OdooConnection, now: datetime) -> bool:
    trouble = Trouble.of(connection)
    return connection.paused_at is None and (trouble is None or _due(trouble, connection, now))


def _due(trouble: Trouble, connection: OdooConnection, now: datetime) -> bool:
    changed = trouble.word == "refused" and trouble.configured != connection.updated_at.isoformat()
    # A clock that was set back must not make us wait for the old time to come again.
    return changed or now >= trouble.next_try or trouble.next_try - now > 2 * REFUSED_WAIT


def _keep(unit: Unit, which: Connection, trouble: Trouble) -> None:
    unit.connections.remember(which.id, **{_KEY: trouble.as_state()})


def _tell(unit: Unit, which: Connection, level: str, state: str, message: str, details: dict[str, Any]) -> None:
    message = which.say(message)
    unit.logs.append("odoo_sync", level, message, details)
    unit.events.append("sync", {"kind": "reachability", "state": state, "success": state == "back",
                                "message": message})


def _waiting(unit: Unit, which: Connection) -> int:
    return unit.outbox.counts(first_day(unit.connections.get(which.id)), which.id)["waiting"]


def _rows(count: int, verb: str, verbs: str | None = None) -> str:
    if count > 1:
        return f"{count} rows {verbs or verb}."
    return f"{'one' if count else 'no'} row {verb}."
