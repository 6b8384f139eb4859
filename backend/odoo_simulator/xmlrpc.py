"""The XML-RPC wire: /xmlrpc/2/<service>, and the older /xmlrpc/<service>.

Every answer is HTTP 200, faults too. Fault 1 is a traceback, and also what a method without
a result gives, after it has run and been committed: XML-RPC cannot say None.
"""

from __future__ import annotations

import re
import xmlrpc.client
from datetime import date, datetime
from typing import Any

from .errors import AccessDenied, AccessError, UserError, class_name, traceback_text
from .fields import DATE_FORMAT, DATETIME_FORMAT
from .hooks import Answer, DropConnection
from .services import Services

CONTENT_TYPE = "text/xml; charset=utf-8"
CODES: tuple[tuple[type[Exception], int], ...] = ((AccessError, 4), (AccessDenied, 3), (UserError, 2))
# Signs that XML cannot carry.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def answer(services: Services, service: str, body: bytes, codes_as_text: bool = False) -> bytes:
    """The answer to one request body; `codes_as_text` is the older protocol's way of faults."""
    try:
        params, method = xmlrpc.client.loads(body, use_datetime=True)
        result = services.dispatch(service, str(method), list(params))
        return _document(xmlrpc.client.dumps((_plain(result),), methodresponse=True, allow_none=False))
    except (DropConnection, Answer):
        raise
    except Exception as error:
        return _document(xmlrpc.client.dumps(_older_fault(error) if codes_as_text else _fault(error)))


def _document(text: str) -> bytes:
    head, _, rest = text.partition("\n")
    if head.startswith("<?xml"):
        text = rest
    if not text.startswith("<methodResponse>"):
        text = f"<methodResponse>\n{text}\n</methodResponse>\n"
    return f'<?xml version="1.0"?>\n{text}'.encode()


def _fault(error: Exception) -> xmlrpc.client.Fault:
    for kind, code in CODES:
        if isinstance(error, kind):
            return xmlrpc.client.Fault(code, str(error))
    return xmlrpc.client.Fault(1, traceback_text(error))


def _older_fault(error: Exception) -> xmlrpc.client.Fault:
    if isinstance(error, AccessDenied):
        return xmlrpc.client.Fault("AccessDenied", str(error))  # type: ignore[arg-type]
    if isinstance(error, UserError):
        kind = class_name(error).rpartition(".")[2]
        return xmlrpc.client.Fault(f"warning -- {kind}\n\n{error}", "")  # type: ignore[arg-type]
    return xmlrpc.client.Fault(str(error), traceback_text(error))  # type: ignore[arg-type]


def _plain(value: Any) -> Any:
    """What XML-RPC can carry: dates as text, no control signs; None is left to fail."""
    if isinstance(value, datetime):
        return value.strftime(DATETIME_FORMAT)
    if isinstance(value, date):
        return value.strftime(DATE_FORMAT)
    if isinstance(value, str):
        return CONTROL.sub("", value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
