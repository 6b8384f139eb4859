"""OdooConnector: Odoo's side of the bridge, for scripts and for the bridge itself.

It speaks with one database of one Odoo as one user. It never touches our own database.
Outside code relies on its name, its constructor and the methods named in the documentation.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):  # run from within backend/, as `from odoo_connector import …` does
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from backend.odoo_connector import OdooConnector
else:
    from backend.odoo.connector import OdooConnector

__all__ = ["OdooConnector"]
