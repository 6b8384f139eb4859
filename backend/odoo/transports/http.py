"""HTTP under all transports: time-outs, TLS with a CA of one's own, a limit on answers.

A request is sent once and never again by itself, also where a connection that was kept open
turns out to be closed: only who called knows whether it may be repeated. No redirect is followed:
it would take the password to a server that nobody named.
"""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3

from backend import __version__
from backend.odoo.address import normalise
from backend.odoo.errors import (
    OdooAnswerTooLarge,
    OdooBadGateway,
    OdooBusy,
    OdooError,
    OdooNotOdoo,
    OdooTimeout,
    OdooTls,
    OdooUnreachable,
)
from backend.odoo.pacing import asked_for
from backend.odoo.transports.wire import Adapter, TrustingAdapter

USER_AGENT = f"FaceAttendance/{__version__}"
_CHUNK = 65_536
_TOO_MUCH = (429, 503)
_GATEWAY = (502, 504)
"""What a proxy says of an Odoo that it does not reach."""
_NEVER = (501, 505)
"""Of 500 and above: what stands there does not do what is asked, and will not later."""
_NO_MEANING = "The address must be that of Odoo itself, as the browser shows it before /web or /odoo."


@dataclass(frozen=True)
class Limits:
    """`connect` and `read` in seconds; `read` also bounds a whole answer; `answer` in bytes."""

    connect: float = 10.0
    read: float = 60.0
    answer: int = 64_000_000


@dataclass(frozen=True)
class Answer:
    """A whole answer. `kind` is its media type in lower case, without parameters; `retry_after`
    the seconds that it asks us to wait."""

    status: int
    kind: str
    body: bytes
    retry_after: float | None = None


class Http:
    """Sends requests to one server. Threads may share it: each request has a connection to itself."""

    def __init__(self, url: str, limits: Limits, *, ca_file: str | Path | None = None,
                 verify: bool = True) -> None:
        self.url = normalise(url)
        self.limits = limits
        self.ca_file = ca_file
        self._verify = verify
        self._plain = Adapter()
        self._secure = TrustingAdapter(ca_file) if verify and self.url.startswith("https:") else self._plain
        if not verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._idle: list[requests.Session] = []
        """Adapters serve several threads at once, sessions with their cookies do not."""

    def get(self, path: str) -> Answer:
        """GET the whole answer; 429, and pages with status 500 and above, are raised as OdooBusy."""
        return self.unless_busy(self.send("GET", path))

    def post(self, path: str, body: bytes, kind: str,
             headers: Mapping[str, str | bytes] | None = None) -> Answer:
        """POST `body` and read the whole answer; OdooBusy as `get`."""
        return self.unless_busy(self.send("POST", path, body, {"Content-Type": kind, **(headers or {})}))

    def send(self, method: str, path: str, body: bytes | None = None,
             headers: Mapping[str, str | bytes] | None = None) -> Answer:
        """One request, whatever its status. Raises OdooError where there is no whole answer."""
        started = time.monotonic()
        timeout = (self.limits.connect, self.limits.read)
        try:
            # `verify` is given each time: a session's own is overruled by REQUESTS_CA_BUNDLE.
            with self._session() as session, session.request(
                    method, self.url + path, data=body, headers=headers, stream=True,
                    verify=self._verify, allow_redirects=False, timeout=timeout) as response:
                if response.is_redirect:
                    self._refuse_redirect(response)
                content = self._read(response, started + self.limits.read)
                kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
                return Answer(response.status_code, kind, content,
                              asked_for(response.headers.get("Retry-After")))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._explain(error) from None
        except (ValueError, http.client.HTTPException):
            # Of something in the headers that neither the libraries nor we can read.
            raise OdooUnreachable(f"{self.url} answered, but not in HTTP that can be read. Check the proxy before "
                                  "Odoo, then try again.") from None

    def not_odoo(self, answer: Answer) -> OdooNotOdoo:
        """The error for an answer that is not of Odoo's protocol."""
        what = {"text/html": "a web page"}.get(answer.kind, answer.kind or "something without a type")
        return OdooNotOdoo(f"{self.url} answers with {what} (status {answer.status}) instead of "
                           f"Odoo's protocol. {_NO_MEANING}")

    def close(self) -> None:
        self._plain.close()
        self._secure.close()

    def unless_busy(self, answer: Answer) -> Answer:
        """`answer`, where it is none that may be better later; else OdooBusy."""
        # Odoo's own errors are JSON; a page is of a registry that is not loaded yet, or of a proxy.
        failed = answer.status >= 500 and answer.status not in _NEVER and answer.kind != "application/json"
        if failed or answer.status in (*_TOO_MUCH, *_GATEWAY):
            asked, gateway = answer.retry_after, answer.status in _GATEWAY
            what = ("a proxy that does not reach Odoo" if gateway else
                    "Odoo or the proxy before it is busy or starting" if answer.status in _TOO_MUCH else
                    "Odoo or the proxy before it has failed or is starting")
            raise (OdooBadGateway if gateway else OdooBusy)(
                f"{self.url} answers {answer.status}: {what}. Try again later.",
                asked=asked, too_much=answer.status in _TOO_MUCH,
                retry_after=5 if asked is None else max(1, round(asked)), may_have_arrived=answer.status != 429)
        return answer

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        try:
            session = self._idle.pop()
        except IndexError:
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            # Without this, requests would add what it finds in ~/.netrc.
            session.auth = _no_auth
            session.mount("http://", self._plain)
            session.mount("https://", self._secure)
        try:
            yield session
        finally:
            self._idle.append(session)

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The body, decompressed. Counted while it streams, so that neither a huge answer nor
        one that drips for ever holds us."""
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(_CHUNK, decode_content=True):
            size += len(part)
            if size > self.limits.answer:
                raise OdooAnswerTooLarge(
                    f"{self.url} sent more than {self.limits.answer} bytes in one answer. Ask for "
                    "less at once with ODOO_PAGE, or raise ODOO_MAX_ANSWER.")
            if time.monotonic() > deadline:
                raise self._slow()
            parts.append(part)
        expected = response.headers.get("Content-Length")
        if expected and "Content-Encoding" not in response.headers and size < int(expected):
            raise OdooUnreachable(f"{self.url} broke off in the middle of an answer. Try again.")
        return b"".join(parts)

    def _refuse_redirect(self, response: requests.Response) -> None:
        target = response.headers.get("Location", "")
        raise OdooNotOdoo(f"{self.url} sends us on to {target.split('?')[0]}. "
                          "Give the address that it leads to.")

    def _slow(self) -> OdooTimeout:
        return OdooTimeout(f"{self.url} did not answer within {self.limits.read:g} s. Odoo is "
                           "overloaded, or ODOO_READ_TIMEOUT is too short.")

    def _explain(self, error: Exception) -> OdooError:
        """`error` of requests, urllib3 or the socket in one line, without addresses of objects."""
        chain = _chain(error)
        if any(isinstance(one, requests.exceptions.ProxyError) for one in chain):
            return OdooUnreachable(f"The proxy on the way to {self.url} does not let us through. "
                                   "Check HTTPS_PROXY and NO_PROXY.", may_have_arrived=False)
        tls = next((one for one in chain if isinstance(one, ssl.SSLError)), None)
        if tls is not None or any(isinstance(one, requests.exceptions.SSLError) for one in chain):
            return OdooTls(_tls_text(self.url, tls))
        if any(isinstance(one, urllib3.exceptions.NameResolutionError) for one in chain):
            return OdooUnreachable(f"The name in {self.url} is not known. Check the address and the "
                                   "network.", may_have_arrived=False)
        if any(isinstance(one, ConnectionRefusedError) for one in chain):
            return OdooUnreachable(f"{self.url} refuses connections. Is Odoo running, and is the port "
                                   "right?", may_have_arrived=False)
        if any(isinstance(one, requests.ConnectTimeout | urllib3.exceptions.ConnectTimeoutError)
               for one in chain):
            return OdooUnreachable(f"{self.url} took no connection within {self.limits.connect:g} s. Check "
                               "the address and the firewall.", may_have_arrived=False)
        if any(isinstance(one, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError)
               for one in chain):
            return self._slow()
        never = any(isinstance(one, urllib3.exceptions.NewConnectionError) for one in chain)
        return OdooUnreachable(f"The connection to {self.url} broke before an answer came. Check the "
                               "network, then try again.", may_have_arrived=not never)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _chain(error: BaseException) -> list[BaseException]:
    """`error` and whatever it was made from."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found


def _tls_text(url: str, error: ssl.SSLError | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = (error.verify_message or "not valid").rstrip(".")
        return (f"The certificate of {url} cannot be trusted: {reason}. If the company has its own "
                "certificate authority, name its PEM file in ODOO_CA_FILE.")
    return (f"{url} does not speak TLS as it should. Is it http:// instead of https://, or another "
            "port?")
