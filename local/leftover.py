"""Processes that an earlier run of the same stack left behind."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no stubs

from local.paths import Folder, write_private

# In every child's environment, so that children of children are known as ours too.
MARK = "HOLDFAST_STACK_FOLDER"
SAME_START = 1.0  # seconds; the boot time that start times are counted from moves with the clock
PATIENCE = 5.0  # seconds until SIGKILL for what did not end, and then for it to be gone


def note(folder: Folder, label: str, pid: int, end: signal.Signals) -> None:
    """Remember a child, and the signal that ends it at once and cleanly.

    Its start time tells it from a stranger that got the same number later.
    """
    with suppress(psutil.NoSuchProcess):
        entry = {"pid": pid, "started": psutil.Process(pid).create_time(), "end": end}
        write_private(folder.pids / label, json.dumps(entry))


def forget(folder: Folder, label: str) -> None:
    (folder.pids / label).unlink(missing_ok=True)


def _noted(path: Path) -> tuple[psutil.Process, int] | None:
    try:
        entry = json.loads(path.read_text())
        process = psutil.Process(entry["pid"])
        same = abs(process.create_time() - entry["started"]) < SAME_START
    except (psutil.NoSuchProcess, ValueError, KeyError, OSError):
        return None
    return (process, entry["end"]) if same else None


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
    noted = [found for path in folder.pids.glob("*") if (found := _noted(path))]
    ends = dict.fromkeys(marked(folder), signal.SIGKILL) | dict(noted)
    for process, end in ends.items():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(end)
    _, stubborn = psutil.wait_procs(ends, timeout=PATIENCE)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    for path in folder.pids.glob("*"):
        path.unlink(missing_ok=True)
    return sorted(process.pid for process in ends)
