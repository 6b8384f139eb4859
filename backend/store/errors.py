"""What can go wrong between the product and its database; each text says what to do."""

from __future__ import annotations

from backend.errors import Busy, Conflict, FaceAttendanceError, NotFound, SettingError


class StoreUnavailable(FaceAttendanceError):
    """The database cannot be used at the moment; nothing of the unit of work was kept."""

    code = "store_unavailable"
    status = 503


class DiskFull(StoreUnavailable):
    code = "disk_full"


class StoreBusy(Busy):
    """Another process held the database for longer than DATABASE_TIMEOUT."""

    code = "store_busy"


class SchemaOutdated(SettingError):
    code = "schema_outdated"


class SchemaTooNew(SettingError):
    code = "schema_too_new"


class NotOurDatabase(SettingError):
    code = "not_our_database"


class DatabaseDamaged(SettingError):
    code = "database_damaged"


class WrongKey(SettingError):
    """What is sealed in the database was sealed with another key."""

    code = "wrong_key"


class Tampered(FaceAttendanceError):
    """A sealed value is not what was stored in this place."""

    code = "sealed_value_tampered"
    status = 500


class PersonNotFound(NotFound):
    code = "person_not_found"


class PersonExists(Conflict):
    code = "person_exists"


class PunchConflict(Conflict):
    """The same uuid was sent before with other content."""

    code = "punch_conflict"


class SyncRunning(Conflict):
    """Another run is in force; `details["run_id"]` names it."""

    code = "sync_running"
