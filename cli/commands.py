"""What the `holdfast` command can do, beside running the stack."""

import asyncio
import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from cli import knowledge
from cli.agent import agent
from cli.api_key import api_key
from cli.approvals import approvals
from cli.audit import audit
from cli.content import content
from cli.help import (
    CHAT_HELP,
    DOCTOR_HELP,
    INGEST_HELP,
    MIGRATE_HELP,
    MINT_HELP,
    SEARCH_HELP,
)
from cli.mcp import mcp
from cli.options import Api, Data, Json, Space, Token, duration
from cli.policy import policy

# Imports stand inside the commands, so that `holdfast --help` answers at once.


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    STATUS = "status"


def chat(
    message: Annotated[
        str | None,
        typer.Option("--message", "-m", metavar="TEXT", help="Ask this, print the answer, leave."),
    ] = None,
    conversation: Annotated[
        UUID | None,
        typer.Option(metavar="ID", help="Go on with this one.", show_default="a new one"),
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who answers.", show_default="general")
    ] = None,
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    as_json: Json = False,
) -> None:
    from cli.failure import CliError  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    place = find(api, token, space)
    if message is None and not sys.stdin.isatty():
        # Far more than a message may have: the server says how much that is.
        message = sys.stdin.buffer.read(4 * 1024 * 1024).decode("utf-8", "replace")
    if message is None and (as_json or not sys.stdout.isatty()):
        raise CliError(
            "There is no terminal to talk in.", "Ask with -m, or through a pipe.", code=2
        )
    if message is None:
        from cli.chat import chat as talk  # noqa: PLC0415 - quick help

        asyncio.run(talk(place, conversation, agent))
        return
    if not message.strip():
        raise CliError("The question is empty.", code=2)
    from cli.once import ask  # noqa: PLC0415 - quick help

    raise typer.Exit(asyncio.run(ask(place, message, conversation, agent, as_json=as_json)))


def token(
    organisation: Annotated[
        UUID | None,
        typer.Option(metavar="ID", help="The organisation's id.", show_default="the local one"),
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=ROLE", help="Repeatable.", show_default="the local one=admin"),
    ] = None,
    user: Annotated[
        UUID | None, typer.Option(metavar="ID", help="The user's id.", show_default="the local one")
    ] = None,
    expires: Annotated[
        timedelta | None,
        typer.Option(parser=duration, metavar="TIME", help="30m, 12h, 2d…", show_default="12h"),
    ] = None,
    data: Data = None,
) -> None:
    from cli.token import make  # noqa: PLC0415 - quick help

    print(make(data, organisation, space or [], user, expires or timedelta(hours=12)))


def migrate(
    direction: Annotated[Direction, typer.Argument(help="up, down or status.")] = Direction.UP,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before `down`.")] = False,
) -> None:
    from cli.migrate import run  # noqa: PLC0415 - quick help

    if direction is Direction.DOWN and not yes:
        typer.confirm("This drops tables with what is in them. Go on?", abort=True)
    run(direction.value)


def doctor(*, as_json: Json = False) -> None:
    from cli.doctor import examine  # noqa: PLC0415 - quick help

    raise typer.Exit(examine(as_json=as_json))


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - quick help

    print(f"holdfast {installed('holdfast')}")


def _shown(value: bool) -> None:  # noqa: FBT001 - the shape of a callback
    if value:
        version()
        raise typer.Exit


def root(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_shown, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Holdfast: a backend for AI agents whose work must not be lost."""


def register(app: typer.Typer) -> None:
    """Add the commands, in the order in which a user meets them."""
    app.callback()(root)
    app.command(help=INGEST_HELP)(knowledge.ingest)
    app.command(help=SEARCH_HELP)(knowledge.search)
    app.add_typer(knowledge.collections, name="collections")
    app.command(help=CHAT_HELP)(chat)
    app.add_typer(agent, name="agent")
    app.add_typer(policy, name="policy")
    app.add_typer(approvals, name="approvals")
    app.add_typer(content, name="content")
    app.add_typer(mcp, name="mcp")
    app.add_typer(audit, name="audit")
    app.add_typer(api_key, name="api-key")
    app.command(help=MINT_HELP)(token)
    app.command(help=MIGRATE_HELP)(migrate)
    app.command(help=DOCTOR_HELP)(doctor)
    app.command()(version)
