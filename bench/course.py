"""One run: what everyone is measured by, interleaved, then what only we have figures for."""

import asyncio
import fcntl
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import field, library
from bench.contender import Contender
from bench.figures import (
    depth,
    dialects,
    loaded,
    painting,
    parsing,
    rates,
    readers,
    recovery,
    retrieving,
    single,
    sockets,
    spending,
    threads,
    workers,
)
from bench.figures import search as searching
from bench.figures import start as first_turn
from bench.machine import raise_open_files
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.results import Results
from local.paths import Folder
from local.stack import AlreadyRunningError, Options, running

COMPARED = ("single", "loaded", "recovery")
# Ingested once and kept from run to run: apart, so that the figure's time is its own.
LIBRARY = "passages"
OURS = (
    "depth",
    "dialects",
    "painting",
    "spending",
    "start",
    "readers",
    "sockets",
    "rates",
    "threads",
    "workers",
    LIBRARY,
    "retrieving",
    "search",
    "parsing",
)
FIGURES = (*COMPARED, *(one for one in OURS if one != LIBRARY))
Measure = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Course:
    """What was asked for."""

    plan: Plan
    contenders: Collection[str]
    figures: Collection[str]
    data: Path

    async def run(self, found: Results) -> None:
        raise_open_files()
        _forget_runs(self.data)
        began = time.monotonic()
        async with running(
            self.data / "stack", options=Options(web="painting" in self.figures)
        ) as stack:
            place = Place(stack, self.data)
            async with field.opened(self.contenders, place, found) as contenders:
                found.seconds["starting everyone"] = time.monotonic() - began
                loaded.remember(contenders, "at rest", found)
                await self._each(COMPARED, self._compared(contenders, place, found), found)
            if any(isinstance(one, Holdfast) for one in contenders):
                await self._each(OURS, self._ours(place, found), found)

    def _compared(
        self, contenders: Sequence[Contender], place: Place, found: Results
    ) -> Mapping[str, Measure]:
        plan = self.plan
        return {
            "single": lambda: single.measure(contenders, plan, found),
            "loaded": lambda: loaded.measure(contenders, place, plan, found),
            "recovery": lambda: recovery.measure(contenders, place, plan, found),
        }

    def _ours(self, place: Place, found: Results) -> Mapping[str, Measure]:
        """Of what only we have a goal for; the others have been stopped."""
        contender = Holdfast(place.stack, "direct", "holdfast")
        plan = self.plan
        return {
            "depth": lambda: depth.measure(contender, plan, found),
            "dialects": lambda: dialects.measure(contender, plan, found),
            "painting": lambda: painting.measure(place, plan, found),
            "spending": lambda: spending.measure(place, plan, found),
            "start": lambda: first_turn.measure(place, plan, found),
            "readers": lambda: readers.measure(place, plan, found),
            "sockets": lambda: sockets.measure(place, plan, found),
            "rates": lambda: rates.measure(place, plan, found),
            "threads": lambda: threads.measure(place, plan, found),
            "workers": lambda: workers.measure(place, plan, found),
            LIBRARY: lambda: library.filled(place),
            "retrieving": lambda: retrieving.measure(place, plan, found),
            "search": lambda: searching.measure(place, found),
            "parsing": lambda: parsing.measure(found),
        }

    async def _each(
        self, order: Sequence[str], kinds: Mapping[str, Measure], found: Results
    ) -> None:
        wanted = {*self.figures, *([LIBRARY] if "retrieving" in self.figures else [])}
        for name in order:
            if name in wanted and not await self._timed(name, kinds[name], found):
                wanted -= {"retrieving"} if name == LIBRARY else set()

    async def _timed(self, name: str, measure: Measure, found: Results) -> bool:
        """Whether it was measured to its end."""
        print(f"{name} …", flush=True)
        began = time.monotonic()
        failure = ""
        try:
            async with asyncio.timeout(self.plan.longest):
                await measure()
        except Exception as error:  # noqa: BLE001 -- one figure's failure must not cost the others
            failure = _told(error)
            found.fail("the bench itself", [f"{name}: {failure}"])
        found.seconds[name] = time.monotonic() - began
        print(f"{name}: {found.seconds[name]:.0f} s {failure}".rstrip(), flush=True)
        return not failure


def _told(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_told(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"


def _forget_runs(data: Path) -> None:
    """What an interrupted run left open would be tried again, and cost everyone."""
    folder = Folder.made(data / "stack")
    with folder.lock_file.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"A benchmark already runs on {data}.") from None
        for one in folder.root.glob("temporal.db*"):
            one.unlink()
