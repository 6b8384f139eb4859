"""What an exception of Odoo's means for us, told by its class alone: the same on every wire.

Texts are in the user's language and are kept for people, never read by programs.
"""

from __future__ import annotations

from backend.odoo.errors import (
    OdooAccessDenied,
    OdooDatabaseDown,
    OdooError,
    OdooForbidden,
    OdooRefused,
    OdooServerFault,
    OdooTransient,
)

DENIED = "Odoo refuses the user name, password or API key. Check them, and whether the key has expired."
BUSY = "Odoo was busy with the same rows. Try again."
_ODOO = "odoo.exceptions."
_DENIED = ("AccessDenied", "Unauthorized", "SessionExpiredException")
_FORBIDDEN = ("AccessError", "Forbidden")
_NO_DATABASE = ("OperationalError", "InterfaceError", "PoolError", "AdminShutdown", "CrashShutdown",
                "CannotConnectNow", "TooManyConnections", "ConnectionException", "ConnectionFailure",
                "ConnectionDoesNotExist", "DiskFull", "OutOfMemory", "InsufficientResources",
                "ReadOnlySqlTransaction", "IdleInTransactionSessionTimeout", "IdleSessionTimeout")
_LOST_A_RACE = ("SerializationFailure", "LockNotAvailable", "DeadlockDetected", "ConcurrencyError",
                "TransactionRollbackError")


def meaning(name: str, words: str) -> OdooError:
    """The error for the class `name` ("odoo.exceptions.AccessError", "builtins.ValueError",
    "ValueError"); `words` are what Odoo says with it."""
    short = name.rpartition(".")[2]
    if short in _DENIED:
        return OdooAccessDenied(DENIED)
    if short in _FORBIDDEN:
        return OdooForbidden(words)
    if short in _LOST_A_RACE:
        return OdooTransient(BUSY)
    if short in _NO_DATABASE:
        return OdooDatabaseDown(words)
    if name.startswith(_ODOO) or name == "werkzeug.exceptions.NotFound":
        return OdooRefused(words or short)
    return OdooServerFault(f"Odoo failed: {words or short}", fault=name)
