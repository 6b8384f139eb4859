"""Whoever looks an error or a setting up in ODOO_INTEGRATION.md finds it there."""

from __future__ import annotations

import pytest

from backend.config import PROJECT_ROOT, rows
from backend.desks.odoo import RunLost
from backend.odoo import errors
from backend.odoo.bridge.place import PlaceMoved
from backend.odoo.bridge.push import REMEDIES
from backend.odoo.bridge.push_context import ClaimLost

TEXT = (PROJECT_ROOT / "ODOO_INTEGRATION.md").read_text(encoding="utf-8")
ROOTS = {errors.OdooError, errors.OdooFatal}
"""Only their subclasses are raised."""


def family(root: type) -> set[type]:
    return {root} | {one for child in root.__subclasses__() for one in family(child)}


@pytest.mark.parametrize("code", sorted(
    {one.code for one in family(errors.OdooError) - ROOTS} | set(REMEDIES)
    | {errors.OdooOtherDatabase.code, RunLost.code, ClaimLost.code, PlaceMoved.code, "sync_running",
       "odoo_password_needed", "odoo_incomplete"}))
def test_each_error_is_explained(code):
    assert f"| `{code}`" in TEXT


@pytest.mark.parametrize("variable", [row.variable for row in rows() if row.name.startswith("ODOO_")])
def test_each_setting_is_explained(variable):
    assert f"`{variable}`" in TEXT
