"""The tables, one module a topic. Only the store's repositories and migrations use them."""

from backend.store.schema.access import api_keys, page_sessions, pin_attempts, users
from backend.store.schema.attendance import attendance
from backend.store.schema.columns import Document, Moment, metadata
from backend.store.schema.confirmations import confirmations
from backend.store.schema.devices import devices
from backend.store.schema.faces import consents, enrolment_pictures, face_templates, gallery
from backend.store.schema.journal import events, system_logs
from backend.store.schema.odoo import (
    foreign_rows,
    odoo_hints,
    odoo_rows,
    outbox,
    push_claims,
    sync_runs,
)
from backend.store.schema.people import (
    connections,
    person_aliases,
    person_pseudonyms,
    persons,
    sites,
    tombstones,
)
from backend.store.schema.punches import (
    chain_checkpoints,
    chain_head,
    corrections,
    policies,
    punch_outcomes,
    punches,
)
from backend.store.schema.system import scheduled_jobs, system_config

__all__ = [
    "Document", "Moment", "api_keys", "attendance", "chain_checkpoints", "chain_head",
    "confirmations", "connections", "consents", "corrections", "devices", "enrolment_pictures",
    "events", "face_templates",
    "foreign_rows", "gallery", "metadata", "odoo_hints", "odoo_rows", "outbox", "page_sessions",
    "person_aliases", "person_pseudonyms", "persons", "pin_attempts", "policies",
    "punch_outcomes", "punches", "push_claims", "scheduled_jobs", "sites", "sync_runs",
    "system_config", "system_logs", "tombstones", "users",
]
