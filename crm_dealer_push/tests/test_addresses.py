from odoo.tests import BaseCase, tagged

from ..lib.addresses import check_ip, check_url, split_hosts
from ..lib.errors import AddressRefused


@tagged("post_install", "-at_install")
class TestAddresses(BaseCase):
    def _refused(self, url, hosts=()):
        with self.assertRaises(AddressRefused) as caught:
            check_url(url, hosts)
        return caught.exception.detail

    def test_good_addresses_are_tidied(self):
        for typed, expected in (
            ("https://Dealer.example.com/", "https://dealer.example.com"),
            (" https://dealer.example.com:8443 ", "https://dealer.example.com:8443"),
            ("https://example.com/odoo/", "https://example.com/odoo"),
            ("https://[2001:db8::1]:444", "https://[2001:db8::1]:444"),
        ):
            self.assertEqual(check_url(typed), expected)

    def test_plain_http_needs_a_permission(self):
        self.assertEqual(self._refused("http://dealer.test"), "http")
        self.assertEqual(
            self._refused("http://dealer.test:1", {"dealer.test:2"}), "http"
        )
        for hosts in ({"dealer.test"}, {"dealer.test:8069"}):
            self.assertTrue(check_url("http://dealer.test:8069", hosts))

    def test_places_no_dealer_lives_at(self):
        hosts = split_hosts("169.254.169.254, metadata.google.internal 0.0.0.0")
        for url in (
            "http://169.254.169.254",
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]",
            "https://[::ffff:169.254.169.254]",
            "https://[fd00:ec2::254]",
            "http://metadata.google.internal",
            "https://metadata.google.internal./",
            "http://0.0.0.0",
            "https://224.0.0.1",
        ):
            self.assertEqual(self._refused(url, hosts), "metadata", url)

    def test_what_is_no_address(self):
        for url in (
            None,
            "",
            "dealer.example.com",
            "ftp://dealer.example.com",
            "https://",
            "https://dealer.example.com:port",
            "https://dealer.example.com/?x=1",
            "https://dealer.example.com/#x",
            "https://dealer .example.com",
            "file:///etc/passwd",
        ):
            self.assertEqual(self._refused(url), "malformed", url)
        self.assertEqual(self._refused("https://u:p@dealer.example.com"), "credentials")

    def test_a_name_is_no_ip(self):
        with self.assertRaises(ValueError):
            check_ip("dealer.example.com")
        for good in ("127.0.0.1", "10.0.0.1", "2001:db8::1"):
            check_ip(good)
