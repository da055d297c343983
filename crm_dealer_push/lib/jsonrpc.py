"""A small JSON-RPC client for Odoo 14 to 19.

``/jsonrpc`` is the one endpoint all of these series answer. One client is one HTTP
session, meant for one batch of work and then closed.
"""

from __future__ import annotations

import base64
import functools
import html
import http.client
import io
import itertools
import json
import logging
import os
import re
import socket
import ssl
import time
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from . import errors
from .addresses import check_ip

_logger = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 8 * 1024 * 1024
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0
SECONDS_PER_ROW = 0.5
READ_TRIES = 3
READ_PAUSE = 0.2
# Kept out of what a person sees: a refusal can be a page long.
MAX_DETAIL = 500
# A shorter key is not looked for in other spellings: half of all texts have them.
SHORTEST_SPELLED = 8

# The names under which a passing conflict in the dealer's database is reported.
CONFLICTS = ("SerializationFailure", "LockNotAvailable", "DeadlockDetected")

# OpenSSL's numbers for what can be wrong with a certificate, as far as it makes a
# difference to who has to do what.
CERTIFICATE_PROBLEMS = {
    9: "date",  # not valid yet
    10: "date",  # expired
    62: "name",  # for another host
    64: "name",  # for another IP address
}


# ---------------------------------------------------------------------------
# Connections that look at whom they reached, and at the clock
# ---------------------------------------------------------------------------


class _AddressCheck:
    """Refuse the peer before a byte is sent: a name can resolve to anything."""

    def _new_conn(self) -> socket.socket:
        """Connect, and check the address that was reached.

        :return: the connected socket
        :raises AddressRefused: for an address no dealer has
        """
        sock = super()._new_conn()
        try:
            check_ip(sock.getpeername()[0])
        except errors.AddressRefused:
            sock.close()
            raise
        return sock


class _UntilDeadline(io.RawIOBase):
    """Read from a socket until a moment, however slowly the bytes drip in.

    :param raw: what the socket is read through
    :param sock: its timeout is the time all of the answer may take
    """

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw, self._sock = raw, sock
        self._deadline = time.monotonic() + (sock.gettimeout() or READ_TIMEOUT)

    def readable(self) -> bool:
        """Whether it can be read: always.

        :return: True
        """
        return True

    def readinto(self, buffer) -> int | None:
        """Fill the buffer with what is there.

        :param buffer: writable buffer
        :return: number of bytes, 0 at the end
        :raises TimeoutError: when the moment has come
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Release the socket as well.

        :return: None
        """
        self._raw.close()
        return super().close()


class _PunctualResponse(http.client.HTTPResponse):
    """An answer, head and body, that is there in time or not at all."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_UntilDeadline(self.fp.detach(), sock))


class _CheckedHTTPConnection(_AddressCheck, HTTPConnection):
    response_class = _PunctualResponse


class _CheckedHTTPSConnection(_AddressCheck, HTTPSConnection):
    response_class = _PunctualResponse

    def connect(self) -> None:
        """Connect; a failed handshake, when nothing was sent, is an error of its own.

        :return: None
        :raises TlsFailed: when the certificate or the handshake is refused
        :raises Unreachable: when the line fails in the middle of the handshake
        """
        try:
            return super().connect()
        except (ssl.SSLError, SSLError, CertificateError) as error:
            raise errors.TlsFailed(_tls_problem(error)) from None
        except (TimeoutError, ConnectionError):
            # in the middle of the handshake
            raise errors.Unreachable() from None


class _CheckedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTPConnection


class _CheckedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPSConnection


class _CheckedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that check the address they reach.

        :param args: see requests, passed on
        :param kwargs: see requests, passed on
        :return: what ``super`` returns
        """
        made = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _CheckedHTTPPool,
            "https": _CheckedHTTPSPool,
        }
        return made


# ---------------------------------------------------------------------------
# The client
# ---------------------------------------------------------------------------


class JsonRpcClient:
    """Calls to one database of one Odoo, with one person's credentials.

    Reads are asked again when the line fails; anything that may change something is
    sent once, and a lost answer is reported as such (:class:`errors.AnswerLost`).

    :param url: base address, as :func:`addresses.check_url` returned it
    :param database: name of the dealer's database
    :param login: login of the account there
    :param secret: its API key
    :param uid: the user id when it is known from an earlier sign-in, else 0
    :param verify_tls: whether the certificate is checked
    :param timeout: seconds a single answer may take
    """

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        secret: str,
        *,
        uid: int = 0,
        verify_tls: bool = True,
        timeout: float = READ_TIMEOUT,
    ) -> None:
        self._url = f"{url}/jsonrpc"
        self._database = database
        self._login = login
        self._secret = secret
        self.uid = uid
        self.calls = 0
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._session = requests.Session()
        # Neither a proxy nor a .netrc of the machine has a say in who gets the key.
        self._session.trust_env = False
        # What is packed may be small on the wire and huge in memory.
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.verify = verify_tls and (
            os.environ.get("REQUESTS_CA_BUNDLE") or True
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _CheckedAdapter(max_retries=0))

    def __enter__(self) -> JsonRpcClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._session.close()

    def __repr__(self) -> str:
        return f"<JsonRpcClient {self._url}>"

    # -- what callers use ---------------------------------------------------

    def version(self) -> tuple[int, int]:
        """The series of the other side, e.g. ``(17, 0)``.

        :return: major and minor number
        :raises NotAnOdoo: for an answer without a series
        """
        answer = self._ask_again("common", "version", [])
        try:
            major, minor = answer["server_version_info"][:2]
            # Odoo Online says "saas~17.4" where others say 17
            return int(str(major).rpartition("~")[2]), int(minor)
        except (TypeError, KeyError, ValueError, OverflowError):
            raise errors.NotAnOdoo() from None

    def sign_in(self) -> int:
        """Ask for the user id, and remember it.

        :return: the user's id at the dealer
        :raises errors.BadCredentials: when login and key do not fit
        """
        uid = self._ask_again(
            "common", "authenticate", [self._database, self._login, self._secret, {}]
        )
        if not isinstance(uid, int) or isinstance(uid, bool) or uid <= 0:
            raise errors.BadCredentials()
        self.uid = uid
        return uid

    def query(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method that changes nothing; asked again when the line fails.

        :param model: name of a model at the dealer
        :param method: name of its method
        :param args: positional arguments of the method
        :param kwargs: named arguments of the method
        :return: what the method returns
        """
        return self._execute(model, method, args, kwargs, self._ask_again)

    def change(
        self, model: str, method: str, *args: Any, rows: int = 1, **kwargs: Any
    ) -> Any:
        """Call a method that changes something; sent once.

        :param model: name of a model at the dealer
        :param method: name of its method
        :param args: positional arguments of the method
        :param rows: how many records it makes; it may take longer for many
        :param kwargs: named arguments of the method
        :return: what the method returns
        """
        usual_timeout = self._timeout
        self._timeout += (rows - 1) * SECONDS_PER_ROW
        try:
            return self._execute(model, method, args, kwargs, self._ask)
        finally:
            self._timeout = usual_timeout

    # -- the wire -----------------------------------------------------------

    def _execute(self, model, method, args, kwargs, ask) -> Any:
        """Call a method; sign in first where the user's id is unknown or out of date.

        :param model: name of a model at the dealer
        :param method: name of its method
        :param args: positional arguments of the method
        :param kwargs: named arguments of the method
        :param ask: ``_ask`` or ``_ask_again``
        :return: what the method returns
        :raises BadCredentials: when login and key do not fit
        """
        known = bool(self.uid)
        if not known:
            self.sign_in()
        head = [self._database, self.uid, self._secret, model, method]
        try:
            return ask("object", "execute_kw", [*head, list(args), kwargs])
        except errors.BadCredentials:
            # Refused before anything was done. A remembered id may be out of date:
            # another login, or a dealer who restored another database.
            if not known or self.sign_in() == head[1]:
                raise
        head[1] = self.uid
        return ask("object", "execute_kw", [*head, list(args), kwargs])

    def _ask_again(self, service: str, method: str, args: list) -> Any:
        """Ask, and ask again when the line fails, within the time limit.

        :param service: service of Odoo's JSON-RPC
        :param method: method of the service
        :param args: its arguments
        :return: the result
        :raises AssertionError: never; the loop ends with a result or an error
        """
        started = time.monotonic()
        for left in reversed(range(READ_TRIES)):
            try:
                return self._ask(service, method, args)
            except (errors.AnswerLost, errors.Unreachable, errors.Busy):
                # who hangs is not waited for three times over
                if not left or time.monotonic() - started >= self._timeout:
                    raise
                time.sleep(READ_PAUSE)
        raise AssertionError("unreachable")

    def _ask(self, service: str, method: str, args: list) -> Any:
        """Ask once.

        :param service: service of Odoo's JSON-RPC
        :param method: method of the service
        :param args: its arguments
        :return: the result
        :raises DealerError: when there is no usable answer
        """
        payload = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(self._numbers),
            "params": {"service": service, "method": method, "args": args},
        }
        self.calls += 1
        started = time.monotonic()
        what = method if service == "common" else f"{args[3]}.{args[4]}"
        try:
            result = self._unpack(self._post(payload), payload["id"])
        except errors.DealerError as error:
            _logger.info(
                "%s %s: %s after %.3f s",
                urlsplit(self._url).hostname,
                what,
                error.kind,
                time.monotonic() - started,
            )
            raise
        _logger.debug(
            "%s %s: %.3f s",
            urlsplit(self._url).hostname,
            what,
            time.monotonic() - started,
        )
        return result

    def _post(self, payload: dict) -> bytes:
        """Send, and return the body of a JSON answer.

        :param payload: what is sent as JSON
        :return: the body
        :raises AddressRefused: for a host no name can have
        :raises Unreachable: when no connection could be made, so that nothing was sent
        :raises AnswerLost: when something was or may have been sent, and no whole
            answer came
        :raises TlsFailed: when the file with certificates cannot be read
        """
        deadline = time.monotonic() + self._timeout
        try:
            response = self._session.post(
                self._url,
                json=payload,
                timeout=(min(CONNECT_TIMEOUT, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                self._check_answer(response)
                return self._read_body(response, deadline)
        except requests.exceptions.InvalidURL:
            # a host no name can have: nothing was sent
            raise errors.AddressRefused("malformed") from None
        # Of the exceptions of requests only the type is kept: some quote the address,
        # and none is worth the risk of quoting more.
        except requests.exceptions.ConnectTimeout:
            raise errors.Unreachable() from None
        except requests.exceptions.ConnectionError as error:
            if _was_never_connected(error):
                raise errors.Unreachable() from None
            raise errors.AnswerLost() from None
        except requests.exceptions.RequestException:
            raise errors.AnswerLost() from None
        except OSError:
            # REQUESTS_CA_BUNDLE names a file that is not there
            raise errors.TlsFailed("bundle") from None
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError):
            # a head or body that is none
            raise errors.AnswerLost() from None

    @staticmethod
    def _check_answer(response: requests.Response) -> None:
        """Refuse what is not a JSON answer, by status and headers.

        :param response: the answer, its body not read yet
        :raises Redirected: for a redirect
        :raises AnswerLost: for an error of the server, or a body that is too long
        :raises NotAnOdoo: for anything but JSON
        :raises AnswerRefused: for a compressed body
        """
        status = response.status_code
        if 300 <= status < 400:
            raise errors.Redirected(_without_query(response.headers.get("Location")))
        if status >= 500:
            # A gateway that lost its backend: the backend may have done the work.
            raise errors.AnswerLost(f"HTTP {status}")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if status != 200 or kind.lower() != "application/json":
            raise errors.NotAnOdoo(f"HTTP {status}, {kind[:50] or 'no content type'}")
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            raise errors.AnswerRefused(encoding[:50])
        if _as_size(response.headers.get("Content-Length")) > MAX_ANSWER_BYTES:
            raise errors.AnswerLost("too long")

    @staticmethod
    def _read_body(response: requests.Response, deadline: float) -> bytes:
        """Read an answer's body within limits of size and time.

        :param response: the answer
        :param deadline: when to stop, in seconds of ``time.monotonic``
        :return: the body
        :raises AnswerLost: when it is too long, too slow or incomplete
        """
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(64 * 1024):
            size += len(chunk)
            if size > MAX_ANSWER_BYTES or time.monotonic() > deadline:
                raise errors.AnswerLost("too long")
            chunks.append(chunk)
        if size < _as_size(response.headers.get("Content-Length")):
            raise errors.AnswerLost()
        return b"".join(chunks)

    def _unpack(self, body: bytes, number: int) -> Any:
        """The result in an answer.

        :param body: JSON
        :param number: id of the request
        :return: the result
        :raises AnswerLost: when the body is not JSON
        :raises NotAnOdoo: when it is not an answer to this request
        :raises DealerError: the error the answer names
        """
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            # Half an answer, one that was never meant for us, or a trap.
            raise errors.AnswerLost() from None
        if not isinstance(answer, dict) or answer.get("id") not in (number, None):
            raise errors.NotAnOdoo()
        if "error" in answer:
            raise self._error(answer["error"])
        if "result" not in answer:
            raise errors.NotAnOdoo()
        return answer["result"]

    def _error(self, error: Any) -> errors.DealerError:
        """Translate Odoo's error object; its ``debug`` traceback is dropped unread.

        :param error: what the answer holds as its error
        :return: error, not raised yet
        """
        data = error.get("data") if isinstance(error, dict) else None
        if not isinstance(data, dict):
            return errors.NotAnOdoo()
        name = str(data.get("name", ""))
        detail = self.mask(str(data.get("message", "")))
        short = name.rpartition(".")[2]
        if short == "AccessDenied":
            return errors.BadCredentials()
        if short == "AccessError":
            return errors.NoRights(detail)
        if short in CONFLICTS:
            return errors.Busy()
        if short == "OperationalError":
            # What PostgreSQL says of a database that is not there, in any language.
            if f'"{self._database}"' in detail:
                return errors.WrongDatabase()
            return errors.Busy()
        return errors.Refused(detail)

    def mask(self, text: str) -> str:
        """Shorten what the other side said, and remove our key from it.

        :param text: what it said
        :return: text of limited length
        """
        # long before it is cut to what is shown, so that no part of a key is left over
        text = text[: 20 * MAX_DETAIL]
        if self._secret:
            text = self._spellings.sub("***", text)
        return text.strip()[:MAX_DETAIL]

    @functools.cached_property
    def _spellings(self) -> re.Pattern[str]:
        """The forms in which our key may be repeated to us.

        :return: compiled pattern
        """
        return spellings_of(self._secret)


def spellings_of(secret: str) -> re.Pattern[str]:
    """A pattern for a secret in the ways others write it.

    As it is, as a traceback, a JSON text, a page or an address would quote it, in
    hexadecimal or base64 anywhere in a longer text, backwards, in another case, and
    with dashes, spaces or the like between its characters.

    :param secret: at least one character
    :return: compiled pattern that ignores case
    """
    raw = secret.encode()
    forms = {
        secret,
        secret[::-1],
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        raw.hex(),
    }
    patterns = {re.escape(form) for form in forms}
    if len(secret) >= SHORTEST_SPELLED:
        for shift in range(3):
            # the first and the last characters also depend on what is around it
            coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=").decode()
            whole = len(coded) - bool((len(raw) + shift) % 3)
            core = coded[(0, 2, 3)[shift] : whole]
            for form in (core, core.replace("+", "-").replace("/", "_")):
                patterns.add(re.escape(form) + "[A-Za-z0-9+/_=-]{0,3}")
        letters = re.findall(r"[^\W_]", secret)
        if len(letters) >= SHORTEST_SPELLED:
            patterns.add(r"[\W_]{0,3}".join(letters))
        patterns.add(r"[\W_]{0,3}".join(re.findall("..", raw.hex())))
    longest_first = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(longest_first), re.IGNORECASE)


def _without_query(location: str | None) -> str:
    """The target of a redirect, fit to be shown.

    :param location: value of the header, or None
    :return: scheme, host and path; ``?`` when it cannot be read
    """
    try:
        target = urlsplit(location or "")
    except ValueError:
        return "?"
    return f"{target.scheme}://{target.netloc}{target.path}"[:MAX_DETAIL]


def _as_size(header: str | None) -> int:
    """A Content-Length in bytes; 0 when there is none, or it is no number.

    :param header: value of the header, or None
    :return: bytes
    """
    digits = (header or "").strip()
    # a number of more digits than this is a trap of its own
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return 0
    return int(digits)


def _tls_problem(error: BaseException) -> str:
    """Which code of :class:`errors.TlsFailed` fits.

    :param error: what the connection raised
    :return: ``name``, ``bundle``, ``authority``, ``date`` or ``handshake``
    """
    if isinstance(error, CertificateError):
        return "name"
    if isinstance(error, SSLError):
        return "bundle"
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATE_PROBLEMS.get(error.verify_code, "authority")
    return "handshake"


def _was_never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection was made, so that nothing was sent.

    :param error: what requests raised
    :return: whether it is one of the errors before a connection
    """
    reason = error.args[0] if error.args else error
    reason = getattr(reason, "reason", reason)
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError")
