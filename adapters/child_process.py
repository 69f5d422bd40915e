"""The end of a process that an adapter started."""

from asyncio.subprocess import Process


async def gone(process: Process) -> None:
    """Wait for one that was killed, and close its pipes. `wait` alone leaves them open when the
    end is known already, and never returns when there is more in them than anybody reads."""
    process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - has no public way
    await process.wait()
