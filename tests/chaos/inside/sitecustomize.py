"""What a fault changes inside our own processes: Python runs this before anything else."""  # noqa: INP001 - found by PYTHONPATH, as Python wants it

import ctypes
import datetime as dt
import gc
import os
import time
from pathlib import Path
from typing import Annotated, Any

CLOCKS = "HOLDFAST_CHAOS_CLOCKS"
TOOL = "HOLDFAST_CHAOS_TOOL"
DEADLY = "HOLDFAST_CHAOS_DEADLY"
# Notes that are published side by side die of one kill, when they come within this.
TOGETHER_SECONDS = 0.5


def _turn_clock(seconds: float) -> None:
    """What Python code of this process is told of the wall clock: the `time` module, and
    `datetime`, also where it was imported by name. Not: timers and `time.monotonic`, which are no
    wall clocks; files' times; and native code that asks the kernel itself, such as Temporal's core.
    """
    true_time, true_ns, true_clock = time.time, time.time_ns, time.clock_gettime
    gmtime, localtime, strftime = time.gmtime, time.localtime, time.strftime
    shift_ns = int(seconds * 1e9)

    def clock_gettime(clock: int) -> float:
        return true_clock(clock) + (seconds if clock == time.CLOCK_REALTIME else 0.0)

    def now(cls: Any, tz: dt.tzinfo | None = None) -> Any:  # noqa: ANN401 - whichever class
        return cls.fromtimestamp(time.time(), tz)

    def utcnow(cls: Any) -> Any:  # noqa: ANN401 - whichever class
        return cls.utcfromtimestamp(time.time())

    def today(cls: Any) -> Any:  # noqa: ANN401 - whichever class
        return cls.fromtimestamp(time.time())

    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_ns() + shift_ns
    time.clock_gettime = clock_gettime
    time.gmtime = lambda at=None: gmtime(time.time() if at is None else at)
    time.localtime = lambda at=None: localtime(time.time() if at is None else at)
    time.strftime = lambda form, at=None: strftime(form, time.localtime() if at is None else at)
    for kind, methods in (
        (dt.datetime, {"now": now, "utcnow": utcnow, "today": today}),
        (dt.date, {"today": today}),
    ):
        # The classes are immutable, their dictionaries are not: those who have the class already
        # see the change, and what it returns is of the very same type.
        namespace = gc.get_referents(kind.__dict__)[0]
        namespace.update({name: classmethod(method) for name, method in methods.items()})
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _chosen(setting: str) -> float:
    """`<file> <seconds>,<seconds>,…`: each process that starts takes the next one."""
    path, _, shifts = setting.rpartition(" ")
    with Path(path).open("ab") as counter:
        counter.write(b".")
        counter.flush()
        taken = os.fstat(counter.fileno()).st_size - 1
    choice = shifts.split(",")
    return float(choice[taken % len(choice)])


def _grow_tool() -> None:
    """Asked for the time in `size:<characters>`, the clock tool tells that much."""
    from pydantic import Field  # noqa: PLC0415 - most processes have no need of it

    from domain.tools import clock  # noqa: PLC0415 - see above
    from domain.tools.tool import Effect, ToolContext, tool  # noqa: PLC0415 - see above

    async def current_time(
        context: ToolContext, timezone: Annotated[str, Field(max_length=64)] = "UTC"
    ) -> str:
        """Tell a great deal.

        Args:
            timezone: `size:` and a number of characters.
        """
        return "x" * int(timezone.removeprefix("size:"))

    clock.CURRENT_TIME = tool(current_time, effect=Effect.READ)


def _die_of_notes() -> None:
    """Publishing a note kills this process once the note is committed."""
    import asyncio  # noqa: PLC0415 - see above
    import signal  # noqa: PLC0415 - see above

    from adapters.store.notes import PostgresNotes  # noqa: PLC0415 - see above

    publish = PostgresNotes.publish

    async def deadly(self: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as theirs
        await publish(self, *given, **named)
        await asyncio.sleep(TOGETHER_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    PostgresNotes.publish = deadly  # type: ignore[method-assign]  # what this file is for


if setting := os.environ.get(CLOCKS):
    _turn_clock(_chosen(setting))
if os.environ.get(TOOL):
    _grow_tool()
if os.environ.get(DEADLY):
    _die_of_notes()
