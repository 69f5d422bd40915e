"""Everything that runs in a stack: started, kept, taken down for a while, stopped in order."""

import asyncio
from collections.abc import Callable, Mapping

from local import leftover
from local.errors import StackError
from local.keeper import Keeper
from local.paths import Folder
from local.process import LAST_WORDS, OWN_NAME, Program, Show, ending, finished

READY_SECONDS = 60.0  # a first start on a busy machine; usually well below one
RUN_SECONDS = 300.0  # migrations of a large database
READY_POLL = 0.02
DEATHS_ALLOWED = 3  # before it was ready once; more of them will not help


class StartError(StackError):
    """A process did not come up; the message carries the last lines it wrote."""

    def __init__(self, label: str, reason: str, last_words: list[str]) -> None:
        said = "\n".join(f"  {line}" for line in last_words)
        super().__init__(f"{label} {reason}." + (f" It said:\n{said}" if said else ""))


class UnknownProcessError(StackError):
    """No process of that name runs in this stack."""


class Supervisor:
    """Owns the child processes of one stack."""

    def __init__(self, folder: Folder, show: Show, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._show = show
        self._changed = changed
        self._keepers: dict[str, list[Keeper]] = {}
        self._returns: dict[str, asyncio.Task[None]] = {}

    def say(self, line: str) -> None:
        """The supervisor's own word, among the processes' lines."""
        self._show(OWN_NAME, line)

    def pids(self) -> dict[str, list[int]]:
        return {
            name: [keeper.pid for keeper in keepers if keeper.pid is not None]
            for name, keepers in self._keepers.items()
        }

    async def start(self, program: Program) -> None:
        """Start as many as the program says, and wait until it is ready."""
        several = program.count > 1
        keepers = self._keepers[program.name] = [
            Keeper(
                program,
                f"{program.name}-{number}" if several else program.name,
                self._folder,
                self._show,
                self._changed,
            )
            for number in range(1, program.count + 1)
        ]
        await self._until_ready(program, keepers)

    async def run(self, program: Program) -> str:
        """Run something to its end; its output. A failure is a `StartError`."""
        try:
            code, said = await finished(program, RUN_SECONDS)
        except TimeoutError:
            raise StartError(program.name, f"took over {RUN_SECONDS:g} s", []) from None
        if code != 0:
            raise StartError(program.name, ending(code), said.splitlines()[-LAST_WORDS:])
        return said

    async def down(self, name: str, seconds: float | None = None) -> None:
        """Take every process of that name down as a crash would; for `seconds`, or until `up`."""
        keepers = self._named(name)
        self._forget_return(name)
        self.say(f"{name} is taken down" + (f" for {seconds:g} s" if seconds else ""))
        await asyncio.gather(*(keeper.down() for keeper in keepers))
        if seconds is not None:
            self._returns[name] = asyncio.create_task(self._return(name, seconds))

    async def up(self, name: str) -> None:
        """Start what was taken down, and wait until it is ready."""
        keepers = self._named(name)
        self._forget_return(name)
        for keeper in keepers:
            keeper.up()
        await self._until_ready(keepers[0].program, keepers)
        self.say(f"{name} is up again")

    async def stop(self, *names: str) -> None:
        """Stop the named processes together, each in the time that it was given."""
        keepers = []
        for name in names:
            self._forget_return(name)
            keepers += self._keepers.get(name, [])
        await asyncio.gather(*(keeper.stop() for keeper in keepers))

    async def stop_all(self, first: tuple[str, ...]) -> None:
        """Clients first, so that they can finish their work on running servers; then the rest."""
        await self.stop(*first)
        await self.stop(*(name for name in self._keepers if name not in first))
        await asyncio.to_thread(leftover.end_all, self._folder)

    def _named(self, name: str) -> list[Keeper]:
        if name not in self._keepers:
            known = ", ".join(sorted(self._keepers))
            raise UnknownProcessError(f"No process is called {name!r} here. There are: {known}.")
        return self._keepers[name]

    def _forget_return(self, name: str) -> None:
        if (task := self._returns.pop(name, None)) is not None and task != asyncio.current_task():
            task.cancel()

    async def _return(self, name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self.up(name)
        except StartError as error:
            self.say(str(error))

    async def _until_ready(self, program: Program, keepers: list[Keeper]) -> None:
        before = {keeper.label: keeper.deaths for keeper in keepers}
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not (all(keeper.pid for keeper in keepers) and await program.ready()):
                    for keeper in keepers:
                        _check(keeper, before)
                    await asyncio.sleep(READY_POLL)
        except TimeoutError:
            words = [line for keeper in keepers if keeper.child for line in keeper.child.last_words]
            raise StartError(program.name, f"was not ready in {READY_SECONDS:g} s", words) from None


def _check(keeper: Keeper, before: Mapping[str, int]) -> None:
    if keeper.deaths - before[keeper.label] >= DEATHS_ALLOWED:
        raise StartError(keeper.label, "keeps ending", keeper.last_words)
