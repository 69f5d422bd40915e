"""Processes that an earlier run of the same stack left behind."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no stubs

from local.paths import Folder, write_private

# In every child's environment, so that children of children are known as ours too.
MARK = "HOLDFAST_STACK_FOLDER"
SAME_START = 1.0  # seconds; the boot time that start times are counted from moves with the clock
PATIENCE = 5.0  # seconds between asking to end and ending


def note(folder: Folder, label: str, pid: int) -> None:
    """Remember a child; its start time tells it from a stranger that got the same number later."""
    with suppress(psutil.NoSuchProcess):
        started = psutil.Process(pid).create_time()
        write_private(folder.pids / label, json.dumps({"pid": pid, "started": started}))


def forget(folder: Folder, label: str) -> None:
    (folder.pids / label).unlink(missing_ok=True)


def _noted(path: Path) -> psutil.Process | None:
    try:
        entry = json.loads(path.read_text())
        process = psutil.Process(entry["pid"])
        same = abs(process.create_time() - entry["started"]) < SAME_START
    except (psutil.NoSuchProcess, ValueError, KeyError, OSError):
        return None
    return process if same else None


def marked(folder: Folder) -> Iterator[psutil.Process]:
    """Every process that carries the folder's mark, ourselves and our parents apart."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid not in own and process.environ().get(MARK) == str(folder.root):
                yield process


def end_orphans(folder: Folder, leader: int) -> None:
    """End what a dead child started: its session is still named after it."""
    for process in marked(folder):
        with suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == leader:
                process.kill()


def end_all(folder: Folder) -> list[int]:
    """End everything of an earlier run; only for the holder of the folder's lock. Blocks."""
    noted = [process for path in folder.pids.iterdir() if (process := _noted(path))]
    found = {process.pid: process for process in [*noted, *marked(folder)]}
    for process in found.values():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(found.values(), timeout=PATIENCE)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    for path in folder.pids.iterdir():
        path.unlink(missing_ok=True)
    return sorted(found)
