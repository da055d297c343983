"""Encrypted connections to a dealer: what is trusted, and what is said when not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from engine.remote import RemoteError

from .faults import proxy as faults
from .faults.certificates import Authority
from .faults.proxy import FaultProxy
from .faults.stage import Stage

Open = Callable[..., FaultProxy]
pytestmark = pytest.mark.stage(kind="suite", timeout_seconds=5)


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    """An authority no machine trusts by itself."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def opened(stage: Stage) -> Iterator[Open]:
    """Make proxies that end TLS in front of the dealer, the dealership told."""
    made = []
    parts = urlsplit(stage.dealer.url)

    def open_(context, host: str = "127.0.0.1", verify: bool = True) -> FaultProxy:
        proxy = FaultProxy((parts.hostname, parts.port), tls=context)
        made.append(proxy)
        url = f"https://{host}:{proxy.port}"
        stage.write_dealership(odoo_url=url, verify_tls=verify)
        return proxy

    yield open_
    for proxy in made:
        proxy.refuse()
    stage.write_dealership(odoo_url=stage.proxy.url, verify_tls=True)


def restart(stage: Stage, **environment: str) -> None:
    """Start the channel again with these variables and no others of ours."""
    stage.channel.stop()
    stage.channel.extra_environment = environment
    stage.channel.start()


@pytest.fixture(scope="module")
def trusting(stage: Stage, authority: Authority) -> Iterator[None]:
    """The channel's server is told of the authority, as an administrator would."""
    restart(stage, REQUESTS_CA_BUNDLE=str(authority.bundle))
    yield
    restart(stage)


def fails(stage: Stage, proxy: FaultProxy, *words: str) -> None:
    """Test Connection and Won say so, and the dealer is asked nothing."""
    found = stage.learn()
    reachable, problem = found.split("✘")
    assert reachable.count("✔") == 1
    assert "Reachable" in reachable
    [lead] = stage.make_leads(1, mark="tls")
    with pytest.raises(RemoteError) as caught:
        stage.win([lead])
    for word in words:
        assert word in problem
        assert word in str(caught.value)
        assert word in stage.chatter(lead)
    assert not stage.see(lead)["won"]
    # nothing was sent, so there is nothing to look for later
    assert [push["state"] for push in stage.pushes([lead])] == ["failed"]
    assert proxy.calls == []


def works(stage: Stage, word: str) -> None:
    """Test Connection says how it is encrypted, and Won makes one order."""
    found = stage.learn()
    assert "✘" not in found
    assert word in found
    [lead] = stage.make_leads(1, mark="tls")
    stage.win([lead])
    [order] = stage.orders([lead])[lead]
    assert stage.see(lead)["dealer_so_name"] == order["name"]


def test_an_unknown_authority(stage: Stage, authority, opened: Open) -> None:
    """A self-made certificate is refused, with what to do."""
    proxy = opened(authority.context("127.0.0.1"))
    fails(stage, proxy, "authority this server trusts", "Ask the dealer")


def test_verification_switched_off(stage: Stage, authority, opened: Open) -> None:
    """On this dealership alone, and Test Connection says so."""
    opened(authority.context("elsewhere.example.com"), verify=False)
    works(stage, "the certificate is not checked")


def test_no_tls_there(stage: Stage, opened: Open) -> None:
    """Https towards a port that speaks http."""
    proxy = opened(None)
    stage.write_dealership(odoo_url=stage.dealer.url.replace("http:", "https:"))
    fails(stage, proxy, "could not be set up", "Check address and port")


def test_a_list_of_authorities_that_is_not_there(
    stage: Stage, authority, opened: Open, tmp_path
) -> None:
    """Our own server's mistake is not blamed on the dealer."""
    opened(authority.context("127.0.0.1"))
    restart(stage, REQUESTS_CA_BUNDLE=str(tmp_path / "none.pem"))
    try:
        assert "REQUESTS_CA_BUNDLE" in stage.learn()
    finally:
        restart(stage)


@pytest.mark.usefixtures("trusting")
class TestTrusting:
    """The authority is in the file REQUESTS_CA_BUNDLE names."""

    def test_a_trusted_authority(self, stage: Stage, authority, opened: Open) -> None:
        opened(authority.context("127.0.0.1", "localhost"))
        works(stage, "the certificate is valid")

    def test_another_name(self, stage: Stage, authority, opened: Open) -> None:
        proxy = opened(authority.context("elsewhere.example.com"), host="localhost")
        fails(stage, proxy, "is for another name", "Enter the address")

    def test_another_address(self, stage: Stage, authority, opened: Open) -> None:
        proxy = opened(authority.context("localhost"))
        fails(stage, proxy, "is for another name")

    def test_an_expired_one(self, stage: Stage, authority, opened: Open) -> None:
        proxy = opened(authority.context("127.0.0.1", expired=True))
        fails(stage, proxy, "has expired", "renew")

    @pytest.mark.parametrize("fault", [faults.AFTER, faults.MIDDLE, faults.RESET])
    def test_cut_after_the_handshake(
        self, stage: Stage, authority, opened: Open, fault: str
    ) -> None:
        """Encrypted or not, a lost answer is looked for, and there is one order."""
        proxy = opened(authority.context("127.0.0.1"))
        assert "✘" not in stage.learn()
        left = [fault]
        proxy.plan = lambda call: (
            left.pop()
            if left and (call.model, call.method) == ("sale.order", "load")
            else None
        )
        [lead] = stage.make_leads(1, mark=f"tls{fault}")
        try:
            stage.win([lead])
        except RemoteError:
            stage.win([lead])
        assert not left
        [order] = stage.orders([lead])[lead]
        assert stage.see(lead)["dealer_so_name"] == order["name"]
