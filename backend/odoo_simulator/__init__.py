"""The project's own Odoo: a protocol-level server of versions 18 and 19 for tests and the demo.

It answers over real sockets as real servers were seen to answer, with their traps: faults,
constraints, rights, write dates, races. Only tests and the demo import it; the product never
does. The wires (`xmlrpc`, `jsonrpc`, `json2`, `websession`) stand side by side on the same `Services`.
"""

from __future__ import annotations

from .hooks import Answer, Call, DropConnection
from .reference import NewEmployee
from .simulator import OdooSimulator

__all__ = ["Answer", "Call", "DropConnection", "NewEmployee", "OdooSimulator"]
