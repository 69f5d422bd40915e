"""Connect to public addresses only: the name is resolved once, and what was checked is used."""

import asyncio
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from adapters.web.address import Address, Network, is_ours, is_public, networks
from adapters.web.resolver import NoNameError, Resolver
from adapters.web.url import PORTS
from models.errors import InvalidError, UnavailableError

# A server with many addresses has the first few down rarely; each gets its share of the limit.
MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be reached. `allowed` are inside all the same, each with its port: a site of
    one's own, or a test's server. `refused` are networks that look public and are one's own."""

    ports: AbstractSet[int] = PORTS
    allowed: AbstractSet[tuple[Address, int]] = field(default_factory=frozenset)
    refused: tuple[Network, ...] = ()

    @classmethod
    def of(
        cls, allowed: Sequence[str], refused: Sequence[str], *, ports: AbstractSet[int] = PORTS
    ) -> Self:
        """From settings: `<address>:<port>` each, and networks. ValueError for anything else."""
        places = (text.rpartition(":") for text in allowed)
        return cls(
            ports=ports,
            allowed=frozenset(
                (ip_address(host.strip("[]")), int(port)) for host, _, port in places
            ),
            refused=networks(refused),
        )

    def permits(self, address: Address, port: int) -> bool:
        if (address, port) in self.allowed:
            return True
        if port not in self.ports or not is_public(address):
            return False
        return not (any(address in network for network in self.refused) or is_ours(address))

    @property
    def all_ports(self) -> AbstractSet[int]:
        return self.ports | {port for _, port in self.allowed}


class Guard(AsyncNetworkBackend):
    """The connection layer of a fetch. Whatever stands above it, whichever address it asks for
    and however it came by it, no connection is begun but to an address that the rule permits.
    Sockets of other kinds are not offered."""

    def __init__(self, resolver: Resolver, rule: Rule) -> None:
        self._resolver = resolver
        self._rule = rule
        self._inner = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """InvalidError url_forbidden; UnavailableError url_unavailable for a name without
        addresses."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._permitted(host, port)
        except TimeoutError:
            raise ConnectTimeout("the name was not resolved in time") from None
        share = None if timeout is None else timeout / len(addresses)
        failure: Exception = ConnectError("no address")
        for address in addresses:
            try:
                # A literal address: nothing is left to resolve.
                stream = await self._inner.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                return await _certain(stream, address)
        raise failure

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _permitted(self, host: str, port: int) -> list[Address]:
        try:
            addresses = await self._resolver.resolve(host, port)
        except OSError as error:
            raise UnavailableError(
                "The server's name leads nowhere.",
                code="url_unavailable",
                retryable=not isinstance(error, NoNameError),
            ) from None
        # One answer inside is enough: a public one beside it would only be there to get past.
        if not all(self._rule.permits(address, port) for address in addresses):
            raise _forbidden()
        return addresses[:MOST_TRIED]


async def _certain(stream: AsyncNetworkStream, address: Address) -> AsyncNetworkStream:
    """The other end is who was checked, says the kernel."""
    peer = ip_address(str(stream.get_extra_info("server_addr")[0]))
    if peer != address:
        await stream.aclose()
        raise _forbidden()
    return stream


def _forbidden() -> InvalidError:
    # Which address it was stays here: the inside's names and numbers are nobody's to learn.
    return InvalidError("The address does not lead to a public page.", code="url_forbidden")
