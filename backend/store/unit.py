"""A unit of work: one transaction, with a repository for each topic.

All changes of a unit are kept together or not at all. Events and log lines are gathered and
written at its end in one statement each.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from backend.clock import Clock
from backend.store.repositories.attendance import AttendanceRows
from backend.store.repositories.claims import Claims
from backend.store.repositories.config import ConfigValues
from backend.store.repositories.confirmations import Confirmations
from backend.store.repositories.connections import Connections
from backend.store.repositories.consents import Consents
from backend.store.repositories.corrections import Corrections
from backend.store.repositories.devices import Devices
from backend.store.repositories.events import Events
from backend.store.repositories.foreign import ForeignRows
from backend.store.repositories.hints import Hints
from backend.store.repositories.keys import ApiKeys
from backend.store.repositories.logs import Logs
from backend.store.repositories.odoo import OdooRows
from backend.store.repositories.outbox import Outbox
from backend.store.repositories.outcomes import Outcomes
from backend.store.repositories.people import People
from backend.store.repositories.pictures import EnrolmentPictures
from backend.store.repositories.pins import PinAttempts
from backend.store.repositories.policies import Policies
from backend.store.repositories.punches import Punches
from backend.store.repositories.scheduled_jobs import ScheduledJobs
from backend.store.repositories.sessions import PageSessions
from backend.store.repositories.sites import Sites
from backend.store.repositories.sync_runs import SyncRuns
from backend.store.repositories.templates import Templates
from backend.store.repositories.users import Users
from backend.store.sealing import Sealer


class Unit:
    """Made by `Store.write()` and `Store.read()`; its repositories live as long as it does."""

    def __init__(self, connection: Connection, sealer: Sealer, clock: Clock, writing: bool,
                 engine: str | None = None) -> None:
        """`engine` is the one in force, whose templates a person's faces are; None counts all."""
        self.connection = connection
        self.sealer = sealer
        self.clock = clock
        self.writing = writing
        self.engine = engine

    def now(self) -> datetime:
        """The present instant, aware UTC, from the store's clock."""
        return self.clock()

    def finish(self) -> None:
        """Write what was gathered; `Store.write()` calls it before the commit."""
        for gathered in (self.events, self.logs):
            gathered.flush()

    def gallery_version(self) -> int:
        """Counts the changes of people, consents and templates that concern recognition."""
        return self.templates.gallery_version()

    @cached_property
    def people(self) -> People:
        return People(self)

    @cached_property
    def templates(self) -> Templates:
        return Templates(self)

    @cached_property
    def pictures(self) -> EnrolmentPictures:
        return EnrolmentPictures(self)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self)

    @cached_property
    def punches(self) -> Punches:
        return Punches(self)

    @cached_property
    def outcomes(self) -> Outcomes:
        return Outcomes(self)

    @cached_property
    def corrections(self) -> Corrections:
        return Corrections(self)

    @cached_property
    def policies(self) -> Policies:
        return Policies(self)

    @cached_property
    def attendance(self) -> AttendanceRows:
        return AttendanceRows(self)

    @cached_property
    def odoo(self) -> OdooRows:
        return OdooRows(self)

    @cached_property
    def foreign(self) -> ForeignRows:
        return ForeignRows(self)

    @cached_property
    def connections(self) -> Connections:
        return Connections(self)

    @cached_property
    def sites(self) -> Sites:
        return Sites(self)

    @cached_property
    def sync_runs(self) -> SyncRuns:
        return SyncRuns(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def hints(self) -> Hints:
        return Hints(self)

    @cached_property
    def scheduled_jobs(self) -> ScheduledJobs:
        return ScheduledJobs(self)

    @cached_property
    def claims(self) -> Claims:
        return Claims(self)

    @cached_property
    def devices(self) -> Devices:
        return Devices(self)

    @cached_property
    def events(self) -> Events:
        return Events(self)

    @cached_property
    def logs(self) -> Logs:
        return Logs(self)

    @cached_property
    def keys(self) -> ApiKeys:
        return ApiKeys(self)

    @cached_property
    def users(self) -> Users:
        return Users(self)

    @cached_property
    def sessions(self) -> PageSessions:
        return PageSessions(self)

    @cached_property
    def pin_attempts(self) -> PinAttempts:
        return PinAttempts(self)

    @cached_property
    def confirmations(self) -> Confirmations:
        return Confirmations(self)

    @cached_property
    def config(self) -> ConfigValues:
        return ConfigValues(self)
