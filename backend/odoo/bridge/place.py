"""Which database our rows are kept in step with, and what happens when the settings name another.

What was confirmed is only worth something in the database that confirmed it. A new address
may be the same database under another name: the external ids that it holds say so.
"""

from __future__ import annotations

from backend.odoo import attendances
from backend.odoo.address import normalise
from backend.odoo.connector import OdooConnector
from backend.odoo.errors import OdooOtherDatabase
from backend.store import Store

_PROBES = 3


def settle(connector: OdooConnector, store: Store, connection_id: int, *, may_move: bool) -> bool:
    """Make sure that `connector` leads to the database of the connection; True where it leads
    to another one and everything confirmed was forgotten.

    Without `may_move`, another database raises OdooOtherDatabase and nothing is changed.
    """
    assert connector.url is not None
    place = {"url": normalise(connector.url), "db": connector.db}
    with store.read() as unit:
        known = unit.connections.get(connection_id).state.get("place")
        newest = unit.odoo.newest(_PROBES, connection_id)
    if known == place:
        return False
    moved = known is not None and not any(
        attendances.find_external(connector.client, session) == odoo_id for session, odoo_id in newest)
    if moved and not may_move:
        raise OdooOtherDatabase(
            f"{place['url']}, database {place['db']} is not the database that attendance is kept in "
            f"({known['url']}, {known['db']}). To move there, save it as the configuration.")
    connector.connect()
    with store.write() as unit:
        if moved:
            unit.odoo.forget(connection_id)
            unit.foreign.forget(connection_id)
            unit.people.unlink(connection_id)
            unit.logs.append("odoo_sync", "warning",
                             f"Odoo is another database now ({place['url']}, {place['db']}): what the "
                             "former one confirmed was forgotten")
        unit.connections.remember(connection_id, place=place)
    return moved
