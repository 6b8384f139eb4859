"""The Odoo endpoints. Their fields stand at the top level of the answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, model_serializer

from backend.store.repositories.connections import DEFAULT
from backend.web.schemas.envelope import Answer, DayIn, Input, Moment, Output

Transport = Literal["auto", "xmlrpc", "jsonrpc", "json2"]
Companies = Annotated[list[Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]], Field(max_length=1000)]
OF_COMPANIES = "Odoo's ids of the companies that this is about; an empty list means all that the user sees."


class OfConnection(Input):
    connection: Annotated[str, Field(max_length=64)] = Field(
        default=DEFAULT, description="Which database of Odoo, by the name of its connection.")


class Credentials(OfConnection):
    """Used once and never saved, but by POST /sync/odoo/config. None of them: the saved ones."""

    url: Annotated[str, Field(max_length=1000)] | None = None
    db: Annotated[str, Field(max_length=200)] | None = None
    username: Annotated[str, Field(max_length=200)] | None = None
    password: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="Password or API key; asterisks, or nothing, keep the saved one.")
    transport: Transport | None = None


class ConfigBody(Credentials):
    """What is not sent stays as it is saved."""

    key_expires: DayIn | None = Field(
        default=None, description="Last day of the API key: Odoo shows it where the key was made.")
    companies: Companies | None = Field(default=None, description=OF_COMPANIES)


class PullBody(Credentials):
    limit: int | None = Field(default=None, ge=1, le=1_000_000)
    full: StrictBool = Field(
        default=False, description="All employees, not only those changed; people whose employee is gone from Odoo "
                                   "are deactivated.")
    force: StrictBool = Field(
        default=False, description="With `full`: deactivate them even where they are more than ODOO_SWEEP_LIMIT.")
    dry_run: StrictBool = Field(default=False, description="Say what would happen; change nothing.")
    with_photos: StrictBool = Field(
        default=False, description="Make faces of the photos of people who have none and have agreed.")


class PushBody(Credentials):
    start_date: DayIn
    end_date: DayIn = Field(description="Inclusive.")
    dry_run: StrictBool = False


class TestAnswer(Output):
    __test__ = False

    success: Literal[True] = True
    message: str
    server_version: str | None
    protocol_version: int | None
    transport: str | None


class ConfigOut(Output):
    url: str | None
    db: str | None
    username: str | None
    password: str | None = Field(description="Asterisks where one is saved.")
    transport: str | None = None
    companies: list[int] = Field(default=[], description="Left out where none are named. " + OF_COMPANIES)

    @model_serializer(mode="wrap")
    def _named_companies_alone(self, inner):  # no annotation: the documented shape stays the fields'
        shown = inner(self)
        return shown if self.companies else {name: value for name, value in shown.items() if name != "companies"}


class ConfigWithKey(ConfigOut):
    """Where it is known, or assumed, when the API key ends."""

    key_expires_on: date = Field(description="The key's last day.")
    key_expires_assumed: bool
    key_warning: str | None


class ConfigAnswer(Output):
    success: Literal[True] = True
    message: str | None = None
    configured: bool
    config: ConfigWithKey | ConfigOut


class GoneOut(Output):
    person_id: str
    name: str


class PhotoSkipped(Output):
    person_id: str
    name: str
    reason: str = Field(description="`no_photo`, `consent_required`, `belongs_to_another_person`, or what is wrong "
                                    "with the picture, as for register-face.")


class PhotosOut(Output):
    enrolled: int
    skipped: list[PhotoSkipped]


class PullAnswer(Output):
    success: bool = Field(description="True only if nothing failed.")
    message: str
    run_id: int | None = None
    added: int
    updated: int
    unchanged: int = Field(description="People who were not read, because nothing changed, are among them.")
    deactivated: int
    total: int
    read: int = Field(description="Employees that Odoo was asked for.")
    errors: list[str]
    warnings: list[str] = Field(description="What somebody should look at; nothing failed by it.")
    gone: list[GoneOut] = Field(description="Who is not among Odoo's employees any more and was deactivated.")
    photos: PhotosOut | None = Field(default=None, description="Where photos were asked for.")
    dry_run: bool = False


class PushAnswer(Output):
    success: bool = Field(description="True only if nothing failed.")
    message: str
    run_id: int | None = None
    pushed: int
    failed: int
    skipped: int = Field(description="Rows that Odoo already holds so.")
    total: int
    errors: list[str]
    dry_run: bool = False


class ReconcileBody(Credentials):
    start_date: DayIn
    end_date: DayIn = Field(description="Inclusive.")
    dry_run: StrictBool = Field(default=False, description="Compare only; mend nothing.")


class TimesOut(Output):
    check_in: Moment
    check_out: Moment | None


class DifferenceOut(Output):
    kind: Literal["missing_in_odoo", "missing_here", "times_differ", "changed_by_hr", "deleted_by_hr", "left_over"]
    attendance_id: int | None
    odoo_id: int | None
    person_id: str | None
    person_name: str | None
    here: TimesOut | None
    odoo: TimesOut | None
    mended: bool
    error: str | None


class ReconcileAnswer(Output):
    success: bool = Field(description="True unless something that should have been mended was not.")
    message: str
    run_id: int | None = None
    compared: int = Field(description="Rows, of both sides.")
    total: int = Field(description="Differences, all told.")
    mended: int
    hidden: int = Field(default=0, description="Rows of ours that the bridge user may not see, left out.")
    counts: dict[str, int] = Field(description="Differences of each kind.")
    differences: list[DifferenceOut] = Field(description="At most 1,000 of them.")
    errors: list[str]
    dry_run: bool = False


class ProblemsQuery(OfConnection):
    limit: int = Field(default=100, ge=1, le=1000)


class ProblemOut(Output):
    attendance_id: int
    person_id: str
    person_name: str
    check_in: Moment
    check_out: Moment | None
    error: str = Field(description="Why the row is not in Odoo as it should be.")
    code: str
    remedy: str = Field(description="What a person can do about it.")
    since: Moment


class ProblemList(Output):
    problems: list[ProblemOut]
    total: int


class ProblemsAnswer(Answer):
    data: ProblemList


class RetryBody(OfConnection):
    attendance_ids: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=1000)] | None = Field(
        default=None, description="Unset: all but those that HR deleted in Odoo; such a row is put back where named.")


class Retried(Output):
    retried: int


class RetriedAnswer(Answer):
    data: Retried


class RunningAnswer(Output):
    """The run takes longer than SYNC_WAIT; ask GET /sync/runs/{run_id} for how it ends."""

    success: Literal[True] = True
    message: str
    run_id: int


class RunPath(Input):
    run_id: int = Field(ge=1, le=2**53)


RunKind = Literal["pull", "push", "reconcile"]
RunTrigger = Literal["hand", "schedule", "punch", "hook"]


class RunsQuery(OfConnection):
    kind: RunKind | None = None
    trigger: RunTrigger | None = Field(
        default=None, description="Who began it: a person or program by `hand`, the `schedule`, a `punch`, "
        "or a `hook`: a hint from Odoo.")
    limit: int = Field(default=50, ge=1, le=500)


class RunSummary(Output):
    id: int
    kind: str
    trigger: str
    state: Literal["running", "done", "failed", "abandoned"]
    message: str | None
    started_at: Moment
    finished_at: Moment | None
    duration_seconds: float | None
    dry_run: bool = Field(description="It only told what would happen; `/sync/status` does not tell of it.")
    inline: bool = Field(description="Its credentials were not the saved ones; `/sync/status` does not tell of it.")
    counts: dict[str, int] = Field(description="What the run counted, by name.")
    errors: list[str] = Field(description="The first of them.")


class RunsOut(Output):
    runs: list[RunSummary] = Field(description="Newest first. Of runs by themselves that found nothing to do "
                                   "only the newest is kept.")


class RunsAnswer(Answer):
    data: RunsOut


class RunOut(RunSummary):
    result: dict[str, Any] | None


class RunAnswer(Answer):
    data: RunOut


Status = Literal["not_configured", "configured", "syncing", "error", "paused"]


class PauseAnswer(Output):
    success: Literal[True] = True
    message: str
    status: Status
    paused_at: Moment | None


class EndedRun(Output):
    id: int
    state: Literal["running", "done", "failed", "abandoned"]
    success: bool
    trigger: str
    message: str | None
    finished_at: Moment | None
    errors: list[str] = Field(default=[], description="The first of what went wrong with single records.")


class LastRun(EndedRun):
    broke: bool = Field(description="It ended before its time; single rows may fail in any run.")
    good: EndedRun | None = Field(description="Where it broke off, the newest one that did not.")


class OdooState(Output):
    enabled: bool
    configured: bool
    url: str | None
    db: str | None
    transport: str | None
    last_sync: Moment | None
    last_sync_message: str | None
    status: Status
    pending: int = Field(description="Rows that Odoo does not hold as they are.")
    failed: int
    circuit: str | None
    username: str | None = None
    server_version: str | None = None
    transport_used: str | None = None
    waiting: int = Field(default=0, description="Rows that go by themselves.")
    oldest_waiting: Moment | None = None
    parked: int = Field(default=0, description="Rows that wait for somebody to mend something.")
    reasons: list[tuple[str, int]] = Field(default=[], description="Why rows are parked, and how many.")
    paused_at: Moment | None = None
    away_since: Moment | None = Field(default=None, description="Since when Odoo is away or refuses us.")
    problem: str | None = None
    problem_code: str | None = None
    next_try: Moment | None = None
    key_expires_on: date | None = None
    key_expires_assumed: bool | None = Field(
        default=None, description="Nobody said when the key ends: it is the latest that Odoo's rule allows.")
    key_warning: str | None = None
    runs: dict[str, LastRun | None] = Field(
        default={}, description="The last run of each kind that has ended, but for dry runs and those with inline "
                                "credentials, and for hints among the pulls.")


class NamedState(OdooState):
    name: str


class SyncState(Output):
    odoo: OdooState = Field(description="The first connection, called `default`.")
    connections: list[NamedState] = Field(description="All of them, the first one first.")


class SyncStatusAnswer(Answer):
    data: SyncState
