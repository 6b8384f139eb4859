"""AttendanceSystem: the front desk. Scripts, the web, the workers and the commands start here.

    system = AttendanceSystem()                          # the settings in force
    system = AttendanceSystem(Path("data/attendance.db"))  # this database, whatever they say

Everything behind it is built at the first use. The class works as
`from attendance_system import AttendanceSystem` in `backend/`, too, and is the same one there.
"""

from __future__ import annotations

import importlib
import sys
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from backend.clock import Clock
    from backend.config import Settings
    from backend.desks.access import AccessDesk
    from backend.desks.attendance import AttendanceDesk
    from backend.desks.confirming import ConfirmationsDesk
    from backend.desks.connections import ConnectionsDesk
    from backend.desks.devices import DevicesDesk
    from backend.desks.expecting import RecognitionDesk
    from backend.desks.faces import FacesDesk
    from backend.desks.hints import HintsDesk
    from backend.desks.journal import Journal
    from backend.desks.learning import LearningDesk
    from backend.desks.odoo import OdooDesk
    from backend.desks.parts import Parts
    from backend.desks.people import PeopleDesk
    from backend.desks.reembedding import ReembeddingDesk
    from backend.odoo_connector import OdooConnector
    from backend.store import Store

ROOT = Path(__file__).resolve().parents[1]


class AttendanceSystem:
    """The desks of one installation, each built when it is first asked for."""

    def __init__(self, path: Path | str | None = None, *, parts: Parts | None = None) -> None:
        """`path` is an SQLite database, relative to the project's root; it beats DATABASE_URL,
        and the key file lies beside it. `parts` are those of a process that has built them."""
        if path is not None and parts is not None:
            raise TypeError("give a path or parts, not both")
        self._path = None if path is None else (ROOT / Path(path).expanduser()).resolve()
        self._given = parts
        self._others: dict[int, OdooDesk] = {}
        self._hints: dict[int, HintsDesk] = {}
        self._lock = threading.Lock()

    @cached_property
    def parts(self) -> Parts:
        """Raises SettingError and its kin where the database or a setting is not fit."""
        if self._given is not None:
            return self._given
        from backend.app import build
        from backend.config import load

        overrides: dict[str, Any] = {}
        if self._path is not None:
            overrides = {"database_url": f"sqlite:///{self._path}", "data_dir": self._path.parent}
        return build(load(overrides))

    @property
    def settings(self) -> Settings:
        return self.parts.settings

    @property
    def clock(self) -> Clock:
        return self.parts.clock

    @property
    def store(self) -> Store:
        return self.parts.store

    @cached_property
    def people(self) -> PeopleDesk:
        from backend.desks.people import PeopleDesk

        return PeopleDesk(self.parts)

    @cached_property
    def faces(self) -> FacesDesk:
        from backend.desks.faces import FacesDesk

        return FacesDesk(self.parts)

    @cached_property
    def recognition(self) -> RecognitionDesk:
        from backend.desks.expecting import RecognitionDesk

        return RecognitionDesk(self.parts)

    @cached_property
    def reembedding(self) -> ReembeddingDesk:
        from backend.desks.reembedding import ReembeddingDesk

        return ReembeddingDesk(self.parts)

    @cached_property
    def attendance(self) -> AttendanceDesk:
        from backend.desks.attendance import AttendanceDesk

        return AttendanceDesk(self.parts)

    @cached_property
    def confirmations(self) -> ConfirmationsDesk:
        from backend.desks.confirming import ConfirmationsDesk

        return ConfirmationsDesk(self.parts)

    @cached_property
    def learning(self) -> LearningDesk:
        from backend.desks.learning import LearningDesk

        return LearningDesk(self.parts)

    @cached_property
    def devices(self) -> DevicesDesk:
        from backend.desks.devices import DevicesDesk

        return DevicesDesk(self.parts)

    @cached_property
    def access(self) -> AccessDesk:
        from backend.desks.access import AccessDesk

        return AccessDesk(self.parts)

    @cached_property
    def journal(self) -> Journal:
        from backend.desks.journal import Journal

        return Journal(self.parts)

    @cached_property
    def connections(self) -> ConnectionsDesk:
        from backend.desks.connections import ConnectionsDesk

        return ConnectionsDesk(self.parts)

    @cached_property
    def odoo(self) -> OdooDesk:
        """The first connection, the one called default; `odoo_of` has the others."""
        from backend.desks.odoo import OdooDesk

        return OdooDesk(self.parts)

    @cached_property
    def hints(self) -> HintsDesk:
        from backend.desks.hints import HintsDesk

        return HintsDesk(self.parts, self.odoo)

    def odoo_of(self, name: str) -> OdooDesk:
        """The desk of a named connection. Raises 404 connection_not_found."""
        from backend.desks.odoo import OdooDesk

        found = self.connections.get(name)
        if found.is_first:
            return self.odoo
        with self._lock:
            return self._others.setdefault(found.id, OdooDesk(self.parts, found))

    def hints_of(self, name: str) -> HintsDesk:
        """The same for hints."""
        from backend.desks.hints import HintsDesk

        desk = self.odoo_of(name)
        if desk.connection.is_first:
            return self.hints
        with self._lock:
            return self._hints.setdefault(desk.connection.id, HintsDesk(self.parts, desk))

    def odoos(self) -> list[OdooDesk]:
        """The desks of all connections, the first one first."""
        return [self.odoo_of(each.name) for each in self.connections.all()]

    def get_odoo_config(self) -> dict[str, Any]:
        """Exactly the keyword arguments of OdooConnector; the settings beat what was saved."""
        return self.odoo.get_odoo_config()

    def sync_employees_from_odoo(self, connector: OdooConnector) -> dict[str, Any]:
        """Pull employees through a connected connector; success, message and the counts."""
        return self.odoo.sync_employees_from_odoo(connector)

    def sync_attendance_to_odoo(self, connector: OdooConnector, start_date: date | str,
                                end_date: date | str) -> dict[str, Any]:
        """Push the rows of the inclusive days, in the site's zone; message, counts and errors."""
        return self.odoo.sync_attendance_to_odoo(connector, start_date, end_date)

    def close(self) -> None:
        """Write what is gathered and give back the database's connections, where any were opened."""
        for desk in ("journal", "access"):
            if desk in self.__dict__:
                getattr(self, desk).close()
        if "parts" in self.__dict__ or self._given is not None:
            self.parts.store.close()


if __name__ == "attendance_system":
    # A script in backend/ imported this file by its bare name: hand out the package's module
    # instead, so that there is one class whichever way it was reached.
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    sys.modules[__name__] = importlib.import_module("backend.attendance_system")
