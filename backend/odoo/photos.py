"""The photo of an employee, as Odoo keeps it."""

from __future__ import annotations

import base64
import binascii

from backend.odoo import employees
from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooForbidden

FIELD = "image_1920"
TINY = 2_000
"""Bytes; no picture of a face that is good enough for recognition is smaller."""
_DRAWN = (b"<?xml", b"<svg", b"<!--")
"""How Odoo's drawn avatars (initials on a colour) begin: they are SVG."""


def photo(client: OdooClient, odoo_id: int) -> bytes | None:
    """The picture file; None where the employee is gone, hidden, or has nothing but a drawn avatar.

    One at a time: a photo is up to some megabytes."""
    try:
        rows = client.execute(employees.MODEL, "read", [odoo_id], [FIELD])
    except OdooForbidden:
        return None
    value = rows[0].get(FIELD) if rows else None
    if not value:
        return None
    try:
        data = base64.b64decode(value)
    except (binascii.Error, ValueError, TypeError):
        return None
    return None if data.lstrip()[:5].lower().startswith(_DRAWN) else data
