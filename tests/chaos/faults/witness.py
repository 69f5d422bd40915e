"""What the workers of a run went through: deaths, faults that nobody named, memory."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.chaos.site import Site
from tests.chaos.violation import Violation

# What a worker's log says when something happened that no code of ours expected.
UNEXPECTED = (b"in a way that nobody named", b"never retrieved", b"Fatal Python error")
FAILED = re.compile(rb"activity\.failed\b.*\bcode=([a-z_]+)")
_SHOWN = 400  # characters of a log line
# Writing this number makes the kernel measure a process's peak anew.
_FORGET_PEAK = "5"


class Witness:
    """Made before the fault; judges afterwards."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pids = sorted(site.pids("worker"))
        self._logs = {path: path.stat().st_size for path in self._files()}
        for pid in self._pids:
            Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK)
        self._before = self._peak()

    def grown(self) -> float:
        """Megabytes that the largest worker had at its peak, above the largest one before."""
        return self._peak() - self._before

    def unharmed(self) -> Iterator[Violation]:
        """0 restarts, and no fault of ours in any attempt, mended or not."""
        now = sorted(self._site.pids("worker"))
        if now != self._pids:
            yield Violation("crashes", "workers", f"were {self._pids}, are {now}")
        for path, line in self._lines():
            if any(words in line for words in UNEXPECTED):
                said = line.decode(errors="replace")[:_SHOWN]
                yield Violation("crashes", f"{path.parent.parent.name}/{path.name}", said)

    def failures(self) -> Counter[str]:
        """Attempts that failed, mended or not, by the code of their failure."""
        found = (FAILED.search(line) for _, line in self._lines())
        return Counter(one.group(1).decode() for one in found if one is not None)

    def _lines(self) -> Iterator[tuple[Path, bytes]]:
        """What was said since."""
        for path in self._files():
            with path.open("rb") as file:
                file.seek(self._logs.get(path, 0))
                for line in file:
                    yield path, line

    def _files(self) -> list[Path]:
        """Those of the stack's own workers, and of any that stand in for them."""
        return sorted(self._site.folder.glob("**/logs/worker*.log"))

    def _peak(self) -> float:
        peaks = []
        for pid in self._pids:
            status = Path(f"/proc/{pid}/status")
            lines = status.read_text().splitlines() if status.exists() else []
            peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
        return max(peaks, default=0.0)


def cpu_seconds(pids: Iterable[int]) -> float:
    """What these processes have used of the processor so far; those that are gone count 0."""
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists():
            # The command's name, in brackets, may hold spaces.
            fields = stat.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
