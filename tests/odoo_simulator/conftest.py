"""A simulated server of each version, and a client that calls it over XML-RPC as any program would."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backend.odoo_simulator import OdooSimulator


class Client:
    """One user of a simulated server, over the wire."""

    def __init__(self, odoo: OdooSimulator, login: str = "bridge") -> None:
        self.odoo = odoo
        self.uid = odoo.uid(login)
        self.key = odoo.api_key(login)

    def service(self, service: str, method: str, *params: Any) -> Any:
        with xmlrpc.client.ServerProxy(f"{self.odoo.url}/xmlrpc/2/{service}", allow_none=True) as proxy:
            return getattr(proxy, method)(*params)

    def __call__(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.service("object", "execute_kw", self.odoo.db, self.uid, self.key, model, method, args, kwargs)

    def attend(self, **vals: Any) -> Any:
        return self("hr.attendance", "create", vals)

    def load(self, rows: list[list[Any]], columns: str = "id employee_id/.id check_in check_out", tz: str = "UTC",
             **context: Any) -> dict[str, Any]:
        return self("hr.attendance", "load", columns.split(), rows, context={"tz": tz, **context})

    def fault(self, model: str, method: str, *args: Any, **kwargs: Any) -> xmlrpc.client.Fault:
        """The fault that the call must end in."""
        with pytest.raises(xmlrpc.client.Fault) as caught:
            self(model, method, *args, **kwargs)
        return caught.value


@pytest.fixture(params=[18, 19], ids=["odoo18", "odoo19"])
def odoo(request: pytest.FixtureRequest, clock: Callable[[], Any]) -> Iterator[OdooSimulator]:
    with OdooSimulator(version=request.param, clock=clock) as simulator:
        yield simulator


@pytest.fixture
def bridge(odoo: OdooSimulator) -> Client:
    """The user with the least rights that the work needs."""
    return Client(odoo)


@pytest.fixture
def user(odoo: OdooSimulator) -> Callable[[str], Client]:
    """Any user by login."""
    return lambda login: Client(odoo, login)
