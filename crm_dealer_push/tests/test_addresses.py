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
            # the same number in other writings, and inside of longer ones
            "https://2852039166",
            "https://0xA9FEA9FE",
            "https://0251.0376.0251.0376",
            "https://169.254.43518",
            "https://１６９.２５４.169.254",
            "https://169\u3002254\u3002169\u3002254",
            "https://169\uff61254\uff0e169.254",
            "https://[64:ff9b::a9fe:a9fe]",
            "https://[::a9fe:a9fe]",
            "https://[2002:a9fe:a9fe::1]",
            "https://168.63.129.16",
            "https://100.96.0.96",
            "https://[fd00:c1::a9fe:a9fe]",
            "https://[fd00:42::42]",
            # translated by a network's own prefix, of whatever length
            "https://[64:ff9b:1::a9fe:a9fe]",
            "https://[64:ff9b:1:a9fe:a9:fe00::]",
            "https://[64:ff9b:1:a9:fe:a9fe::]",
            "https://[64:ff9b:1:0:a9:fea9:fe00:0]",
            "https://[::ffff:0:a9fe:a9fe]",
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
            "https://dealer..example.com",
            f"https://{'a' * 64}.example.com",
        ):
            self.assertEqual(self._refused(url), "malformed", url)
        for url in ("https://u:p@dealer.example.com", "https://good.com\\@evil.com"):
            self.assertEqual(self._refused(url), "credentials", url)

    def test_a_name_is_no_ip(self):
        with self.assertRaises(ValueError):
            check_ip("dealer.example.com")
        for good in (
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "2001:db8::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
        ):
            check_ip(good)
