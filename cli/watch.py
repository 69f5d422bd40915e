"""Show turns while they happen, and hear what is typed meanwhile."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import aclosing
from enum import StrEnum
from uuid import UUID

from holdfast_client.client import ApiError, UnreachableError
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cli import screen
from cli.answer import Answer
from cli.conversation import Conversation
from cli.keys import Line, typing
from cli.link import Link
from cli.printable import one_line, printable
from models.payloads.events import ConversationTitled, LoggedEvent, SessionSummarised

FRAME = 1 / 20  # seconds between two pictures; a terminal over a network keeps up with that
# A log that is caught up with comes in a burst; after this pause it is what happens now.
BURST = 0.3
SHOWN_BEFORE = 5
ROOM_BELOW = 6
NOTICES = 5


class Left(StrEnum):
    """Why watching ended."""

    DONE = "done"
    AWAY = "away"
    """The user left; what runs goes on."""


class Watch:
    """Watches one conversation until the turns that it waits for have ended, or, with none to
    wait for, until nothing runs."""

    def __init__(self, console: Console, conversation: Conversation, link: Link) -> None:
        self.answer: Answer | None = None
        self.line = Line(self._submitted, self._interrupted, self._leave, self._change)
        self._console = console
        self._conversation = conversation
        self._link = link
        self._waiting: set[UUID] = set()
        self._typed: set[UUID] = set()
        self._before: deque[Answer] = deque(maxlen=SHOWN_BEFORE)
        self._passed = 0
        self._catching = False
        self._notices: deque[str] = deque(maxlen=NOTICES)
        self._changed = asyncio.Event()
        self._left: Left | None = None
        self._stopping = False
        self._asides: set[asyncio.Task[None]] = set()
        self._live: Live | None = None
        self._spinner = Spinner("dots", style="cyan")

    async def until_answered(self, text: str) -> Left:
        """Send a message and show its turn."""
        return await self._run(self._send_and_read(text))

    async def until_idle(self) -> Left:
        """Show what was said last and what still runs."""
        return await self._run(self._catch_up())

    async def _run(self, work: Coroutine[None, None, None]) -> Left:
        reading = asyncio.ensure_future(work)
        reading.add_done_callback(lambda _: self._change())
        live = Live(
            console=self._console,
            get_renderable=self._picture,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live = live
        try:
            with live, typing(self.line, self._console.file.write):
                while not reading.done() and self._left is None:
                    live.refresh()
                    await asyncio.sleep(FRAME)
                    await self._change_or_second()
        finally:
            reading.cancel()
            for task in self._asides:
                task.cancel()
            await asyncio.gather(reading, *self._asides, return_exceptions=True)
        self._live = None
        self._flush()
        if not reading.cancelled():
            reading.result()
        return self._left or Left.DONE

    async def _change_or_second(self) -> None:
        """Wait for something to show; the spinner turns meanwhile."""
        try:
            await asyncio.wait_for(self._changed.wait(), 0.1)
        except TimeoutError:
            return
        self._changed.clear()

    async def _send_and_read(self, text: str) -> None:
        # Its question stands above already, where it was typed.
        self._typed.add(await self._send(text))
        async with aclosing(self._conversation.events()) as events:
            async for event in events:
                self._take(event)
                if not self._waiting:
                    return

    async def _send(self, text: str) -> UUID:
        sent = await self._conversation.send(text)
        self._waiting.add(sent.turn_id)
        if self._stopping:
            await self._conversation.stop(self._shown or sent.turn_id)
        self._change()
        return sent.turn_id

    async def _catch_up(self) -> None:
        """Read until nothing runs. What comes in the first burst has been: its turns are held
        back until it is known which of them are the last ones."""
        loop = asyncio.get_running_loop()
        self._catching = True
        pause = loop.call_later(BURST, self._flush)
        async with aclosing(self._conversation.events(until_idle=True)) as events:
            async for event in events:
                self._take(event)
                if self._catching:
                    pause.cancel()
                    pause = loop.call_later(BURST, self._flush)
        pause.cancel()

    def _flush(self) -> None:
        """Print the turns held back: from here on each is shown as it ends."""
        self._catching = False
        hidden = self._passed - len(self._before)
        if hidden > 0:
            word = "turn" if hidden == 1 else "turns"
            self._console.print(Text(f"… {hidden} earlier {word}: /history", style="dim"))
        for answer in self._before:
            self._show(answer, asked=True)
        self._before.clear()
        self._passed = 0

    def _take(self, logged: LoggedEvent) -> None:
        match logged.event:
            case ConversationTitled() | SessionSummarised():
                return
        answer = self._answer_of(logged)
        answer.apply(logged)
        if answer.ending is not None:
            self.answer = None
            self._stopping = False
            self._notices.clear()
            if answer.turn_id is not None:
                self._waiting.discard(answer.turn_id)
            if self._catching:
                self._before.append(answer)
                self._passed += 1
            else:
                self._show(answer, asked=answer.turn_id not in self._typed)
        self._change()

    def _answer_of(self, logged: LoggedEvent) -> Answer:
        if self.answer is None or self.answer.number != logged.id.turn:
            self.answer = Answer(logged.turn_id, logged.id.turn)
        return self.answer

    def _show(self, answer: Answer, *, asked: bool) -> None:
        """Print a turn for good; with its question when it was not just typed."""
        if self._live is not None:
            self._live.refresh()  # else the turn's last picture would come once more, below it
        if asked and answer.question:
            self._console.print(screen.question(answer.question))
        self._console.print(Group(*screen.turn(answer, complete=True)))
        self._console.print()

    # What is typed meanwhile.

    def _submitted(self, said: str) -> None:
        self._notices.clear()
        if said == "/stop":
            self._stop()
        elif said in ("/quit", "/exit"):
            self._leave()
        elif approval := self._approval:
            self._decide(approval, said)
        elif said.startswith("/"):
            self._notices.append(
                f"{said.split(maxsplit=1)[0]} works when the answer is there; /stop now."
            )
        else:
            self._aside(self._send(said))

    @property
    def _approval(self) -> UUID | None:
        return next(iter(self.answer.approvals), None) if self.answer else None

    def _decide(self, approval: UUID, said: str) -> None:
        word, _, note = said.partition(" ")
        decision = {"y": "approve", "yes": "approve", "n": "deny", "no": "deny", "r": "revise"}.get(
            word.lower()
        )
        if decision is None or (decision == "revise" and not note.strip()):
            self._notices.append("Type y, n, or r and what should be different.")
            return
        self._aside(self._verdict(approval, decision, note.strip()))

    async def _verdict(self, approval: UUID, decision: str, note: str) -> None:
        asked = self.answer.approvals.get(approval) if self.answer else None
        shown = asked.arguments_hash if asked else ""
        if problem := await self._conversation.decide(approval, decision, note, shown=shown):
            self._notices.append(problem)
        elif self.answer:
            self.answer.approvals.pop(approval, None)

    def _interrupted(self) -> None:
        if self._stopping:
            self._leave()
        else:
            self._stop()

    def _stop(self) -> None:
        self._stopping = True
        if self._conversation.id is not None:
            self._aside(self._conversation.stop(self._shown))

    @property
    def _shown(self) -> UUID | None:
        """Whom a stop means: one that comes too late for it is not for the next."""
        return self.answer.turn_id if self.answer else None

    def _leave(self) -> None:
        self._left = Left.AWAY

    def _aside(self, work: Coroutine[None, None, object]) -> None:
        """Do something while the answer comes; a failure becomes a notice."""

        async def noticed() -> None:
            try:
                await work
            except (ApiError, UnreachableError) as error:
                self._notices.append(str(error))
            self._change()

        task = asyncio.ensure_future(noticed())
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def _change(self) -> None:
        self._changed.set()

    # The picture.

    def _picture(self) -> RenderableType:
        answer = self.answer
        parts: list[RenderableType] = []
        if answer is not None:
            asked = [] if answer.turn_id in self._typed else [screen.question(answer.question)]
            body = Group(*asked, *screen.turn(answer, complete=False))
            room = max(self._console.size.height - self._below(answer), 3)
            parts.append(screen.Tail(body, room))
            if approval := self._approval:
                parts.append(screen.approval(answer.approvals[approval], len(answer.approvals) - 1))
        parts += [Text(one_line(notice), style="yellow") for notice in self._notices]
        parts.append(self._status(answer))
        if self.line.text:
            parts.append(Text(f"› {printable(self.line.text)[-2_000:]}▏", style="bold"))
        return Group(*parts)

    def _below(self, answer: Answer) -> int:
        """Lines to keep free under the text."""
        asked = 0
        if approval := self._approval:
            asked = len(self._console.render_lines(screen.approval(answer.approvals[approval], 0)))
        return ROOM_BELOW + asked + len(self._notices)

    def _status(self, answer: Answer | None) -> RenderableType:
        self._spinner.update(text=Text(self._doing(answer), style="dim"))
        return self._spinner

    def _doing(self, answer: Answer | None) -> str:
        if self._link.gone:
            return "reconnecting…"
        if self._stopping:
            return "stopping… (Ctrl-C again leaves)"
        more = len(self._waiting) - 1
        queued = f" · {more} more queued" if more > 0 else ""
        if answer is None:
            return f"sending{queued}" if not self._waiting else f"waiting{queued}"
        return f"{answer.activity}{queued}"
