"""CPU time and memory of processes with their children."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import psutil  # type: ignore[import-untyped]  # has no stubs


def _tree(pids: Sequence[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            yield root
            yield from root.children(recursive=True)


def seconds(pids: Sequence[int]) -> float:
    """CPU seconds so far; a child that has ended counts in its parent."""
    total = 0.0
    for process in _tree(pids):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def megabytes(pids: Sequence[int]) -> float:
    """Proportional set size, which counts shared pages once; resident size where it is refused."""
    total = 0
    for process in _tree(pids):
        with suppress(psutil.NoSuchProcess):
            try:
                total += process.memory_full_info().pss
            except psutil.AccessDenied:
                total += process.memory_info().rss
    return total / 1e6


def resident(pids: Sequence[int]) -> float:
    """Resident size in megabytes, as `ps` says it."""
    total = 0
    for process in _tree(pids):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 1e6
