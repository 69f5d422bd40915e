"""Keep one process running: start it again when it dies, hold it down when asked."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from local import leftover
from local.paths import Folder
from local.process import OWN_NAME, Child, Program, Show, ending

# A process that dies is wanted back before anyone's retry is used up; one that dies again and
# again must not keep a core busy.
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
SETTLED = 10.0  # seconds alive after which the next death counts as a first one


class Keeper:
    """One place in the stack, filled by one process after another."""

    def __init__(
        self,
        program: Program,
        label: str,
        folder: Folder,
        show: Show,
        changed: Callable[[], None],
    ) -> None:
        self.program = program
        self.label = label
        self.deaths = 0
        self.child: Child | None = None
        self.last_words: list[str] = []
        self._folder = folder
        self._show = show
        self._changed = changed
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._gone = asyncio.Event()
        self._gone.set()
        self._stopping = asyncio.Event()
        self._pause = FIRST_PAUSE
        self._task = asyncio.create_task(self._keep(), name=f"keep {label}")

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child is not None else None

    async def down(self) -> None:
        """End the process as a crash would, and keep it down; returns when it is gone."""
        self._wanted.clear()
        if (child := self.child) is not None:
            child.send(self.program.crash_signal)
        await self._gone.wait()

    def up(self) -> None:
        self._pause = FIRST_PAUSE
        self._wanted.set()

    async def stop(self) -> None:
        self._stopping.set()
        if self.child is not None:
            await self.child.stop()
        self._task.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await self._task

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            await self._wanted.wait()
            lived = await self._live()
            if self._stopping.is_set():
                return
            if not self._wanted.is_set():
                continue
            self._pause = FIRST_PAUSE if lived > SETTLED else self._pause
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _live(self) -> float:
        """One life of the process, in seconds."""
        loop = asyncio.get_running_loop()
        born = loop.time()
        try:
            child = await Child.started(self.program, lambda line: self._show(self.label, line))
        except OSError as error:  # the program is missing, or the machine has no room for it
            self.deaths += 1
            self.last_words = [f"It cannot be started: {error}"]
            self._show(OWN_NAME, f"{self.label} cannot be started: {error}")
            return 0.0
        self.child = child
        self._gone.clear()
        self._note(child)
        self._changed()
        try:
            code = await child.exited()
        except asyncio.CancelledError:
            await child.stop()
            raise
        finally:
            await asyncio.to_thread(leftover.end_orphans, self._folder, child.pid)
            leftover.forget(self._folder, self.label)
            self.last_words = list(child.last_words)
            self.child = None
            self._gone.set()
            self._changed()
        self.deaths += 1
        if not self._stopping.is_set() and self._wanted.is_set():
            self._show(OWN_NAME, f"{self.label} {ending(code)}; starting it again")
        return loop.time() - born

    def _note(self, child: Child) -> None:
        """A full disk must not cost the process: the kernel ends it with us in any case."""
        try:
            leftover.note(self._folder, self.label, child.pid, self.program.crash_signal)
        except OSError as error:
            self._show(OWN_NAME, f"{self._folder.pids} cannot be written: {error}")
