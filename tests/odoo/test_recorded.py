"""What real servers of Odoo 18 and 19 answered over XML-RPC, word for word, and what we make of it."""

from __future__ import annotations

import json
import xmlrpc.client

import pytest

from backend.odoo import attendances, employees, errors
from backend.odoo.loading import load
from backend.odoo.protocol import Login
from backend.odoo.transports.http import Answer
from backend.odoo.transports.xmlrpc import XmlRpc

pytestmark = pytest.mark.testdata
LOGIN = Login("db", "user", "secret")


class Recorded:
    """Stands for Http: gives one recorded answer."""

    def __init__(self, exchange: dict) -> None:
        response = exchange["response"]
        self.answer = Answer(response["status"], response["headers"]["Content-Type"].split(";")[0],
                             response["body"].encode())

    def post(self, path: str, body: bytes, kind: str) -> Answer:
        return self.answer

    def not_odoo(self, answer: Answer) -> errors.OdooNotOdoo:
        return errors.OdooNotOdoo("not Odoo")


@pytest.fixture(scope="module", params=[18, 19])
def recorded(request: pytest.FixtureRequest, test_data):
    """Step → transport that answers as recorded."""
    text = (test_data / "odoo_transcripts" / f"odoo{request.param}.json").read_text(encoding="utf-8")
    return {one["step"]: XmlRpc(Recorded(one)) for one in json.loads(text) if one["transport"] == "xmlrpc"}


def execute(transport: XmlRpc):
    return transport.execute(LOGIN, 1, "a.model", "a_method", [], {})


FAILURES = {
    "execute_kw wrong key": errors.OdooAccessDenied,
    "execute_kw unknown uid": errors.OdooRefused,
    "malformed xml": errors.OdooServerFault,
    "barcode as plain user": errors.OdooForbidden,
    "domain on barcode as plain user": errors.OdooServerFault,
    "unknown field": errors.OdooServerFault,
    "unknown model": errors.OdooRefused,
    "unknown method": errors.OdooServerFault,
    "create identical again": errors.OdooRefused,
    "create open while open": errors.OdooRefused,
    "create as accountant without rights": errors.OdooForbidden,
    "load unknown column": errors.OdooServerFault,
    "external id missing": errors.OdooServerFault,
    "write deleted": errors.OdooRefused,
}


@pytest.mark.parametrize("step", FAILURES)
def test_faults_become_errors_of_one_line(recorded, step):
    with pytest.raises(errors.OdooError) as raised:
        execute(recorded[step])
    assert type(raised.value) is FAILURES[step]
    assert "Traceback" not in str(raised.value) and "\n" not in str(raised.value)


def test_who_may_log_in(recorded):
    assert recorded["authenticate ok"].authenticate(LOGIN) in (5, 6)
    assert recorded["authenticate with key"].authenticate(LOGIN) in (5, 6)
    for step in ("wrong password", "unknown login", "expired key"):
        assert recorded[f"authenticate {step}"].authenticate(LOGIN) is None
    with pytest.raises(errors.OdooDatabaseDown) as raised:
        recorded["authenticate wrong database"].authenticate(LOGIN)
    assert 'database "nodb"' in raised.value.words


def test_the_version(recorded):
    told = recorded["version"].version()
    assert told.major in (18, 19) and told.protocol == 1


def test_a_method_that_returned_nothing_has_run(recorded):
    assert execute(recorded["method that returns None (archive and back)"]) is None


def test_a_missing_external_id_is_told_by_its_class(recorded):
    with pytest.raises(errors.OdooServerFault) as raised:
        execute(recorded["external id missing"])
    assert raised.value.fault == "ValueError"
    assert execute(recorded["external id found"])[0] == attendances.MODEL


def test_employees_and_rights(recorded):
    first, second, _ = (employees.from_odoo(row) for row in execute(recorded["search_read employees page"]))
    assert (first.person_id, first.name, first.department, first.position, first.phone) == (
        "EMP001", "Aïcha Benali", "Sales", "Sales Rep", "+1 555 0201")
    assert second.phone == "+1 555 0102"
    archived = [employees.from_odoo(row) for row in execute(recorded["search_read archived too"])]
    assert {one.person_id: one.active for one in archived} == {
        "EMP025": True, "EMP900": False, "ODOO_28": True, "EMP901": True}
    assert "barcode" in execute(recorded["fields_get employee"])
    assert "barcode" not in execute(recorded["fields_get employee as plain user"])
    assert set(attendances.FIELDS) <= set(execute(recorded["fields_get attendance"]))


def test_attendances(recorded):
    held = [attendances.held(row) for row in execute(recorded["search_read attendances of one employee"])]
    assert [(f"{one.check_in:%d %H:%M}", f"{one.check_out:%d %H:%M}", one.employee_id) for one in held] == [
        ("02 08:00", "02 16:00", 7), ("03 08:15", "03 16:00", 7), ("04 08:00", "04 16:00", 7)]


def test_two_bad_rows_of_four_are_found_whether_named_or_not(recorded):
    """Odoo 19 tells of the fourth row only by a copy of its error, put upon the first."""
    answers = [execute(recorded["load four rows, the third and fourth bad"])]

    def call(rows):
        if answers:
            return answers.pop()
        bad = [index for index, row in enumerate(rows) if row[0] in ("third", "fourth")]
        if bad:
            return {"ids": False, "messages": [{"type": "error", "record": index, "message": "bad"}
                                               for index in [0, *bad]]}
        return execute(recorded["load the good ones of them"]) if len(rows) == 2 else {
            "ids": [700 + index for index in range(len(rows))], "messages": []}

    results = load(call, [("first",), ("second",), ("third",), ("fourth",)])
    assert [one.odoo_id is not None for one in results] == [True, True, False, False]


def test_an_unknown_employee_and_an_open_row_in_the_way(recorded):
    for step, words in (("load unknown employee", "999999"), ("load open while open", "checked out since")):
        (result,) = load(lambda rows, step=step: execute(recorded[step]), [("only",)])
        assert result.odoo_id is None and words in result.error


def test_what_we_send_is_what_was_sent_to_them(recorded, test_data):
    """load(): the same columns, the same shape of cells, the same context."""
    exchanges = json.loads((test_data / "odoo_transcripts" / "odoo18.json").read_text(encoding="utf-8"))
    (sent,) = [one for one in exchanges if one["step"] == "load two new" and one["transport"] == "xmlrpc"]
    (_, _, _, model, method, arguments, options), _ = xmlrpc.client.loads(sent["request"]["body"])
    assert (model, method, arguments[0], options) == (
        attendances.MODEL, "load", ["id", "employee_id/.id", "check_in", "check_out"],
        {"context": attendances.LOAD_CONTEXT})
    assert arguments[1][0][0].startswith(attendances.MODULE + ".session_")
    assert [type(cell) for cell in arguments[1][0]] == [str] * 4
