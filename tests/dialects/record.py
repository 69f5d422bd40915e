"""Record the event logs of turns: `python -m tests.dialects.record [SHAPE …]`.

Dialects are tried on them. One wire event a line; `SHAPE.live.jsonl` is what a reader saw from
the start, `SHAPE.stored.jsonl` what Postgres kept. Without arguments it records what has none yet.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from domain.wire import encode
from local.stack import SERVERS, Stack, running
from models.payloads.events import START
from tests.dialects.corpus import LOGS, RECORDED, recorded
from tests.turns.lab import Lab, lab


async def _watch(here: Lab, seen: list[bytes]) -> None:
    """As a reader who never leaves."""
    async for event in here.feed.follow(here.log, START, at_most=600.0):
        seen.append(event.data)  # noqa: PERF401 - it is looked into while it grows


async def record(stack: Stack, name: str) -> None:
    shape = RECORDED[name]
    seen: list[bytes] = []
    async with lab(
        stack,
        limits=shape.limits,
        chat_completions=shape.chat_completions,
        agents=shape.cast,
    ) as here:
        watching = asyncio.create_task(_watch(here, seen))
        await shape.play(here)
        await here.idle()
        stored = [encode(event).data for event in await here.whole_log()]
        async with asyncio.timeout(30):
            while stored[-1] not in seen:  # noqa: ASYNC110 - the reader is a step behind
                await asyncio.sleep(0.05)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    for kind, events in (("live", seen), ("stored", stored)):
        path = LOGS / f"{name}.{kind}.jsonl"
        path.write_bytes(b"".join(event + b"\n" for event in events))
        sys.stdout.write(f"{path.name} {len(events)}\n")
        sys.stdout.flush()


async def main(chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), only=SERVERS) as stack:
            for name in chosen or sorted(RECORDED.keys() - recorded()):
                await record(stack, name)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(0)  # the Temporal client's runtime may crash in its own clean-up
