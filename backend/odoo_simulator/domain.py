"""Search domains in Odoo's prefix notation, as versions 18 and 19 read them.

`matcher` compiles a domain into a test of one row. Comparisons with a stored datetime differ:
18 compares with microseconds, 19 takes a value without them for the whole second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any

from .errors import InvalidDatetime
from .fields import DATETIME_FORMAT, Field

if TYPE_CHECKING:
    from .model import Model
    from .records import Row

Test = Callable[["Row"], bool]
NEGATED = {
    "!=": "=",
    "not in": "in",
    "not like": "like",
    "not ilike": "ilike",
    "<>": "=",
    "not =like": "=like",
    "not =ilike": "=ilike",
}
ORDERINGS = {">": gt, ">=": ge, "<": lt, "<=": le}
OPERATORS = {
    "=",
    ">",
    ">=",
    "<",
    "<=",
    "in",
    "like",
    "ilike",
    "=like",
    "=ilike",
    "=?",
    "child_of",
    "parent_of",
    "any",
    *NEGATED,
}


def names_in(domain: Sequence[Any]) -> set[str]:
    """The first segment of every field that the domain speaks of."""
    return {str(leaf[0]).split(".")[0] for leaf in domain if isinstance(leaf, list | tuple)}


def leaves_of_all(domain: Sequence[Any]) -> list[tuple[str, str, Any]]:
    """The leaves that every row found must meet; none where the domain has a choice or a negation."""
    if any(item in ("|", "!") for item in domain if isinstance(item, str)):
        return []
    return [tuple(item) for item in domain if isinstance(item, list | tuple) and len(item) == 3]


def matcher(model: Model, domain: Sequence[Any] | None) -> Test:
    """Compile `domain` for `model`; raises ValueError for fields that it has not got."""
    stack: list[Test] = []
    for item in reversed(list(domain or [])):
        if item == "!":
            stack.append(_not(stack.pop()))
        elif item in ("&", "|"):
            first, second = stack.pop(), stack.pop()
            stack.append(_and(first, second) if item == "&" else _or(first, second))
        elif isinstance(item, list | tuple) and len(item) == 3:
            stack.append(_leaf(model, tuple(item)))
        else:
            raise ValueError(
                f"Invalid leaf {item!r}" if model.version == 18 else f"Domain() invalid item in domain: {item!r}"
            )
    test: Test = lambda row: all(part(row) for part in stack)  # noqa: E731
    return test


def _not(test: Test) -> Test:
    return lambda row: not test(row)


def _and(first: Test, second: Test) -> Test:
    return lambda row: first(row) and second(row)


def _or(first: Test, second: Test) -> Test:
    return lambda row: first(row) or second(row)


def _leaf(model: Model, leaf: tuple[Any, str, Any]) -> Test:
    path, operator, value = leaf
    if path in (0, 1):
        return lambda row: (path == value) == (operator == "=")
    if operator not in OPERATORS:
        raise ValueError(f"Invalid operator {operator!r} in domain term {leaf!r}")
    name, _, rest = str(path).partition(".")
    field = model.fields.get(name)
    if field is None or not model.may_see(field):
        word = "leaf" if model.version == 18 else "condition"
        raise ValueError(f"Invalid field {model.rpc_name}.{name} in {word} {leaf!r}")
    if field.type == "many2one" and (rest or operator == "any"):
        return _through(model, field, rest, operator, value)
    if not field.store and not field.related and not model.searchable(field):
        if model.version == 18:
            return lambda row: True
        raise ValueError(f"Cannot convert {model.rpc_name}.{name} to SQL because it is not stored")
    if operator in NEGATED:
        return _not(_comparison(model, field, NEGATED[operator], value))
    return _comparison(model, field, operator, value)


def _through(model: Model, field: Field, rest: str, operator: str, value: Any) -> Test:
    other = model.env.model(str(field.relation))
    test = matcher(other, value if operator == "any" else [(rest, operator, value)])

    def follows(row: Row) -> bool:
        target = model.env.transaction.get(other.table, model.raw(row, field) or 0)
        return target is not None and test(target)

    return follows


def _comparison(model: Model, field: Field, operator: str, value: Any) -> Test:
    if field.type == "datetime" and not isinstance(value, list | tuple):
        return _moment(model, field, operator, value)
    if field.type == "many2one":
        return _reference(model, field, operator, value)
    if field.type == "date" and isinstance(value, str):
        value = date.fromisoformat(value[:10])

    def test(row: Row) -> bool:
        return _compare(_plain(model.raw(row, field), field), operator, value)

    return test


def _plain(value: Any, field: Field) -> Any:
    return False if value is None and field.type != "boolean" else value or False


def _compare(mine: Any, operator: str, value: Any) -> bool:
    if operator == "=?":
        return value is None or value is False or mine == value
    if operator == "=":
        return mine == (False if value is None else value)
    if operator == "in":
        wanted = value if isinstance(value, list | tuple) else [value]
        return mine in [False if one is None else one for one in wanted]
    if operator in ("like", "ilike", "=like", "=ilike"):
        return _like(mine, operator, str(value or ""))
    if mine is False or mine is None or value is False:
        return False
    return bool(ORDERINGS[operator](mine, value))


def _like(mine: Any, operator: str, pattern: str) -> bool:
    if not operator.startswith("="):
        pattern = f"%{pattern}%"
    expression = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in operator else 0)
    return re.fullmatch(expression, str(mine or ""), flags) is not None


def _reference(model: Model, field: Field, operator: str, value: Any) -> Test:
    """A many2one compares by id, or by the name of what it points to where text is given."""
    other = model.env.model(str(field.relation))
    wanted = value if isinstance(value, list | tuple) else [value]
    by_name = operator.endswith("like") or any(isinstance(one, str) for one in wanted)

    def test(row: Row) -> bool:
        key = model.raw(row, field)
        if by_name:
            target = model.env.transaction.get(other.table, key or 0)
            return _compare(other.display_name(target) if target else False, operator, value)
        if operator in ("child_of", "parent_of"):
            return key in wanted
        return _compare(key or False, operator, value)

    return test


def _moment(model: Model, field: Field, operator: str, value: Any) -> Test:
    if not value:
        return lambda row: (model.raw(row, field) is None) == (operator == "=")
    moment = _parsed(model, value, end_of_day=operator in ("<=", ">"))
    whole_second = model.version == 19 and moment.microsecond == 0
    if whole_second and operator in (">", "<="):
        # 19 reads a bound without microseconds as the whole second that it names.
        moment, operator = moment + timedelta(seconds=1), {">": ">=", "<=": "<"}[operator]
    if operator not in ("=", ">", ">=", "<", "<="):
        raise ValueError(f"Invalid operator {operator!r} for a datetime")

    def test(row: Row) -> bool:
        mine = model.raw(row, field)
        if operator == "=" and whole_second and mine is not None:
            return mine.replace(microsecond=0) == moment
        return mine is not None and _compare(mine, operator, moment)

    return test


def _parsed(model: Model, value: Any, end_of_day: bool) -> datetime:
    """A bound as text, date or datetime; what 18 and 19 accept differs at the edges."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.max if end_of_day else time.min)
    text = str(value)
    relative = re.fullmatch(r"now((?:\s+[+-]\d+[dwmyHMS])*)", text)
    if relative and model.version == 19:
        return _relative(model.env.transaction.now, relative.group(1))
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time.max if end_of_day else time.min)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if model.version == 18:
            raise InvalidDatetime(f'invalid input syntax for type timestamp: "{text}"\nLINE 1: ...') from None
        raise
    if moment.tzinfo is not None:
        if model.version == 19:
            raise ValueError(f"time data {text!r} does not match format {DATETIME_FORMAT!r}")
        # PostgreSQL drops the offset of a literal compared with a column without time zone.
        moment = moment.replace(tzinfo=None)
    return moment


def _relative(now: datetime, steps: str) -> datetime:
    units = {"d": "days", "w": "weeks", "H": "hours", "M": "minutes", "S": "seconds"}
    for amount, unit in re.findall(r"([+-]\d+)([dwmyHMS])", steps):
        if unit in units:
            now += timedelta(**{units[unit]: int(amount)})
        else:
            now += timedelta(days=int(amount) * (30 if unit == "m" else 365))
    return now
