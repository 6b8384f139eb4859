"""What time it is on Odoo's clock, which stamps every write_date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.odoo import attendances, times
from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooError, OdooUnsupported

_WANTED = ["check_in"]
_ASKED: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((_WANTED,), {}), ((), {"fields_list": _WANTED}), ((), {"fields": _WANTED}))
"""The argument's name matters where a protocol takes none by position, and it has had two."""


def server_now(client: OdooClient) -> datetime | None:
    """Odoo's time, aware UTC: the check-in that it gives a new attendance by itself. None where
    it does not say; then the newest write_date that was seen has to do."""
    for args, kwargs in _ASKED:
        try:
            told = client.execute(attendances.MODEL, "default_get", *args, **kwargs)
            return times.from_odoo(told["check_in"])
        except OdooUnsupported:
            continue
        except OdooError as error:
            if error.kind != "permanent":
                raise
        except (KeyError, TypeError, ValueError):
            return None
    return None
