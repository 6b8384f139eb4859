"""Policies: which settings the rules go by from when on. Appended, never changed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select

from backend.attendance.model import Policy
from backend.store.repositories.base import Repository
from backend.store.repositories.sites import FIRST
from backend.store.schema import policies


class Policies(Repository):
    def append(self, policy: Policy, site_id: int = FIRST) -> None:
        """Lengths of time are stored in whole seconds."""
        self.execute(insert(policies).values(
            site_id=site_id, effective_from=policy.effective_from,
            duplicate_window=round(policy.duplicate_window.total_seconds()),
            max_shift=round(policy.max_shift.total_seconds()), zone=policy.zone,
            period_lock=policy.period_lock, recorded_at=policy.recorded_at))

    def all(self, site_id: int = FIRST) -> list[Policy]:
        """In the order in which they were recorded."""
        statement = select(policies).where(policies.c.site_id == site_id).order_by(policies.c.id)
        return [Policy(effective_from=row["effective_from"],
                       duplicate_window=timedelta(seconds=row["duplicate_window"]),
                       max_shift=timedelta(seconds=row["max_shift"]), zone=row["zone"],
                       period_lock=row["period_lock"], recorded_at=row["recorded_at"])
                for row in self.rows(statement)]
