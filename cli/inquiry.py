"""What is asked about a conversation, beside it."""

from holdfast_client.client import Client
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli import screen
from cli.conversation import Conversation
from cli.printable import one_line

MESSAGES_SHOWN = 20


async def history(console: Console, conversation: Conversation) -> None:
    """Its newest messages."""
    messages = await conversation.messages()
    if hidden := max(len(messages) - MESSAGES_SHOWN, 0):
        console.print(Text(f"… {hidden} earlier messages", style="dim"))
    for message in messages[-MESSAGES_SHOWN:]:
        if message.role == "user":
            console.print(screen.question(message.content))
        elif message.content.strip():
            console.print(screen.text(message.content, complete=True))
            console.print()


async def info(console: Console, client: Client, conversation: Conversation) -> None:
    """The server, its agents, the conversation."""
    server = await client.get("/v1/info")
    agents = (await client.get("/v1/agents")).get("items", [])
    table = Table.grid(padding=(0, 2))
    table.add_row("api", f"{client.base_url} ({server.get('version', 'unknown')})")
    for use, model in dict(server.get("models") or {}).items():
        table.add_row(Text(one_line(str(use))), Text(one_line(str(model))))
    for agent in agents:
        tools = ", ".join(_names(agent.get("tools")))
        about = f"{agent.get('name')}: {agent.get('description', '')}"
        table.add_row("agent", Text(f"{about} Tools: {tools}." if tools else about))
    if conversation.id is not None:
        known = await client.get(conversation.path)
        table.add_row("conversation", str(conversation.id))
        table.add_row("title", Text(str(known.get("title") or "none yet")))
        table.add_row("state", str(known.get("state", "")))
    console.print(screen.Safe(table))


async def summary(console: Console, client: Client, conversation: Conversation) -> None:
    """What the latest session left behind."""
    left = await client.get(f"{conversation.path}/summary")
    console.print(Text(one_line(str(left.get("title") or "")), style="bold"))
    console.print(screen.text(str(left.get("summary") or ""), complete=True))
    for item in left.get("action_items") or []:
        owner = f" ({item['owner']})" if item.get("owner") else ""
        console.print(Text(one_line(f"- {item.get('text', '')}{owner}")))
    if names := _names(left.get("entities")):
        console.print(Text(f"Named: {', '.join(names)}", style="dim"))
    if left.get("extractive"):
        said = "No language model wrote this: sentences were only selected."
        console.print(Text(said, style="dim"))


def _names(things: object) -> list[str]:
    """Names of a list of names, or of things that have one."""
    if not isinstance(things, list):
        return [] if things is None else [one_line(str(things))]
    return [one_line(str(t.get("name", t) if isinstance(t, dict) else t)) for t in things]
