"""Bridges that were broken on purpose: the verdict has to notice each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backend.odoo import attendances
from backend.odoo.attendances import Sending, Wanted
from backend.odoo.bridge import plan, push_checking, push_trip, unclear
from backend.odoo.client import OdooClient
from backend.odoo.errors import OdooError
from backend.odoo.loading import Loaded
from backend.odoo.times import to_odoo


def plain_create() -> None:
    """Rows are created as the usual scripts do, without an external id."""
    def create(client: OdooClient, wanted: Sequence[Wanted],
               refused: Callable[[], None] = lambda: None) -> Sending:
        sending = Sending()
        for place, row in enumerate(wanted):
            try:
                sending.results[place] = Loaded(odoo_id=client.execute("hr.attendance", "create", {
                    "employee_id": row.employee_id, "check_in": to_odoo(row.check_in),
                    "check_out": to_odoo(row.check_out) if row.check_out else False}))
            except OdooError as error:
                if error.kind != "permanent":
                    sending.error = error
                    break
                sending.results[place] = Loaded(error=str(error))
        return sending

    attendances.send_rows = create


def forget_sent() -> None:
    """What was sent without an answer is not remembered."""
    unclear.fresh = lambda entries, now: ()
    unclear.spans = lambda entries: []


def overwrite_hr() -> None:
    """Whatever Odoo holds is taken for our own."""
    plan.Line.ours = lambda self, held: True


def resurrect() -> None:
    """What HR deleted is loaded again."""
    def again(context, line, free) -> None:
        line.action = plan.Action.create
        free.append(line)

    push_checking._deleted = again
    push_trip.remove_again = lambda context, line, number: None


def drop_seconds() -> None:
    """Times go out without their seconds."""
    whole = attendances.to_odoo
    attendances.to_odoo = lambda moment: whole(moment.replace(second=0))


def answered_is_done() -> None:
    """A change counts as done when it was sent, whatever became of it."""
    send = attendances.send_rows

    def trusting(client: OdooClient, wanted: Sequence[Wanted],
                 refused: Callable[[], None] = lambda: None) -> Sending:
        sending = send(client, wanted, refused)
        sending.error = None
        sending.unclear = set()
        for place in range(len(wanted)):
            sending.results.setdefault(place, Loaded(odoo_id=place + 1))
        return sending

    attendances.send_rows = trusting


ways: dict[str, Callable[[], None]] = {way.__name__: way for way in (
    plain_create, forget_sent, overwrite_hr, resurrect, drop_seconds, answered_is_done)}
