"""Which IP addresses belong to the public internet. What is not known to be public is not."""

import socket
from collections.abc import Sequence
from contextlib import closing
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special-purpose addresses, and what Python calls global all the same.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' own; also Alibaba's metadata service
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's agent and metadata, at an address that looks public
        "169.254.0.0/16",  # link-local: the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; also Oracle's metadata service
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# Only this has been given out for the internet; mapped, compatible, local and so on lie outside.
_GIVEN_OUT_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarks, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address in it
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)
# IPv6-only networks reach IPv4 servers through these: what counts is the address inside.
_NAT64 = IPv6Network("64:ff9b::/96")
# An interface id of ISATAP holds an IPv4 address, which its router would unpack.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: Address) -> bool:
    """No loopback, private, shared, link-local, multicast, reserved or documentation address in
    any wrapping, and no metadata service."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GIVEN_OUT_V6 or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def is_ours(address: Address) -> bool:
    """An interface of this machine has it. (An address that a router translates to this machine
    cannot be known here.)"""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
        try:
            # Sends nothing: the kernel picks the source address that it would send from.
            probe.connect((str(address), 9))
        except OSError:
            return False
        own = str(probe.getsockname()[0])
    return own == str(address)


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """ValueError for what is no network."""
    return tuple(ip_network(text, strict=False) for text in texts)
