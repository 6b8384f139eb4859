"""Who may do what: groups, access lists, and Odoo's wording when it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .errors import AccessError

if TYPE_CHECKING:
    from .model import Model

USER = "base.group_user"
SYSTEM = "base.group_system"
HR = "hr.group_hr_user"
ATTENDANCE_ADMIN = "hr_attendance.group_hr_attendance_manager"
ATTENDANCE_ALL = "hr_attendance.group_hr_attendance_user"
ATTENDANCE_OWN_TEAM = "hr_attendance.group_hr_attendance_officer"
INVOICING = "account.group_account_invoice"
ACCOUNTING_ADMIN = "account.group_account_manager"
ACCOUNTING_READONLY = "account.group_account_readonly"
PORTAL = "base.group_portal"

# How each version names a group where it says who may do something.
TITLES = {
    18: {
        USER: "User types/Internal User",
        SYSTEM: "Administration/Settings",
        HR: "Employees/Officer: Manage all employees",
        PORTAL: "User types/Portal",
        ATTENDANCE_ADMIN: "Attendances/Administrator",
        ATTENDANCE_OWN_TEAM: "Technical/Officer: Manage attendances",
        INVOICING: "Invoicing/Invoicing",
        ACCOUNTING_ADMIN: "Invoicing/Administrator",
        ACCOUNTING_READONLY: "Technical/Show Accounting Features - Readonly",
    },
    19: {
        USER: "Role / User",
        SYSTEM: "Role / Administrator",
        HR: "Employees/Officer: Manage all employees",
        PORTAL: "Role / Portal",
        ATTENDANCE_ADMIN: "Attendances/Administrator",
        ATTENDANCE_ALL: "Attendances/Officer: Manage all attendances",
        ATTENDANCE_OWN_TEAM: "Officer: Manage attendances",
        INVOICING: "Accounting/Invoicing",
        ACCOUNTING_ADMIN: "Accounting/Administrator",
        ACCOUNTING_READONLY: "Show Accounting Features - Readonly",
    },
}
# How a field's groups are named where the field is refused.
FIELD_GROUPS = {HR: "Employees / Officer: Manage all employees", SYSTEM: "Administration / Settings"}

ATTENDANCE_GROUPS = {
    18: (ATTENDANCE_ADMIN, ATTENDANCE_OWN_TEAM),
    19: (ATTENDANCE_ADMIN, ATTENDANCE_ALL, ATTENDANCE_OWN_TEAM),
}
# What the work of a bridge needs.
WORKING = (HR, ATTENDANCE_ADMIN, ATTENDANCE_ALL, ATTENDANCE_OWN_TEAM)
VERBS = {"read": "access", "write": "modify", "create": "create", "unlink": "delete"}


def groups_allowed(model: str, operation: str, version: int) -> tuple[str, ...]:
    """The groups of which a user needs one to do `operation` on `model`; none: nobody may."""
    if model == "hr.attendance":
        return ATTENDANCE_GROUPS[version]
    if model in ("hr.employee", "hr.department", "hr.job", "hr.version"):
        return (USER,) if operation == "read" else (HR,)
    if model == "hr.employee.public":
        return (USER,) if operation == "read" else ()
    if model in ("res.users", "res.company"):
        return (USER,) if operation == "read" else (SYSTEM,)
    if model.startswith("account."):
        if operation == "read":
            return (INVOICING, ACCOUNTING_ADMIN, ACCOUNTING_READONLY, PORTAL)
        return (INVOICING,)
    return (SYSTEM,)


def allowed(model: Model, operation: str) -> bool:
    """Whether the access lists let the user do it (record rules come after)."""
    groups = groups_allowed(model.name, operation, model.version)
    return bool(model.env.groups & set(groups))


def check(model: Model, operation: str) -> None:
    """Raise AccessError, in Odoo's words, where the access lists do not let the user do it."""
    if allowed(model, operation):
        return
    titles = TITLES[model.version]
    groups = groups_allowed(model.name, operation, model.version)
    named = sorted(titles[group] for group in groups if group in titles)
    if named:
        who = "This operation is allowed for the following groups:\n" + "\n".join(f"\t- {one}" for one in named)
    else:
        who = "No group currently allows this operation."
    raise AccessError(
        f"You are not allowed to {VERBS[operation]} '{model.description}' ({model.name}) records.\n\n"
        f"{who}\n\nContact your administrator to request access if necessary."
    )


def refuse_records(model: Model, operation: str) -> AccessError:
    """What a record rule says when it hides a record."""
    user = model.env.user
    return AccessError(
        "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"
        f"Sorry, {user['name']} (id={user['id']}) doesn't have '{operation}' access to:\n"
        f"- {model.description} ({model.name})\n\n"
        "If you really, really need access, perhaps you can win over your friendly administrator "
        "with a batch of freshly baked cookies."
    )


def refuse_fields(model: Model, names: Iterable[str], operation: str) -> AccessError:
    """What a field's own groups say."""
    names = list(names)
    if model.version == 19 and model.rpc_name == "hr.employee.public":
        quoted = ", ".join(f"“{name}”" for name in names)
        return AccessError(
            f"The fields {quoted}, which you are trying to read, are not available for employee public profiles."
        )
    lines = "\n".join(
        f"- {name} (allowed for groups '{FIELD_GROUPS.get(str(model.fields[name].groups), '')}')" for name in names
    )
    quoted = ", ".join(f'"{name}"' for name in names)
    return AccessError(
        f"You do not have enough rights to access the fields {quoted} on {model.description} ({model.name}). "
        f"Please contact your system administrator.\n\nOperation: {operation}\nUser: {model.env.user['id']}\n"
        f"Fields:\n{lines}"
    )


def companies(user: dict[str, Any], context: dict[str, Any]) -> set[int]:
    """The companies whose records the call may see."""
    wanted = context.get("allowed_company_ids")
    if not wanted:
        return set(user["company_ids"])
    if not set(wanted) <= set(user["company_ids"]):
        raise AccessError("Access to unauthorized or invalid companies.")
    return set(wanted)
