"""Small JSON-RPC and HTTP clients for the demo and the tests: what outsiders can do.

OdooRPC could do the first. It asks for the server's version and opens a web session
before its first call, which would count among the requests that tests look at, and of
its client for browsing records nothing is needed: what remains here is one request.
"""

from __future__ import annotations

import http.cookiejar
import itertools
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

_ids = itertools.count(1)


class RemoteError(Exception):
    """What the server refused; the message is the sentence its user would read."""


class Remote:
    """A signed-in program that calls models, as one user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.url, self.database, self.password = url, database, password
        self.uid = self._call("common", "login", database, login, password)
        if not self.uid:
            raise RemoteError(f"{login} cannot sign in to {database}")

    def _call(self, service: str, method: str, *arguments: Any) -> Any:
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(_ids),
            "params": {"service": service, "method": method, "args": arguments},
        }
        request = urllib.request.Request(
            f"{self.url}/jsonrpc",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            result = json.load(answer)
        if error := result.get("error"):
            raise RemoteError(error["data"].get("message") or error["message"])
        return result.get("result")

    def __call__(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        """Call ``model.method(*arguments, **named)``.

        :raises RemoteError: with the server's own sentence
        """
        return self._call(
            "object",
            "execute_kw",
            self.database,
            self.uid,
            self.password,
            model,
            method,
            arguments,
            named,
        )


class Browser:
    """A person's browser without JavaScript: cookies, pages, forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.page = ""
        self.address = ""
        self.status = 0
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        """Open a page and return its HTML; the status is in ``status``."""
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.url, path)))

    def post(self, path: str, **values: str) -> str:
        """Send a form with the token of the page now open, follow the redirect."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        token = token or re.search(r"csrf_token: \"([^\"]+)\"", self.page)
        form = {"csrf_token": token[1] if token else "", **values}
        return self._open(
            urllib.request.Request(
                urllib.parse.urljoin(self.url, path),
                data=urllib.parse.urlencode(form).encode(),
            )
        )

    def sign_in(self, login: str, password: str) -> None:
        """Sign in on Odoo's own page.

        :raises RemoteError: when the page comes back
        """
        self.get("/web/login")
        self.post("/web/login", login=login, password=password, redirect="/my")
        if "/web/login" in self.address:
            raise RemoteError(f"{login} cannot sign in")

    def _open(self, request: urllib.request.Request) -> str:
        try:
            answer = self._opener.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.status, self.address = answer.status, answer.url
            self.page = answer.read().decode(errors="replace")
        return self.page
