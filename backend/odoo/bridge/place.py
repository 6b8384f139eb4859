"""Which database our rows are kept in step with, and what happens when the settings name another.

What was confirmed is only worth something in the database that confirmed it. A new address
may be the same database under another name: the external ids that it holds say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.errors import Conflict
from backend.odoo import attendances
from backend.odoo.address import normalise
from backend.odoo.connector import OdooConnector
from backend.odoo.errors import OdooOtherDatabase
from backend.store import Store
from backend.store.unit import Unit

_PROBES = 3


class PlaceMoved(Conflict):
    """The configuration leads to another database since; what this one says is of no use."""

    code = "sync_place_moved"


def settle(connector: OdooConnector, store: Store, connection_id: int, *, may_move: bool,
           today: date, configured: bool = True, keep: bool = True) -> Store:
    """Make sure that `connector` leads to the database of the connection; where it leads to another
    one, everything confirmed is forgotten. A database that another connection is kept in step with
    raises OdooOtherDatabase.

    Returns the store for what `connector` says: its units raise PlaceMoved from the moment on at which
    the connection is kept in step with another database, or with this one under another address.

    `today` is the site's day: what happens from the first contact with a database on goes there
    by itself, older rows when somebody pushes their days. Without `may_move`, another database
    raises OdooOtherDatabase and nothing is changed. Where nothing is `configured`, a database of
    which nobody and nothing here bears an id is none to be kept to: it was only looked at. Without
    `keep` nothing is noted in any case.
    """
    assert connector.url is not None
    place = {"url": normalise(connector.url), "db": connector.db}
    with store.read() as unit:
        state = unit.connections.state(connection_id)
        newest = unit.odoo.newest(_PROBES, connection_id)
        others = {name: unit.connections.state(number).get("place")
                  for number, name in unit.connections.names().items() if number != connection_id}
        bound = _bears_ids(unit, connection_id)
    if not (configured or bound):
        state = {}
    known = state.get("place")
    if known == place and "since" in state:
        return _while_at(place, store, connection_id) if keep else store
    for name, taken in others.items():
        if taken == place:
            raise OdooOtherDatabase(f"{place['url']}, database {place['db']} is the database of the connection "
                                    f"{name} already. Each database is one connection's.")
    moved = known not in (None, place) and not any(
        attendances.find_external(connector.client, session) == odoo_id for session, odoo_id in newest)
    if moved and not may_move:
        raise OdooOtherDatabase(
            f"{place['url']}, database {place['db']} is not the database that attendance is kept in "
            f"({known['url']}, {known['db']}). To move there, save it as the configuration.")
    connector.connect()
    if not keep:
        return store
    with store.write() as unit:
        if moved:
            unit.odoo.forget(connection_id)
            unit.foreign.forget(connection_id)
            unit.people.unlink(connection_id)
            if bound:
                unit.logs.append("odoo_sync", "warning",
                                 f"Odoo is another database now ({place['url']}, {place['db']}): what the "
                                 "former one confirmed was forgotten")
            unit.outbox.begin_anew(today, connection_id)
        since = today.isoformat() if moved else state.get("since", today.isoformat())
        if since != state.get("since"):
            unit.outbox.forget_before(today, connection_id)
        unit.connections.remember(connection_id, place=place, since=since)
    return _while_at(place, store, connection_id)


def _while_at(place: Mapping[str, Any], store: Store, connection_id: int) -> Store:
    def check(unit: Unit) -> None:
        if unit.connections.state(connection_id).get("place") != place:
            raise PlaceMoved("Odoo's configuration was changed meanwhile; this run ends here.")

    return store.guarded(check)


def _bears_ids(unit: Unit, connection_id: int) -> bool:
    """Whether a person or a row has, or may have, an id of the connection's database."""
    return bool(unit.people.has_linked(connection_id) or unit.odoo.has_rows(connection_id)
                or unit.foreign.count(connection_id))
