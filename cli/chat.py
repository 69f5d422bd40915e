"""Talk to an agent in the terminal."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from holdfast_client.client import ApiError, Client, UnreachableError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import inquiry
from cli.conversation import Conversation
from cli.failure import described
from cli.link import Link
from cli.place import Place
from cli.printable import one_line, printable
from cli.prompt import prompt
from cli.watch import Left, Watch

Result = TypeVar("Result")

COMMANDS = {
    "/new": "start a new conversation; /new AGENT with another agent",
    "/history": "the messages of this conversation",
    "/stop": "stop the answer (so does Ctrl-C)",
    "/info": "this conversation, the agents, the server",
    "/close": "end this session now, which has it summarised",
    "/summary": "the latest session's summary",
    "/help": "this list",
    "/quit": "leave (so does Ctrl-D)",
}
KEYS = "Enter sends, Alt-Enter makes a new line. Type while an answer comes to queue a message."


async def chat(place: Place, conversation_id: UUID | None, agent: str | None) -> None:
    """Until the user leaves."""
    link = Link()
    async with Client(place.api, place.token, place.space_id, link=link) as client:
        await _Chat(client, link, conversation_id, agent).run()


class _Chat:
    def __init__(
        self, client: Client, link: Link, conversation_id: UUID | None, agent: str | None
    ) -> None:
        self._console = Console(highlight=False)
        self._client = client
        self._link = link
        self._conversation = Conversation(client, conversation_id, agent)
        self._typed = ""
        self._waited: asyncio.Task[Any] | None = None
        self._prompt = prompt(COMMANDS)
        self._commands: dict[str, Callable[[str], Coroutine[None, None, None]]] = {
            "/new": self._new,
            "/history": self._history,
            "/stop": self._stop,
            "/info": self._info,
            "/close": self._close,
            "/summary": self._summary,
            "/help": self._help,
        }

    async def run(self) -> None:
        await self._client.get("/v1/info")  # a wrong address or token is said before any typing
        self._note("Ask something; /help lists the commands.")
        # While something is typed Ctrl-C is a key; between keys it ends what is waited for.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._give_up)
        going = self._conversation.id is None or await self._watched(None)
        while going:
            try:
                said = await self._prompt.prompt_async(
                    "› ", default=self._typed, handle_sigint=False
                )
            except KeyboardInterrupt:
                self._note("Ctrl-D leaves.")
                self._typed = ""
                continue
            except EOFError:
                break
            self._typed = ""
            going = await self._handled(said.strip())
        if self._conversation.id is not None:
            self._note(f"Go on with: holdfast chat --conversation {self._conversation.id}")

    async def _handled(self, said: str) -> bool:
        """Do what was asked; False to leave."""
        if not said:
            return True
        if said in ("/quit", "/exit"):
            return False
        if said.startswith("/"):
            word, _, rest = said.partition(" ")
            command = self._commands.get(word)
            if command is None:
                self._note(f"There is no {one_line(word)}; /help lists the commands.")
            else:
                await self._tried(command(rest.strip()))
            return True
        return await self._watched(said)

    async def _watched(self, text: str | None) -> bool:
        """Show an answer, or what runs; False when the user left meanwhile."""
        watch = Watch(self._console, self._conversation, self._link)
        left = await (
            watch.until_idle() if text is None else self._tried(watch.until_answered(text))
        )
        # What could not be sent is there to be sent again.
        self._typed = watch.line.text or (text or "" if left is None else "")
        if left is Left.AWAY and watch.answer is not None:
            self._note("The answer goes on without you.")
        return left is not Left.AWAY

    async def _tried(self, work: Coroutine[None, None, Result]) -> Result | None:
        """A failure is said, and the conversation goes on."""
        self._waited = task = asyncio.create_task(work)
        try:
            return await task
        except (ApiError, UnreachableError) as error:
            message, hint, _ = described(error)
            self._console.print(Text(one_line(f"{message} {hint}", 1_000), style="red"))
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            self._note("Given up.")
        finally:
            self._waited = None
        return None

    def _give_up(self) -> None:
        if self._waited is not None:
            self._waited.cancel()

    def _note(self, text: str) -> None:
        self._console.print(Text(printable(text), style="dim"))

    # Commands.

    async def _new(self, agent: str) -> None:
        self._conversation = Conversation(
            self._client, agent=one_line(agent) or self._conversation.agent
        )
        self._note("A new conversation.")

    async def _history(self, _: str) -> None:
        if self._begun():
            await inquiry.history(self._console, self._conversation)

    async def _info(self, _: str) -> None:
        await inquiry.info(self._console, self._client, self._conversation)

    async def _summary(self, _: str) -> None:
        if self._begun():
            await inquiry.summary(self._console, self._client, self._conversation)

    async def _stop(self, _: str) -> None:
        if self._begun():
            await self._conversation.stop()
            self._note("Nothing runs here any more.")

    async def _close(self, _: str) -> None:
        if self._begun():
            await self._client.post(f"{self._conversation.path}/close")
            self._note("The session is ended; /summary shows what it leaves behind, in a moment.")

    async def _help(self, _: str) -> None:
        table = Table.grid(padding=(0, 2))
        for name, about in COMMANDS.items():
            table.add_row(Text(name, style="cyan"), about)
        self._console.print(table)
        self._note(KEYS)

    def _begun(self) -> bool:
        if self._conversation.id is None:
            self._note("Nothing has been said yet.")
        return self._conversation.id is not None
