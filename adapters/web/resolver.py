"""Names to addresses, with all the answers there are."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

from adapters.web.address import Address

# A name server that never answers holds a thread for up to half a minute. These are its own:
# the loop's few are what every other connection of the process resolves its names with.
THREADS = 16
# A name with more is not a web server, or one that wants us to be busy.
MOST_ANSWERS = 32


class Resolver(Protocol):
    async def resolve(self, host: str, port: int) -> list[Address]:
        """Every address of `host`, in the order to try them. OSError when there is none."""


class SystemResolver:
    """What any program on this machine would get: it reads every notation of an address, too."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolve")

    async def resolve(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(self._threads, _ask, host, port)
        if len(answers) > MOST_ANSWERS:
            raise OSError(f"{len(answers)} addresses for one name")
        return answers

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name that could be asked for") from error
    # A zone id stands in the fourth field only, and makes an address one of a local link.
    return list(
        dict.fromkeys(
            ip_address(f"{place[0]}%{place[3]}" if len(place) == 4 and place[3] else place[0])
            for *_, place in found
        )
    )
