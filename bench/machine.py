"""What machine this was, and how busy it was with other things."""

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # has no stubs

# Beyond this load of a core before the run starts, the figures say more of the neighbours than of
# us; the average is over a minute, and remembers what has ended.
QUIET_LOAD = 0.4


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    processor: str
    memory_gb: float
    kernel: str
    python: str
    load: float
    """Over the minute before the run; what others used, the run not yet having begun."""

    @property
    def quiet(self) -> bool:
        return self.load < QUIET_LOAD * self.cores

    def __str__(self) -> str:
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gb:.0f} GB, {self.kernel},"
            f" Python {self.python}; load before the run {self.load:.2f}"
        )


def raise_open_files() -> None:
    """Two thousand readers are four thousand sockets; an edge inherits the limit from us."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def this() -> Machine:
    return Machine(
        cores=os.cpu_count() or 1,
        processor=_processor(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        kernel=f"{platform.system()} {platform.release().split('-')[0]}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
