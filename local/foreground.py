"""Run the stack until a signal says stop; every way out ends every process."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from local.errors import StackError
from local.layout import EVERYTHING, Options, Stack
from local.paths import Folder, default_folder
from local.process import OWN_NAME, Show, tie_to_parent
from local.stack import running
from local.terminal import Terminal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def _hold(
    data: Path,
    only: Collection[str],
    options: Options,
    show: Show,
    up: Callable[[Stack, float], None],
) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        if len(signals) == 1 and task is not None:
            show(OWN_NAME, "stopping; once more to stop at once")
            task.cancel()
        else:
            # Our children are tied to us: the kernel ends them.
            os._exit(128 + number)

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    started = time.monotonic()
    try:
        async with running(data, only=only, options=options, show=show) as stack:
            up(stack, time.monotonic() - started)
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        if not signals:
            raise


def run(
    data: Path,
    only: Collection[str],
    options: Options,
    show: Show,
    up: Callable[[Stack, float], None],
) -> None:
    """Returns after a signal; raises `StackError` when the stack does not come up."""
    asyncio.run(_hold(data, only, options, show, up))


def in_terminal(data: Path, options: Options) -> None:
    """For people: says where things are, then shows what the processes say."""
    terminal = Terminal(Folder.made(data).logs)
    try:
        run(data, EVERYTHING, options, terminal.show, terminal.welcome)
    finally:
        terminal.close()


def main() -> None:
    """For scripts: says `ready <stack.json>` on its output when everything answers."""
    parser = argparse.ArgumentParser(prog="python -m local.stack")
    parser.add_argument("--data", type=Path, default=default_folder())
    parser.add_argument("--only", default=",".join(EVERYTHING), help="names, with commas between")
    parser.add_argument("--edges", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tied", action="store_true", help="stop when the parent process is gone")
    parser.add_argument("--no-migrations", dest="migrate", action="store_false")
    given = parser.parse_args()
    if given.tied:
        tie_to_parent()

    def up(stack: Stack, _: float) -> None:
        sys.stdout.write(f"ready {stack.folder / 'stack.json'}\n")
        sys.stdout.flush()

    options = Options(edges=given.edges, workers=given.workers, migrate=given.migrate)
    try:
        run(given.data, given.only.split(","), options, _to_stderr, up)
    except StackError as error:
        sys.exit(str(error))


def _to_stderr(name: str, line: str) -> None:
    if name == OWN_NAME:
        sys.stderr.write(f"{line}\n")
