"""Endpoints for connections: which databases of Odoo there are, one more, one less."""

from __future__ import annotations

from backend.desks.connection import Connection
from backend.web.auth import caller
from backend.web.context import Context, context
from backend.web.schemas.connections import (
    ConnectionAnswer,
    ConnectionBody,
    ConnectionGone,
    ConnectionOut,
    ConnectionPath,
    ConnectionsAnswer,
)
from backend.web.topic import Topic

bp = Topic("connections", "Odoo", "Several databases of Odoo, each person in one.")

UNKNOWN = {404: "There is no such connection (`connection_not_found`)."}


@bp.endpoint("GET", "/sync/odoo/connections", "sync:read", ConnectionsAnswer)
def list_connections() -> ConnectionsAnswer:
    """List the connections, the passwords as asterisks."""
    here = context()
    return ConnectionsAnswer(connections=[_out(here, each) for each in here.system.connections.all()])


@bp.endpoint("POST", "/sync/odoo/connections", "sync:write", {201: ConnectionAnswer}, fails={
    409: "The name, or the database, is another connection's (`connection_exists`, `odoo_database_taken`)."})
def add_connection(body: ConnectionBody) -> tuple[ConnectionAnswer, int]:
    """Add a connection to another database of Odoo. It pulls and pushes by itself from then on."""
    here = context()
    made = here.system.connections.add(by=caller().name, **body.model_dump())
    return ConnectionAnswer(message=f"Added {made.name}.", connection=_out(here, made)), 201


@bp.endpoint("DELETE", "/sync/odoo/connections/<name>", "sync:write", ConnectionGone, fails=UNKNOWN | {
    409: "It is the first one, a run is in force, or active people belong to it (`connection_in_use`)."})
def remove_connection(path: ConnectionPath) -> ConnectionGone:
    """Forget a connection's address and secrets; what its database holds stays there."""
    context().system.connections.remove(path.name, by=caller().name)
    return ConnectionGone(message=f"Removed {path.name}.")


def _out(here: Context, each: Connection) -> ConnectionOut:
    found = here.system.odoo_of(each.name).config()
    values = {name: found["config"][name] for name in ("url", "db", "username", "password", "transport")}
    people = None if each.is_first else here.system.connections.people(each)
    return ConnectionOut(name=each.name, configured=found["configured"], people=people,
                         companies=found["config"].get("companies", []), **values)
