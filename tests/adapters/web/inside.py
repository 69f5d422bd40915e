"""Addresses that lead inside, in every notation that someone may try, and who listens there."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

# Hosts as they stand in an address; all but the last group mean this machine.
LOOPBACK = (
    *("127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "127.00.00.01"),
    *("2130706433", "017700000001", "0x7f000001", "0X7F000001", "0x7f.1", "0x7f.0.0.1"),
    *("0177.1", "0177.0.0.1", "0177.0.0.01", "0x7f.0x0.0x0.0x1", "127.0x1", "127.0.0x0.1"),
    *("00000177.0.0.1", "0x000000000000007f.0.0.1", "017700000001.", "127.0.0.1."),
    *("0", "0.0.0.0", "0x0", "00000000000", "0.0", "0.0.0"),  # noqa: S104  # not bound to
    *("localhost", "LOCALHOST", "localhost.", "LocalHost"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]"),
    *("[::7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b:1::127.0.0.1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]", "[::1%25lo]"),
    *("[2001:0:0:0:0:0:80ff:fffe]", "[::1%lo]", "[2001:db8::5efe:127.0.0.1]"),
    *("[2a00:1450::5efe:7f00:1]", "[2a00:1450::200:5efe:7f00:1]"),
    *("①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "127%2e0%2e0%2e1", "%31%32%37.0.0.1"),
    *("ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "user@127.0.0.1", "pages.example@127.0.0.1", "127.0.0.1\\@pages.example"),
    *("pages.example\\@127.0.0.1", "127.0.0.1%00.pages.example", "127.0.0.1\t", "127.0.0.1 "),
)
ELSEWHERE = (
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1.254"),
    *("169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[fd00:ec2::254]", "[fd20:ce::254]", "168.63.129.16"),
    *("100.100.100.200", "100.64.0.1", "192.0.0.192", "192.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("198.51.100.7", "203.0.113.7", "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fc00::1]", "[fd12::1]"),
    *("[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[2001:10::1]"),
    *("[2001::1]", "[2002:a00:1::1]", "[64:ff9b::a9fe:a9fe]", "[4000::1]", "[5f00::1]"),
)


@dataclass
class Canary:
    """Somebody inside: any connection is one too many."""

    port: int = 0
    connections: int = 0

    async def meet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    """It listens at every address that this machine has."""
    bird = Canary()
    # Both families have one port: a canary that listens at the wrong one would prove nothing.
    perch = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    server = await asyncio.start_server(bird.meet, sock=perch)
    bird.port = perch.getsockname()[1]
    try:
        yield bird
    finally:
        server.close()
