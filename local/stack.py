"""The whole local stack, for a program or a test: `async with running(folder) as stack`."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from local import leftover
from local.control import Control
from local.errors import StackError
from local.layout import EVERYTHING, PRODUCT, SERVERS, Options, Stack
from local.log import LogFiles
from local.paths import Folder
from local.process import Show
from local.start import Start

__all__ = ["EVERYTHING", "PRODUCT", "SERVERS", "AlreadyRunningError", "Options", "Stack", "running"]


class AlreadyRunningError(StackError):
    """Another run holds this folder."""


def _quiet(name: str, line: str) -> None:
    """For callers that want no output: files in the folder keep it."""


@asynccontextmanager
async def running(
    data: Path,
    *,
    only: Collection[str] = EVERYTHING,
    options: Options | None = None,
    show: Show = _quiet,
) -> AsyncIterator[Stack]:
    """Start the named processes on that data folder; stop them all on the way out."""
    folder = Folder.made(data)
    with ExitStack() as held:
        held.enter_context(_locked(folder))
        await asyncio.to_thread(leftover.end_all, folder)
        start = Start(
            folder, frozenset(only), options or Options(), LogFiles(folder, show).show, held
        )
        try:
            stack = await start.everything()
            async with Control(folder, start.supervisor):
                yield stack
        finally:
            await start.supervisor.stop_all(first=PRODUCT)
            folder.stack_file.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Folder) -> Iterator[None]:
    with folder.lock_file.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"A stack already runs on {folder.root}.") from None
        yield


if __name__ == "__main__":
    from local.foreground import main

    main()
