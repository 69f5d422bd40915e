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
# Well below the time of whoever asks, and of a fetch's first connection.
SECONDS = 4.0
# A name with more is not a web server, or one that wants us to be busy.
MOST_ANSWERS = 32
_NOBODYS = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Resolver(Protocol):
    async def resolve(self, host: str, port: int) -> list[Address]:
        """Every address of `host`, in the order to try them. OSError when there is none, within a
        few seconds; NoNameError when nobody has that name."""


class NoNameError(OSError):
    """Asking again changes nothing."""


class SystemResolver:
    """What any program on this machine would get: it reads every notation of an address, too."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="resolve")

    async def resolve(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                answers = await loop.run_in_executor(self._threads, _ask, host, port)
        except TimeoutError:
            raise OSError("no name server answers") from None
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
    except socket.gaierror as error:
        if error.errno in _NOBODYS:
            raise NoNameError("nobody has this name") from error
        raise
    # A zone id stands in the fourth field only, and makes an address one of a local link.
    return list(
        dict.fromkeys(
            ip_address(f"{place[0]}%{place[3]}" if len(place) == 4 and place[3] else place[0])
            for *_, place in found
        )
    )
