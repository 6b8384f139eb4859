"""What can go wrong with Odoo, as a small tree that alone decides what is done about it.

`permanent`: this row or question will not do, others may; `transient`: the same call may do
later; `fatal`: nothing will do until somebody changes the settings or the rights. Tracebacks
that Odoo sends are dropped, its own last line is kept, and a text is always one line.
"""

from __future__ import annotations

from typing import Any

from backend.errors import Conflict, FaceAttendanceError

LONGEST_TEXT = 400
"""Characters of Odoo's own words that are kept."""


class OdooError(FaceAttendanceError):
    """Root of the tree; `kind` is permanent, transient or fatal."""

    code = "odoo_error"
    status = 502
    kind = "permanent"
    may_have_arrived = False
    """Whether Odoo may have done what was asked, although it could not tell."""
    tried = True
    """False where no request was sent at all."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(one_line(message), **more)


class OdooRefused(OdooError):
    """Odoo's rules refused it: overlap, missing record, wrong value."""

    code = "odoo_refused"


class OdooBadBadge(OdooRefused):
    """What a person is called here cannot be a badge in Odoo."""

    code = "odoo_bad_badge"
    status = 422


class OdooBadgeTaken(OdooRefused):
    """Another employee has the badge."""

    code = "odoo_badge_taken"
    status = 409


class OdooForbidden(OdooError):
    """The bridge user lacks a right for it."""

    code = "odoo_forbidden"


class OdooServerFault(OdooError):
    """Odoo itself failed; the text is the last line of its traceback, `fault` the class raised."""

    code = "odoo_server_fault"

    def __init__(self, message: str, *, fault: str = "", **more: Any) -> None:
        super().__init__(message, **more)
        self.fault = fault


class OdooTransient(OdooError):
    """The same call may do later."""

    code = "odoo_transient"
    kind = "transient"


class OdooUnreachable(OdooTransient):
    """No connection, or it broke; `may_have_arrived` is False where the request surely did not."""

    code = "odoo_unreachable"

    def __init__(self, message: str, *, may_have_arrived: bool = True, **more: Any) -> None:
        super().__init__(message, **more)
        self.may_have_arrived = may_have_arrived


class OdooTimeout(OdooUnreachable):
    code = "odoo_timeout"


class OdooResting(OdooUnreachable):
    """The circuit breaker is open."""

    tried = False


class OdooBusy(OdooTransient):
    """429, or a page with a status of 500 and above: a proxy or Odoo asks for patience.

    `too_much` where it says so of our calls (429, 503, a Retry-After); else something failed, and
    how fast it is called has nothing to do with it. `asked` are the seconds of its Retry-After,
    None where it has not said.
    """

    code = "odoo_busy"

    def __init__(self, message: str, *, asked: float | None = None, too_much: bool = False,
                 may_have_arrived: bool = True, **more: Any) -> None:
        super().__init__(message, **more)
        self.asked = asked
        self.too_much = too_much or asked is not None
        self.may_have_arrived = may_have_arrived


class OdooBadGateway(OdooBusy):
    """502 or 504: a proxy answers, and Odoo behind it does not. It is repeated as what is busy is,
    because a proxy says it of a start, too."""

    code = OdooUnreachable.code


class OdooAskedToWait(OdooBusy):
    """The server has asked for patience, and its time is not over."""

    tried = False


class OdooOutOfTime(OdooTransient):
    """The run has used up its time; the next one goes on where it stopped."""

    code = "odoo_run_budget"
    tried = False


class OdooDatabaseDown(OdooTransient):
    """Odoo answers, its PostgreSQL does not; `words` are PostgreSQL's, in its language."""

    code = "odoo_database_down"

    def __init__(self, words: str, **more: Any) -> None:
        super().__init__("Odoo answers, but cannot use its database. Whoever runs Odoo has to look "
                         "at its PostgreSQL.", **more)
        self.words = words


class OdooFatal(OdooError):
    """Nothing will do until somebody acts."""

    code = "odoo_fatal"
    kind = "fatal"


class OdooAccessDenied(OdooFatal):
    code = "odoo_access_denied"


class OdooWrongDatabase(OdooFatal):
    """`by_page`: no word of Odoo's says so, but a web page that may be a proxy's."""

    code = "odoo_wrong_database"

    def __init__(self, message: str, *, by_page: bool = False, **more: Any) -> None:
        super().__init__(message, **more)
        self.by_page = by_page


class OdooTls(OdooFatal):
    code = "odoo_tls"


class OdooNotOdoo(OdooFatal):
    """Something answered, but not Odoo's protocol: HTML, a redirect, garbage."""

    code = "odoo_not_odoo"


class OdooAnswerTooLarge(OdooFatal):
    code = "odoo_answer_too_large"


class OdooMissingRights(OdooFatal):
    """The bridge user cannot do the work at all; the text names the groups it needs."""

    code = "odoo_missing_rights"


class OdooBadAddress(OdooFatal):
    code = "odoo_bad_address"
    status = 422


class OdooUnsupported(OdooFatal):
    code = "odoo_unsupported"
    status = 422


class OdooNotConfigured(OdooFatal):
    code = "odoo_not_configured"
    status = 409


class OdooOtherDatabase(Conflict):
    """Credentials given for once lead to another database than the one our rows are kept with."""

    code = "odoo_other_database"


def one_line(text: str) -> str:
    """`text` without line ends and control characters, not longer than LONGEST_TEXT."""
    flat = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return flat if len(flat) <= LONGEST_TEXT else flat[:LONGEST_TEXT - 1] + "…"
