import base64
import contextlib
import gzip
import http.client
import json
import socket
import threading
import time
from unittest.mock import patch
from urllib.parse import quote

import requests
import urllib3.exceptions

from odoo.tests import BaseCase, tagged

from ..lib import errors, jsonrpc
from .common import StandIn, refusal

# As it was before a test put something in its place.
REAL_SEND = requests.Session.send

KEY = "s3cret-key-of-the-test"


@tagged("post_install", "-at_install")
class TestJsonRpc(BaseCase):
    def _client(self, **options):
        options = {"uid": 7, **options}
        return jsonrpc.JsonRpcClient("http://dealer.test", "db", "me", KEY, **options)

    def _fails(self, error, *answers, call="change", **options):
        network = StandIn(*answers)
        with (
            network.active(),
            self._client(**options) as client,
            self.assertRaises(error) as caught,
        ):
            getattr(client, call)("sale.order", "load", [1])
        self.assertNotIn(KEY, str(caught.exception) + repr(caught.exception))
        self.assertNotIn(KEY, repr(client))
        return network, caught.exception

    def test_a_call(self):
        network = StandIn([1, 2])
        with network.active(), self._client() as client:
            self.assertEqual(client.query("res.partner", "search", [], limit=2), [1, 2])
        [(request, options)] = network.requests
        args = json.loads(request.body)["params"]["args"]
        self.assertEqual(args[:2], ["db", 7])
        self.assertEqual(args[3:], ["res.partner", "search", [[]], {"limit": 2}])
        self.assertEqual(options["timeout"], (5.0, 20.0))
        self.assertFalse(options["allow_redirects"])
        self.assertTrue(options["verify"])

    def test_many_rows_may_take_longer(self):
        network = StandIn([1], [1])
        with network.active(), self._client(timeout=10.0) as client:
            client.change("sale.order", "load", rows=101)
            client.change("sale.order", "load")
        timeouts = [options["timeout"][1] for _request, options in network.requests]
        self.assertEqual(timeouts, [60.0, 10.0])

    def test_reads_are_asked_again_and_changes_are_not(self):
        cut = requests.ConnectionError("cut")
        network = StandIn(cut, cut, 5)
        with network.active(), self._client() as client:
            self.assertEqual(client.query("res.partner", "search_count", []), 5)
        self.assertEqual(len(network.requests), 3)
        network, error = self._fails(errors.AnswerLost, cut, 5)
        self.assertEqual(len(network.requests), 1)
        self.assertTrue(error.maybe_done)

    def test_errors_are_told_apart(self):
        make = StandIn.make
        timeout = requests.ReadTimeout()
        for error, answer in (
            (errors.AnswerLost, timeout),
            (errors.AnswerLost, make(b"<h1>Bad</h1>", status=502, kind="text/html")),
            (errors.AnswerLost, make(b'{"jsonrpc": "2.0", "resu')),
            (errors.Unreachable, requests.ConnectTimeout()),
            # after the handshake: what was sent may have been read
            (errors.AnswerLost, requests.exceptions.SSLError(KEY)),
            (errors.NotAnOdoo, make(b"<h1>Hello</h1>", kind="text/html")),
            (errors.NotAnOdoo, make(b"", status=404, kind="text/html")),
            (errors.NotAnOdoo, make(b"[1]")),
            (errors.NotAnOdoo, make(b'{"id": null}')),
            (errors.NoRights, refusal("odoo.exceptions.AccessError", "no")),
            (errors.Refused, refusal("odoo.exceptions.ValidationError", "no")),
            (errors.Refused, refusal("builtins.ValueError", f"bad {KEY}")),
            (errors.Busy, refusal("psycopg2.errors.SerializationFailure")),
            (
                errors.WrongDatabase,
                refusal("psycopg2.OperationalError", 'database "db" does not exist'),
            ),
        ):
            with self.subTest(error=error, answer=str(answer)[:60]):
                self._fails(error, answer)

    def test_a_redirect_is_not_followed(self):
        answer = StandIn.make(
            b"", status=302, Location="https://other.test/jsonrpc?token=1"
        )
        network, error = self._fails(errors.Redirected, answer)
        self.assertEqual(error.detail, "https://other.test/jsonrpc")
        self.assertEqual(len(network.requests), 1)

    def test_too_long_an_answer(self):
        body = b'"' + b"x" * jsonrpc.MAX_ANSWER_BYTES + b'"'
        self._fails(errors.AnswerLost, StandIn.make(body))

    def test_an_answer_that_is_packed(self):
        """It may be a thousand times as large as it looks: it is not unpacked."""
        packed = gzip.compress(gzip.compress(b'"' + b"x" * 50_000_000 + b'"'))
        for encoding in (
            "gzip, gzip",
            "gzip",
            "deflate",
            "br",
            "GZIP",
            "identity, gzip",
        ):
            answer = StandIn.make(packed, **{"Content-Encoding": encoding})
            read = []
            answer.iter_content = lambda *_args, read=read: read.append(1) or iter(())
            network, error = self._fails(errors.AnswerRefused, answer)
            self.assertTrue(error.maybe_done)
            self.assertFalse(read)
        [(request, _options)] = network.requests
        self.assertEqual(request.headers["Accept-Encoding"], "identity")

    def test_answers_made_to_break_what_reads_them(self):
        """None of them is an error of ours."""
        make = StandIn.make
        for answer in (
            make(b"[" * 100_000),
            make(b'{"a":' * 100_000),
            make(b'{"id": 1, "result": ' + b"9" * 5000 + b"}"),
            make(b"\xff\xfe"),
            make(b"1", **{"Content-Length": "9" * 30}),
            make(b"{", **{"Content-Length": "abc"}),
            make(b"{}", **{"Content-Length": "100000000000"}),
            make(b"", status=302, Location="http://[::1"),
            make(b"", status=302, Location="//["),
            ValueError("odd"),
            http.client.HTTPException("odd"),
            urllib3.exceptions.LocationParseError("odd"),
        ):
            with self.subTest(answer=str(answer)[:60]):
                self._fails(errors.DealerError, answer)
        for version in (
            {"server_version_info": [float("inf"), 0]},
            {"server_version_info": {}},
            {"server_version_info": "1"},
            {"server_version_info": [None, None]},
            [],
            "17.0",
        ):
            network = StandIn(version)
            with (
                network.active(),
                self._client() as client,
                self.assertRaises(errors.DealerError),
            ):
                client.version()

    def test_other_spellings_of_the_key(self):
        client = self._client()
        spelled = [
            KEY.upper(),
            KEY[::-1],
            "-".join(KEY),
            KEY.replace("-", " "),
            KEY.encode().hex(),
            KEY.encode().hex(":"),
            *(
                base64.b64encode(f"{before}{KEY}{after}".encode()).decode()
                for before in ("", "a", "me:")
                for after in ("", "x", "yz")
            ),
            base64.urlsafe_b64encode(KEY.encode()).decode(),
        ]
        for text in spelled:
            self.assertIn("***", client.mask(f"refused: {text}"), text)
        harmless = "The customer has no e-mail address, and the key is missing."
        self.assertEqual(client.mask(harmless), harmless)

    def test_a_remembered_user_who_is_gone_signs_in_again(self):
        denied = refusal("odoo.exceptions.AccessDenied", "Access Denied")
        network = StandIn(denied, 9, "ok")
        with network.active(), self._client() as client:
            self.assertEqual(client.change("sale.order", "write"), "ok")
            self.assertEqual(client.uid, 9)
        self._fails(errors.BadCredentials, denied, False)
        # the same user again: then the key is wrong, and asking on is no use
        network, _error = self._fails(errors.BadCredentials, denied, 7)
        self.assertEqual(len(network.requests), 2)

    def test_the_peer_is_looked_at_before_anything_is_sent(self):
        """A name may stand for any address: here it stands for a forbidden one."""
        received = []
        with socket.create_server(("127.0.0.1", 0)) as server:

            def listen():
                peer, _address = server.accept()
                with peer:
                    received.append(peer.recv(100))

            thread = threading.Thread(target=listen)
            thread.start()
            port = server.getsockname()[1]
            client = jsonrpc.JsonRpcClient(f"http://127.0.0.1:{port}", "d", "l", KEY)
            original = jsonrpc.check_ip
            self.addCleanup(setattr, jsonrpc, "check_ip", original)

            def check_ip(text):
                original({"127.0.0.1": "169.254.169.254"}.get(text, text))

            jsonrpc.check_ip = check_ip
            # the harness stands in the way of requests, not of connections
            with (
                patch.object(requests.Session, "send", REAL_SEND),
                client,
                self.assertRaises(errors.AddressRefused),
            ):
                client.change("sale.order", "load")
            thread.join(5)
        self.assertEqual(received, [b""])

    def _drip(self, *parts):
        """A server that sends these parts slowly; return a client of it."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def serve():
            peer, _address = server.accept()
            with peer, contextlib.suppress(OSError):
                peer.recv(10_000)
                for part in parts:
                    peer.sendall(part)
                    time.sleep(0.2)

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        return jsonrpc.JsonRpcClient(url, "d", "l", KEY, uid=2, timeout=1)

    def test_an_answer_that_drips_is_not_waited_for(self):
        """Each byte comes in time, the whole of it would take minutes."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        length = b"Content-Length: 60000\r\n\r\n"
        for parts in ([b"H"] * 50, [head, length, *[b" "] * 50]):
            client = self._drip(*parts)
            started = time.monotonic()
            with (
                patch.object(requests.Session, "send", REAL_SEND),
                client,
                self.assertRaises(errors.AnswerLost),
            ):
                client.change("sale.order", "load")
            self.assertLess(time.monotonic() - started, 3)

    def test_an_answer_in_pieces_is_read(self):
        body = b'{"id": 1, "result": "whole"}'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        client = self._drip(head, length, body[:9], body[9:])
        with patch.object(requests.Session, "send", REAL_SEND), client:
            self.assertEqual(client.change("sale.order", "load"), "whole")

    def test_who_hangs_is_asked_once(self):
        """A read that took all its time is not asked for twice more."""

        def hang(*_args):
            time.sleep(0.02)
            raise errors.AnswerLost

        client = jsonrpc.JsonRpcClient(
            "http://dealer.test", "d", "l", KEY, uid=2, timeout=0.01
        )
        with (
            patch.object(client, "_ask", side_effect=hang) as ask,
            self.assertRaises(errors.AnswerLost),
        ):
            client.query("sale.order", "search_read")
        self.assertEqual(ask.call_count, 1)

    def test_a_host_no_name_can_have(self):
        """Nothing was sent: an answer cannot have been lost."""
        invalid = requests.exceptions.InvalidURL("https://a..b")
        self._fails(errors.AddressRefused, invalid)

    def test_a_refusal_that_quotes_the_key(self):
        """Whatever the way a dealer's Odoo repeats it."""
        secret = 'it\'s a "käy"/'
        client = jsonrpc.JsonRpcClient("http://dealer.test", "d", "l", secret)
        for quoted in (secret, repr(secret), json.dumps(secret), quote(secret)):
            masked = client.mask(f"bad argument {quoted}!")
            self.assertIn("***", masked)
            self.assertNotIn("a", masked.replace("bad argument", ""))

    def test_versions(self):
        for info, expected in (
            ([17, 0, 0, "final", 0, ""], (17, 0)),
            (["saas~17", 4], (17, 4)),
        ):
            network = StandIn({"server_version_info": info})
            with network.active(), self._client() as client:
                self.assertEqual(client.version(), expected)
        network = StandIn({"version": 1})
        with (
            network.active(),
            self._client() as client,
            self.assertRaises(errors.NotAnOdoo),
        ):
            client.version()
