"""Let an agent answer once, and show what went on."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from uuid import UUID, uuid4

from holdfast_client.client import Client
from rich.text import Text

from cli.answer import Answer
from cli.once import APPROVAL_NEEDED, FAILED
from cli.output import wide_console
from cli.place import Place
from cli.printable import one_line
from cli.roster import path_of
from cli.screen import Safe, arguments, plain
from cli.stream import follow
from domain.wire import encode
from models.payloads.events import (
    AgentChosen,
    AgentEvent,
    ApprovalRequested,
    Event,
    LoggedEvent,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
)

_RULED = {"allow": "green", "ask": "yellow", "deny": "red"}


async def attempt(place: Place, name: str, message: str, *, as_json: bool) -> int:
    """Returns the exit code."""
    console = wide_console()
    async with Client.at(place) as client:
        if name != "auto" and not as_json:
            told = await client.get(f"{path_of(name)}/instructions")
            console.print(Safe(Text(str(told.get("instructions")), style="dim")))
            console.print()
        answer: Answer | None = None
        async with aclosing(_events(client, name, message)) as events:
            async for logged in events:
                if as_json:
                    print(encode(logged).data.decode(), flush=True)
                else:
                    for line in lines(logged.event):
                        console.print(Safe(line))
                answer = answer or Answer(logged.turn_id, logged.id.turn)
                answer.apply(logged)
                if answer.approvals:
                    return APPROVAL_NEEDED
    if answer is None:
        return FAILED
    if not as_json:
        console.print()
        console.print(Safe(Text(plain(answer) or answer.why())))
    return 0 if answer.succeeded else FAILED


async def _events(client: Client, name: str, message: str) -> AsyncGenerator[LoggedEvent, None]:
    body = {"id": str(uuid4()), "agent": name, "input": message}
    started = await client.post("/v1/runs", body)
    path = f"/v1/runs/{UUID(started['conversation_id'])}/events"
    async with aclosing(follow(client, path, until_idle=True)) as events:
        async for logged in events:
            yield logged


def lines(event: Event) -> Iterator[Text]:
    """What a person wants to know of it, while it goes on."""
    match event:
        case AgentChosen():
            how = f", {event.strategy}" if event.strategy else ""
            yield Text.assemble((event.agent, "bold"), f"{how}: {one_line(event.reason)}")
        case ToolRequested():
            said = one_line(arguments(event.arguments), 400)
            yield Text.assemble(("→ ", "dim"), (event.name, "bold"), f"({said})")
            if event.ruling:
                style = _RULED.get(event.ruling, "")
                yield Text.assemble("  ", (event.ruling, style), f": {one_line(event.reason, 400)}")
        case ToolCompleted():
            yield Text.assemble(("← ", "dim"), one_line(event.result, 400))
        case ToolFailed():
            yield Text.assemble(("← ", "red"), f"{event.code}: {one_line(event.detail)}")
        case ApprovalRequested():
            yield Text.assemble(f"A person decides: holdfast approvals show {event.approval_id}")
        case AgentEvent() if event.event.get("kind") in {"tool.requested", "text.completed"}:
            told = event.event.get("text") or event.event.get("name")
            yield Text.assemble((f"{event.agent}: ", "dim"), one_line(str(told)))
        case _:
            return
