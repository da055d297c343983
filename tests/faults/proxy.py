"""A TCP proxy that stands between two Odoos and does to their talk what networks do.

It reads whole HTTP requests, so that a fault can be aimed at one call, and counts them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

# What can happen to a call. Whether the dealer did the work is in the name's meaning:
RESET = "reset"  # the connection is reset before the request is passed on
BEFORE = "before"  # closed without an answer, before the request is passed on
AFTER = "after"  # passed on and answered, the answer thrown away
MIDDLE = "middle"  # passed on, half of the answer comes back
DELAY = "delay"  # passed on, the answer comes too late
GATEWAY = "gateway"  # passed on, answered by a gateway's 502 page
HTML = "html"  # not passed on, answered by someone's web page
TWICE = "twice"  # passed on two times at the same moment
ALL = (RESET, BEFORE, AFTER, MIDDLE, DELAY, GATEWAY, HTML, TWICE)

PAGE = b"<html><body><h1>Something else</h1></body></html>"


@dataclass(frozen=True)
class Call:
    """One JSON-RPC call as seen on the wire."""

    number: int
    service: str
    model: str
    method: str

    @property
    def changes(self) -> bool:
        """Whether it makes or changes records."""
        return self.method in (
            "load",
            "create",
            "write",
            "action_cancel",
            "action_draft",
        )


@dataclass
class Message:
    """An HTTP request or answer: its head up to the blank line, and its body."""

    head: bytes
    body: bytes

    def __bytes__(self) -> bytes:
        return self.head + self.body


def read_message(stream) -> Message | None:
    """Read one message with a Content-Length, or to the end where it has none."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    length = None
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = stream.read() if length is None else stream.read(length)
    return Message(head, body)


@dataclass
class FaultProxy:
    """Forwards to ``upstream`` on a port of its own.

    :param plan: asked for each call; returns a fault, or nothing
    :param delay: how late a delayed answer is, in seconds
    :param latency: seconds by which every call takes longer
    :param hook: called after the dealer answered a call and before we pass it on
    :param tls: ends encrypted connections here, as a proxy at the dealer's does
    """

    upstream: tuple[str, int]
    plan: Callable[[Call], str | None] = lambda call: None
    delay: float = 3.0
    latency: float = 0.0
    hook: Callable[[Call], None] = lambda call: None
    tls: ssl.SSLContext | None = None
    calls: list[Call] = field(default_factory=list)
    done: list[tuple[Call, str]] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.listen()

    @property
    def url(self) -> str:
        """Where clients find us."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def listen(self) -> None:
        """Take connections; the port stays the same after :meth:`refuse`."""
        if self._listener:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Refuse connections until :meth:`listen`."""
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                # wakes the thread in accept(), which would keep the port open
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def forget(self) -> None:
        """Count from nothing again, and do no more harm."""
        with self._lock:
            self.calls.clear()
            self.done.clear()
        self.plan = lambda call: None
        self.hook = lambda call: None

    @contextlib.contextmanager
    def counting(self) -> Iterator[list[Call]]:
        """The calls made inside the block."""
        start = len(self.calls)
        seen: list[Call] = []
        yield seen
        seen += self.calls[start:]

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.tls:
            try:
                client = self.tls.wrap_socket(client, server_side=True)
            except OSError:
                # they do not like our certificate, or speak no TLS
                client.close()
                return
        with client, client.makefile("rb") as stream:
            try:
                while request := read_message(stream):
                    if not self._handle(client, request):
                        return
            except OSError:
                # whoever we talk to went away, which is nothing new in this place
                return

    def _handle(self, client: socket.socket, request: Message) -> bool:
        """Pass one request on, or not; return whether the connection lives on."""
        with self._lock:
            call = self._understand(request)
            self.calls.append(call)
        time.sleep(self.latency)
        fault = self.plan(call)
        if fault:
            with self._lock:
                self.done.append((call, fault))
        if fault == RESET:
            client.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            return False
        if fault == BEFORE:
            return False
        if fault == HTML:
            client.sendall(self._page(b"200 OK"))
            return False
        if fault == TWICE:
            other = threading.Thread(target=self._forward_again, args=(request,))
            other.start()
            answer = self._forward(request)
            other.join()
        else:
            answer = self._forward(request)
        self.hook(call)
        if fault == AFTER or answer is None:
            return False
        if fault == GATEWAY:
            client.sendall(self._page(b"502 Bad Gateway"))
            return False
        if fault == MIDDLE:
            client.sendall(answer.head + answer.body[: len(answer.body) // 2])
            return False
        if fault == DELAY:
            time.sleep(self.delay)
        client.sendall(bytes(answer))
        return True

    def _understand(self, request: Message) -> Call:
        number = len(self.calls) + 1
        try:
            params = json.loads(request.body)["params"]
        except (ValueError, KeyError, TypeError):
            return Call(number, "", "", "")
        if params["service"] == "object":
            return Call(number, "object", *params["args"][3:5])
        return Call(number, params["service"], "", params["method"])

    def _forward(self, request: Message) -> Message | None:
        with (
            socket.create_connection(self.upstream, timeout=120) as server,
            server.makefile("rb") as stream,
        ):
            server.sendall(bytes(request))
            return read_message(stream)

    def _forward_again(self, request: Message) -> None:
        # no one waits for this answer, and the first one tells what went wrong
        with contextlib.suppress(OSError):
            self._forward(request)

    @staticmethod
    def _page(status: bytes) -> bytes:
        return (
            b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status, len(PAGE), PAGE)
        )
