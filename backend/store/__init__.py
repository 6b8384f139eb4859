"""The store: tables, units of work, migrations, sealing. The only room that knows SQL.

`open_store(settings, clock)` gives a `Store`; `with store.write() as unit` and
`with store.read() as unit` give repositories that take and return plain values.
"""

from backend.store.opening import open_store
from backend.store.sealing import Sealer
from backend.store.store import Store
from backend.store.unit import Unit

__all__ = ["Sealer", "Store", "Unit", "open_store"]
