"""The commands about servers of the Model Context Protocol."""

import asyncio
import sys
from enum import StrEnum
from typing import Annotated

import typer

from cli.group import group
from cli.help import MCP_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

mcp = group(MCP_HELP)


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"


Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, or its id.")]
Tool = Annotated[str, typer.Argument(metavar="TOOL", help="From `holdfast mcp tools SERVER`.")]
# What the server takes, and a little more: it says that it was too long.
MOST_SECRET = 4_100

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@mcp.command("list")
def list_servers(context: typer.Context, *, as_json: Json = False) -> None:
    """What the organisation has registered, and how many of their tools are allowed."""
    from cli.outside import show_all  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show_all(find(*where), as_json=as_json or also))


@mcp.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its tools are NAME__TOOL.")],
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="A URL, or with --stdio a command's name.")
    ],
    *,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="ADDRESS is a command that the deployment has.")
    ] = False,
    secret: Annotated[
        bool,
        typer.Option(
            "--secret", help="Ask for a bearer token, or read it from a pipe; kept encrypted."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Register a server and look at its tools: no agent gets one before it is allowed."""
    from cli.outside import add as register  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    said = _secret() if secret else None
    transport = "stdio" if stdio else "http"
    asyncio.run(register(find(*where), name, transport, address, said, as_json=as_json or also))


def _secret() -> str:
    """Never an argument: those stand in the shell's history and in lists of processes."""
    if sys.stdin.isatty():
        asked: str = typer.prompt("Secret", hide_input=True, err=True)
        return asked.strip()
    return sys.stdin.readline(MOST_SECRET).strip()


@mcp.command("tools")
def tools(context: typer.Context, server: Server, *, as_json: Json = False) -> None:
    """What a server says of its tools: strangers' words, as it said them last."""
    from cli.outside import show_tools  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show_tools(find(*where), server, as_json=as_json or also))


@mcp.command("allow")
def allow(
    context: typer.Context,
    server: Server,
    tool: Tool,
    effect: Annotated[
        Effect | None,
        typer.Option(help="What it does to the world.", show_default="asked for"),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="Of what you looked at.", show_default="as shown now"),
    ] = None,
    *,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let agents call a tool as it is shown. When it changes, they may not until it is allowed
    again."""
    from cli.outside import allow as permit  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    chosen = None if effect is None else effect.value
    asyncio.run(
        permit(
            *(find(*where), server, tool, chosen, digest),
            yes=yes,
            as_json=as_json or also,
        )
    )


@mcp.command("refuse")
def refuse(context: typer.Context, server: Server, tool: Tool, *, as_json: Json = False) -> None:
    """Let no agent call a tool, whatever it becomes."""
    from cli.outside import refuse as forbid  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(forbid(find(*where), server, tool, as_json=as_json or also))


@mcp.command("refresh")
def refresh(context: typer.Context, server: Server, *, as_json: Json = False) -> None:
    """Look at a server's tools again."""
    from cli.outside import refresh as look  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(look(find(*where), server, as_json=as_json or also))


@mcp.command("remove")
def remove(context: typer.Context, server: Server, *, yes: Yes = False) -> None:
    """Forget a server, its secret and what was allowed of it."""
    from cli.outside import remove as forget  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, _ = context.obj
    if not yes:
        typer.confirm(f"Forget {server} and what was allowed of it?", abort=True, err=True)
    asyncio.run(forget(find(*where), server))
