"""The webhook for hints from Odoo, and what an administrator needs to set it up there.

A hint is acknowledged at once; the jobs process reads the record later. The secret stands in
the address because Odoo cannot send a header, so nothing here may write an address to a log.
"""

from __future__ import annotations

from flask import g, request

from backend.desks.hints import ATTENDANCES, EMPLOYEES, HintsDesk
from backend.web.auth import Unauthorized, address, bound_rate, caller, note_wrong_try
from backend.web.context import Context, context
from backend.web.schemas.envelope import Done
from backend.web.schemas.hooks import AutomationOut, HintBody, HookPath, WebhookAnswer
from backend.web.schemas.sync import OfConnection
from backend.web.topic import OWN_SECRET, Topic

bp = Topic("hooks", "Hints from Odoo", "An automation in Odoo says what has changed.")

SECRET_HEADER = "X-Webhook-Secret"
SIGNATURE_HEADER = "X-Webhook-Signature"
MOST_HINTS = 6000
"""A minute, from all who know the secret: Odoo sends one for each record, and never again."""

AUTOMATIONS = (
    AutomationOut(model=EMPLOYEES, trigger="On save (on_create_or_write)", trigger_fields=[
        "name", "active", "barcode", "pin", "work_email", "work_phone", "mobile_phone", "department_id", "job_id",
        "job_title"]),
    AutomationOut(model=EMPLOYEES, trigger="On deletion (on_unlink)", trigger_fields=[]),
    AutomationOut(model=ATTENDANCES, trigger="On save (on_create_or_write)",
                  trigger_fields=["employee_id", "check_in", "check_out"]),
    AutomationOut(model=ATTENDANCES, trigger="On deletion (on_unlink)", trigger_fields=[]),
)

REFUSED = {401: "The secret is wrong or missing, or the signature does not fit.",
           429: "Too many hints, or too many wrong secrets (`locked_out`)."}


@bp.before_request
def _admit() -> None:
    """Refuse who does not know the secret, before the body is looked at."""
    here = context()
    if here.scopes.get(request.endpoint or "") != OWN_SECRET:
        return
    if _is_known(here):
        bound_rate(here, "hints", MOST_HINTS)
        return
    bound_rate(here, f"address:{address()}")
    note_wrong_try(here, "A hint from Odoo came with a wrong secret")
    raise Unauthorized("The secret is wrong. An administrator finds the right address with "
                       "GET /api/v1/sync/odoo/webhook.", code="wrong_secret")


def _is_known(here: Context) -> bool:
    """Each connection has a secret of its own, which tells whose hint it is."""
    given = (request.view_args or {}).get("secret") or request.headers.get(SECRET_HEADER)
    signature = request.headers.get(SIGNATURE_HEADER, "")
    if len(given or "") > 256 or not (given or signature):
        return False
    for each in here.system.connections.all():
        hints = here.system.hints_of(each.name)
        if hints.knows(given) if given else hints.signed(request.get_data(cache=True), signature):
            g.hints = hints
            return True
    return False


@bp.endpoint("POST", "/webhooks/odoo/<secret>", OWN_SECRET, Done, fails=REFUSED)
def hint_by_address(path: HookPath, body: HintBody) -> Done:
    """Take a hint from Odoo: a record has changed. It is read after 2 s and again after 10 s.

    Only `hr.employee` and `hr.attendance` are looked at, and of the body only `_model` and `_id`.
    """
    return _take(body)


@bp.endpoint("POST", "/webhooks/odoo", OWN_SECRET, Done, fails=REFUSED)
def hint_by_header(body: HintBody) -> Done:
    """Take a hint, with the secret in the header `X-Webhook-Secret`, or signed.

    Signed: `X-Webhook-Signature: sha256=…`, the hexadecimal HMAC-SHA256 of the body's bytes under
    the secret.
    """
    return _take(body)


def _take(body: HintBody) -> Done:
    hints: HintsDesk = g.hints
    noted = hints.note(body.model, body.id)
    return Done(message="Noted." if noted else "Nothing more to do.")


@bp.endpoint("GET", "/sync/odoo/webhook", "admin", WebhookAnswer)
def show_webhook(query: OfConnection) -> WebhookAnswer:
    """Show the address to paste into Odoo's automations, and the trigger fields to choose."""
    return _shown(context().system.hints_of(query.connection).secret())


@bp.endpoint("POST", "/sync/odoo/webhook", "admin", WebhookAnswer)
def renew_webhook(query: OfConnection) -> WebhookAnswer:
    """Make another secret. The automations in Odoo need the new address."""
    return _shown(context().system.hints_of(query.connection).renew_secret(by=caller().name),
                  "The old address is worth nothing any more: paste this one into Odoo.")


def _shown(secret: str, message: str | None = None) -> WebhookAnswer:
    base = request.path.removesuffix("/").removesuffix("/sync/odoo/webhook")
    place = f"{request.host_url.rstrip('/')}{base}/webhooks/odoo"
    return WebhookAnswer(message=message, url=f"{place}/{secret}", secret=secret, url_without_secret=place,
                         secret_header=SECRET_HEADER, signature_header=SIGNATURE_HEADER,
                         signature="sha256= and the hexadecimal HMAC-SHA256 of the body under the secret",
                         automations=list(AUTOMATIONS))
