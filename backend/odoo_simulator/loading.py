"""load(): Odoo's import, which is a true upsert by external id and never faults on bad data.

It answers `{"ids": [...] | False, "messages": [...], "nextrow": 0}`. First all rows are tried
as one batch; when that fails, one by one, to name the bad ones; then everything is undone.
The first message may be a copy of the batch's own error, laid at record 0's door.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .errors import DatabaseError, UniqueViolation, UserError, ValidationError
from .fields import DATETIME_FORMAT, Field, to_datetime

if TYPE_CHECKING:
    from .model import Model
    from .records import Row

MOST_ERRORS = 10
TOO_MANY = {
    "type": "warning",
    "message": "Found more than 10 errors and more than one error per 10 records, "
    "interrupted to avoid showing too many errors.",
}


class CellError(Exception):
    """A cell that cannot be converted; `more` goes into the message's moreinfo."""

    def __init__(self, text: str, more: Any = None) -> None:
        super().__init__(text)
        self.more = more


def load(model: Model, columns: list[str], data: list[list[Any]]) -> dict[str, Any]:
    """What `model.load(columns, data)` answers; only unknown columns raise."""
    paths = [_path(column) for column in columns]
    for name, *_ in paths:
        if name not in model.fields and name != ".id":
            raise ValueError(f"Invalid field name {name!r}")
    transaction = model.env.transaction
    start = transaction.savepoint()
    messages: list[dict[str, Any]] = []
    batch = [_converted(model, paths, row, index, messages) for index, row in enumerate(data)]
    ids: list[int] | bool = _flush(model, batch, messages, start)
    if any(message["type"] == "error" for message in messages):
        transaction.rollback_to(start)
        ids = False
    return {"ids": ids, "messages": messages, "nextrow": 0}


def conflicted(error: Exception) -> dict[str, Any]:
    """What load() answers when another transaction got there first."""
    info = {"rows": {"from": 0, "to": 0}, "record": 0}
    return {"ids": False, "messages": [{**info, "type": "error", "message": str(error)}], "nextrow": 0}


def _path(column: str) -> list[str]:
    column = re.sub(r"([^/])\.id", r"\1/.id", column)
    return re.sub(r"([^/]):id", r"\1/id", column).split("/")


# Cells --------------------------------------------------------------------------------------


def _converted(
    model: Model, paths: list[list[str]], row: list[Any], index: int, messages: list[dict[str, Any]]
) -> dict[str, Any]:
    """One row as `{xml_id, id, values, info}`; what cannot be read goes to `messages`."""
    info = {"rows": {"from": index, "to": index}, "record": index}
    entry: dict[str, Any] = {"xml_id": None, "id": None, "values": {}, "info": info}
    for path, cell in zip(paths, row, strict=False):
        if path == ["id"]:
            xml_id = str(cell or "")
            entry["xml_id"] = xml_id if "." in xml_id or not xml_id else f"__import__.{xml_id}"
        elif path == [".id"]:
            entry["id"] = _own_id(model, cell, info, messages)
        else:
            field = model.fields[path[0]]
            try:
                entry["values"][field.name] = _cell(model, field, path[1:], cell)
            except CellError as error:
                messages.append(_cell_message(field, info, error))
    return entry


def _own_id(model: Model, cell: Any, info: dict[str, Any], messages: list[dict[str, Any]]) -> int | None:
    if cell in (False, None, ""):
        return None
    if str(cell).isdigit() and model.env.transaction.get(model.table, int(cell)) is not None:
        return int(cell)
    messages.append({"type": "error", **info, "message": f"Unknown database identifier '{cell}'", "field": ".id"})
    return None


def _cell_message(field: Field, info: dict[str, Any], error: CellError) -> dict[str, Any]:
    message = {
        "rows": info["rows"],
        "type": "error",
        "record": info["record"],
        "field": field.name,
        "message": str(error),
    }
    if error.more is not None:
        message |= {"moreinfo": error.more, "field_name": field.string}
    return message


def _cell(model: Model, field: Field, path: list[str], cell: Any) -> Any:
    if cell in (False, None, ""):
        return False
    if field.type == "many2one":
        return _target(model, field, path[0] if path else None, cell)
    if field.type == "datetime":
        return _moment(model, field, cell)
    if field.type in ("float", "integer"):
        try:
            return float(cell) if field.type == "float" else int(cell)
        except ValueError:
            kind = "a number" if field.type == "float" else "an integer"
            raise CellError(f"'{cell}' does not seem to be {kind} for field '{field.string}'") from None
    if field.type == "boolean":
        return str(cell).lower() not in ("0", "false", "no")
    if field.type == "selection":
        for value, label in field.selection:
            if str(cell).lower() in (value.lower(), label.lower()):
                return value
        labels = [label for _, label in field.selection]
        raise CellError(f"Value '{cell}' not found in selection field '{field.string}'", labels)
    return cell


def _moment(model: Model, field: Field, cell: Any) -> Any:
    """load() takes times in the context's zone or, without one, in the user's."""
    try:
        naive = to_datetime(cell)
    except (ValueError, TypeError):
        raise CellError(
            f"'{cell}' does not seem to be a valid datetime for field '{field.string}'",
            "Use the format '2012-12-31 23:59:59'",
        ) from None
    if naive is None:
        return False
    return naive.replace(tzinfo=ZoneInfo(model.env.tz)).astimezone(UTC).strftime(DATETIME_FORMAT)


def _target(model: Model, field: Field, kind: str | None, cell: Any) -> int:
    """The record that a cell of a many2one column names: by database id, external id or name."""
    relation = str(field.relation)
    other = model.env.model(relation)
    transaction = model.env.transaction
    if kind == ".id":
        try:
            key = int(cell)
        except ValueError:
            raise CellError(
                f"Invalid database id '{cell}' for the field '{field.string}'", _possible(relation, ".id")
            ) from None
        if _is_found(other, transaction.get(other.table, key)):
            return key
        raise _unmatched("database id", cell, field, relation, kind)
    if kind == "id":
        xml_id = str(cell) if "." in str(cell) else f"__import__.{cell}"
        found = transaction.get("ir.model.data", xml_id)
        if found is not None and found["model"] == relation:
            return int(found["res_id"])
        raise _unmatched("external id", cell, field, relation, kind)
    named = other.name_search(str(cell), operator="=")
    if not named:
        raise _unmatched("name", cell, field, relation, kind)
    return int(named[0][0])


def _is_found(other: Model, row: Row | None) -> bool:
    """Odoo searches for it, and so does not find what is archived unless the context asks for that."""
    if row is None:
        return False
    return "active" not in other.fields or bool(row["active"]) or not other.env.context.get("active_test", True)


def _unmatched(what: str, cell: Any, field: Field, relation: str, kind: str | None) -> CellError:
    return CellError(
        f"No matching record found for {what} '{cell}' in field '{field.string}'", _possible(relation, kind)
    )


def _possible(relation: str, kind: str | None) -> dict[str, Any]:
    """The window of possible values that Odoo offers its own import page."""
    action: dict[str, Any] = {
        "name": "Possible Values",
        "type": "ir.actions.act_window",
        "target": "new",
        "view_mode": "list,form",
        "views": [[False, "list"], [False, "form"]],
        "context": {"create": False},
        "help": "See all possible values",
    }
    if kind is None:
        return {**action, "res_model": relation}
    return {**action, "res_model": "ir.model.data", "domain": [["model", "=", relation]]}


# Rows ---------------------------------------------------------------------------------------


def _flush(model: Model, batch: list[dict[str, Any]], messages: list[dict[str, Any]], start: Any) -> list[int]:
    transaction = model.env.transaction
    before = transaction.savepoint()
    at_once: dict[str, Any] | None = None
    try:
        return _store(model, batch)
    except UserError as error:
        at_once = {**batch[0]["info"], "type": "error", "message": str(error)}
    except Exception:
        at_once = None
    transaction.rollback_to(before)
    ids, errors = _one_by_one(model, batch, messages, start)
    if errors and at_once and at_once not in messages:
        messages.insert(0, at_once)
    return ids


def _one_by_one(
    model: Model, batch: list[dict[str, Any]], messages: list[dict[str, Any]], start: Any
) -> tuple[list[int], int]:
    transaction = model.env.transaction
    ids: list[int] = []
    errors = 0
    for count, entry in enumerate(batch, 1):
        before = transaction.savepoint()
        try:
            ids += _store(model, [entry])
        except Exception as error:
            # 18 undoes this row alone; 19 undoes all rows so far, so a later row that clashes
            # only with one of them passes unnamed.
            transaction.rollback_to(before if model.version == 18 else start)
            messages.append({**entry["info"], "type": "error", **_explained(error)})
            errors += 1
        if errors >= MOST_ERRORS and errors >= count / 10:
            messages.append(dict(TOO_MANY))
            break
    return ids, errors


def _explained(error: Exception) -> dict[str, Any]:
    if isinstance(error, DatabaseError):
        return {"message": error.for_load, **({"field": error.column} if error.column else {})}
    if isinstance(error, UserError):
        return {"message": str(error)}
    return {
        "message": f"Unknown error during import: {type(error)}: {error}",
        "moreinfo": "Resolve other errors first",
    }


def _store(model: Model, batch: list[dict[str, Any]]) -> list[int]:
    """Write the rows that exist, create the others as one batch, name them."""
    ids: list[int | None] = []
    new: list[tuple[int, dict[str, Any]]] = []
    for place, entry in enumerate(batch):
        key = entry["id"] or _known(model, entry["xml_id"])
        if key is None:
            new.append((place, entry))
        else:
            model.write([key], entry["values"])
        ids.append(key)
    names = [entry["xml_id"] for _, entry in new if entry["xml_id"]]
    if len(set(names)) < len(names):
        raise UniqueViolation("ON CONFLICT DO UPDATE command cannot affect row a second time\n")
    created = model.insert([entry["values"] for _, entry in new]) if new else []
    for (place, entry), key in zip(new, created, strict=True):
        ids[place] = key
        if entry["xml_id"]:
            _name(model, entry["xml_id"], key)
    return [key for key in ids if key is not None]


def _known(model: Model, xml_id: str | None) -> int | None:
    """The record that an external id names, if it is there still."""
    named: Row | None = model.env.transaction.get("ir.model.data", xml_id) if xml_id else None
    if named is None:
        return None
    if named["model"] != model.name:
        raise ValidationError(
            f"For external id {xml_id} when trying to create/update a record of model {model.name} "
            f"found record of different model {named['model']} ({named['res_id']})"
        )
    key = int(named["res_id"])
    return key if model.env.transaction.get(model.table, key) is not None else None


def _name(model: Model, xml_id: str, key: int) -> None:
    module, _, name = xml_id.partition(".")
    if " " in xml_id:
        raise DatabaseError("External IDs cannot contain spaces")
    transaction = model.env.transaction
    number = transaction.database.next_id("ir.model.data")
    transaction.put(
        "ir.model.data",
        xml_id,
        {"id": number, "xmlid": xml_id, "module": module, "name": name, "model": model.name, "res_id": key},
    )
