"""The rules of attendance: pure functions over punches, corrections and policies.

`derive` alone decides who was present; the desks call it inside the unit of work that
inserts a punch. Nothing here reads a clock, a file or a database.
"""

from backend.attendance.model import (
    Correction,
    Derived,
    Direction,
    Outcome,
    OutcomeKind,
    Policy,
    Punch,
    Session,
    Source,
)

__all__ = ["Correction", "Derived", "Direction", "Outcome", "OutcomeKind", "Policy", "Punch",
           "Session", "Source"]
