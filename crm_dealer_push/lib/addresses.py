"""Which addresses may be called.

The address of a dealer is typed by a person, and our server is inside a network: it
must not be talked into asking the cloud's metadata service for keys.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

from .errors import AddressRefused

# Beside the link-local ranges: where clouds answer questions about the machine itself.
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "100.100.100.200",
        "100.96.0.96",
        "168.63.129.16",
        "192.0.0.192",
    )
)
# An IPv4 address in the last 32 bits: translated (RFC 6052, RFC 7915), and outdated.
EMBEDDING_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")
)
# A network's own translation (RFC 8215), whose prefix may have any of these lengths.
LOCAL_TRANSLATION = ipaddress.ip_network("64:ff9b:1::/48")
TRANSLATION_LENGTHS = (48, 56, 64, 96)
METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data"})


def split_hosts(text: str | None) -> frozenset[str]:
    """Read the setting: hosts, or ``host:port``, separated by commas or spaces.

    :param text: the setting, or None
    :return: hosts in lower case
    """
    return frozenset((text or "").replace(",", " ").lower().split())


def check_url(url: str | None, http_hosts: Collection[str] = ()) -> str:
    """The base address, tidied, or refuse it.

    :param url: what was typed
    :param http_hosts: hosts, or ``host:port``, that may be reached without TLS
    :return: scheme, host, port and path, without a slash at the end
    :raises AddressRefused: with a code for the reason as its detail
    """
    try:
        parts = urlsplit((url or "").strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        # browsers and resolvers read the full stops of other scripts as dots
        host = unicodedata.normalize("NFKC", host).replace("\u3002", ".")
        # no empty label, and none that is too long
        host.encode("idna")
    except ValueError:
        raise AddressRefused("malformed") from None
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused("malformed")
    if parts.username or parts.password:
        raise AddressRefused("credentials")
    if parts.query or parts.fragment or any(char.isspace() for char in url.strip()):
        raise AddressRefused("malformed")
    if parts.scheme == "http" and not {host, f"{host}:{port}"} & set(http_hosts):
        raise AddressRefused("http")
    if host in METADATA_NAMES:
        raise AddressRefused("metadata")
    # What a name leads to is checked when the connection is made.
    with contextlib.suppress(ValueError):
        check_ip(host)
    # A number written in another way: 0xA9FEA9FE, 2852039166, 0251.0376.0251.0376.
    with contextlib.suppress(OSError, ValueError):
        check_ip(socket.inet_ntoa(socket.inet_aton(host)))
    netloc = f"[{host}]" if ":" in host else host
    if port:
        netloc += f":{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def check_ip(text: str) -> None:
    """Refuse addresses that no dealer has.

    :param text: an IPv4 or IPv6 address, with or without a zone
    :raises AddressRefused: for link-local, metadata, multicast and void addresses
    :raises ValueError: when ``text`` is not an IP address
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    for candidate in (address, *_embedded(address)):
        if (
            candidate.is_link_local
            or candidate.is_multicast
            or candidate.is_unspecified
            or candidate in METADATA_ADDRESSES
        ):
            raise AddressRefused("metadata")


def _embedded(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address may lead to.

    :param address: an IPv4 or IPv6 address
    :return: the addresses, none for an IPv4 address
    """
    if address.version == 4:
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in EMBEDDING_NETWORKS) and int(address) > 1:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address in LOCAL_TRANSLATION:
        translated = [_translated(address, length) for length in TRANSLATION_LENGTHS]
        # nothing but zeros: the prefix is of another length
        found += [one for one in translated if int(one)]
    return [one for one in found if one]


def _translated(address: ipaddress.IPv6Address, length: int) -> ipaddress.IPv4Address:
    """The IPv4 address behind a prefix of this length (RFC 6052, section 2.2).

    :param address: an IPv6 address
    :param length: of the prefix, in bits; bits 64 to 71 are never part of the address
    :return: the IPv4 address
    """
    octets = bytearray(address.packed[length // 8 :])
    if length < 96:
        del octets[8 - length // 8]
    return ipaddress.IPv4Address(bytes(octets[:4]))
