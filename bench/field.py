"""Everyone who can be measured, opened in turn; who cannot be started is told of."""

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from subprocess import CalledProcessError

from bench import floor, ours, peer
from bench.contender import Contender
from bench.place import Place
from bench.program import ProgramFailedError
from bench.results import Results

Opening = Callable[[Place], AbstractAsyncContextManager[Contender]]

OPENINGS: Mapping[str, Opening] = {
    "model": floor.model_alone,
    "proxy": floor.proxy,
    "bare": floor.bare,
    "bare-lean": floor.bare_lean,
    "holdfast": ours.direct,
    "dbos": peer.dbos,
    "streams": peer.streams,
    "aegra": peer.aegra,
    "aegra-redis": peer.aegra_redis,
    "langgraph": peer.langgraph,
}


# What is only for comparison with a floor is left to the whole run.
QUICK = tuple(name for name in OPENINGS if name != "bare-lean")


@asynccontextmanager
async def opened(
    names: Collection[str], place: Place, results: Results
) -> AsyncIterator[list[Contender]]:
    async with AsyncExitStack() as stack:
        ready: list[Contender] = []
        for name in names:
            began = time.monotonic()
            try:
                ready.append(await stack.enter_async_context(OPENINGS[name](place)))
                print(f"{name} is ready, {time.monotonic() - began:.0f} s", flush=True)
            # Whatever a peer does, the others are measured.
            except (ProgramFailedError, CalledProcessError, OSError, TimeoutError) as error:
                print(f"{name} cannot be measured: {error}", flush=True)
                results.fail(name, [f"could not be started: {error}"])
        yield ready
