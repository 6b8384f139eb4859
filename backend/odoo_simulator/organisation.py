"""What employees hang on: departments, jobs, versions, companies, users; external ids; finance's door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import access
from .fields import Field
from .model import Model, magic_fields, rpc_model
from .people import VERSIONED
from .records import Row


class Departments(Model):
    name = "hr.department"
    description = "Department"
    order = "name"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("name", "char", "Department Name", required=True),
            Field("complete_name", "char", "Complete Name", store=False, readonly=True),
            Field("active", "boolean", "Active", default=True),
            Field("parent_id", "many2one", "Parent Department", "hr.department"),
            Field("manager_id", "many2one", "Manager", "hr.employee"),
            Field("company_id", "many2one", "Company", "res.company"),
        ]

    def computed(self, row: Row, name: str) -> Any:
        return self.display_name(row) if name == "complete_name" else None

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        """Another head of department becomes everybody's manager there, write_date and all; a name moves nothing."""
        for old, new in zip(before, after, strict=False):
            if old.get("manager_id") != new.get("manager_id"):
                for employee in self.env.transaction.rows("hr.employee"):
                    if employee["department_id"] == new["id"]:
                        self.env.touch_employee(employee["id"], {"parent_id": new["manager_id"]})

    def display_name(self, row: Row) -> str:
        parent = self.env.transaction.get(self.table, row.get("parent_id") or 0)
        return f"{self.display_name(parent)} / {row['name']}" if parent else str(row["name"])


class Jobs(Model):
    name = "hr.job"
    description = "Job Position"
    order = "id"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("name", "char", "Job Position", required=True),
            Field("active", "boolean", "Active", default=True),
            Field("department_id", "many2one", "Department", "hr.department"),
            Field("company_id", "many2one", "Company", "res.company"),
        ]


    def after_change(self, before: list[Row], after: list[Row]) -> None:
        """In 19 job titles follow the job's name, and no write_date tells of it."""
        if self.version == 18:
            return
        for old, new in zip(before, after, strict=False):
            if old["name"] != new["name"]:
                for employee in self.env.transaction.rows("hr.employee"):
                    if employee["job_id"] == new["id"] and employee["job_title"] == old["name"]:
                        self.env.transaction.merge("hr.employee", employee["id"], {"job_title": new["name"]})


class Versions(Model):
    """19's hr.version: where an employee's department, job and title really are.

    Here every employee has one version, under the employee's own id. A write moves no write_date.
    """

    name = "hr.version"
    description = "Version"
    versions = (19,)

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("employee_id", "many2one", "Employee", "hr.employee", store=False, readonly=True),
            Field("department_id", "many2one", "Department", "hr.department"),
            Field("job_id", "many2one", "Job Position", "hr.job"),
            Field("job_title", "char", "Job Title"),
            Field("employee_type", "selection", "Employee Type"),
            Field("company_id", "many2one", "Company", "res.company", readonly=True),
        ]

    @property
    def table(self) -> str:
        return "hr.employee"

    def visible(self, row: Row) -> bool:
        return row["company_id"] in self.env.companies

    def searchable(self, field: Field) -> bool:
        return field.name == "employee_id"

    def computed(self, row: Row, name: str) -> Any:
        return row["id"] if name == "employee_id" else None

    def insert(self, vals_list: list[Row]) -> list[int]:
        raise NotImplementedError("a second version of an employee is not simulated")

    def store(self, row: Row, values: Row) -> Row:
        self.env.transaction.merge(self.table, row["id"], {name: values[name] for name in VERSIONED if name in values})
        return self.env.transaction.get(self.table, row["id"]) or row


class Companies(Model):
    name = "res.company"
    description = "Companies"
    order = "id"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("name", "char", "Company Name", required=True),
            Field("active", "boolean", "Active", default=True),
        ]


class Users(Model):
    name = "res.users"
    description = "User"
    order = "name"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("name", "char", "Name", required=True),
            Field("login", "char", "Login", required=True),
            Field("email", "char", "Email"),
            Field("active", "boolean", "Active", default=True),
            Field("tz", "char", "Timezone"),
            Field("lang", "char", "Language"),
            Field("company_id", "many2one", "Company", "res.company"),
            Field("company_ids", "many2many", "Companies", "res.company"),
        ]

    def after_change(self, before: list[Row], after: list[Row]) -> None:
        """A user's name, address or zone is the employee's as well."""
        for old, new in zip(before, after, strict=False):
            if any(old.get(name) != new.get(name) for name in ("name", "tz", "email")):
                for employee in self.env.transaction.rows("hr.employee"):
                    if employee.get("user_id") == new["id"]:
                        self.env.touch_employee(employee["id"], {})

    @rpc_model
    def context_get(self) -> dict[str, Any]:
        user = self.env.user
        return {"lang": user["lang"], "tz": user["tz"] or False, "uid": user["id"]}


class Moves(Model):
    """Invoices: only the door is here, so that a user without rights meets it."""

    name = "account.move"
    description = "Journal Entry"


class Payments(Model):
    name = "account.payment"
    description = "Payments"


class ExternalIds(Model):
    """Names of records (`module.name`); a bridge may resolve one but not read the table."""

    name = "ir.model.data"
    description = "Model Data"

    @classmethod
    def field_list(cls, version: int) -> Iterable[Field]:
        return [
            *magic_fields(),
            Field("module", "char", "Module", required=True),
            Field("name", "char", "External Identifier", required=True),
            Field("model", "char", "Model Name", required=True),
            Field("res_id", "integer", "Record ID"),
        ]

    @rpc_model
    def check_object_reference(
        self, module: str, xml_id: str, raise_on_access_error: bool = False
    ) -> tuple[str, int | bool]:
        found = self.env.transaction.get(self.table, f"{module}.{xml_id}")
        if found is None:
            raise ValueError(f"External ID not found in the system: {module}.{xml_id}")
        model = self.env.model(found["model"])
        row = self.env.transaction.get(model.table, found["res_id"])
        if row is not None and access.allowed(model, "read") and model.visible(row):
            return found["model"], found["res_id"]
        if raise_on_access_error:
            raise access.refuse_records(model, "read")
        return found["model"], False
