"""Alembic's revisions. `backend.store.migrating` runs them; nobody else does."""
