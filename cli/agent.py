"""The commands about agents."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.group import group
from cli.help import AGENT_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

agent = group(AGENT_HELP)

Name = Annotated[str, typer.Argument(metavar="NAME", help="From `holdfast agent list`.")]
Version = Annotated[
    int | None,
    typer.Option("--version", "-v", metavar="N", min=1, show_default="the current one"),
]
Note = Annotated[str, typer.Option("--note", "-n", metavar="TEXT", help="Why, for the history.")]


@agent.command("list")
def list_agents(context: typer.Context, *, as_json: Json = False) -> None:
    """Who answers here."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import show_all  # noqa: PLC0415 - quick help

    *where, also = context.obj
    asyncio.run(show_all(find(*where), as_json=as_json or also))


@agent.command("show")
def show_agent(
    context: typer.Context,
    name: Name,
    version: Version = None,
    *,
    told: Annotated[
        bool, typer.Option("--told", help="What it is told here today, its template filled in.")
    ] = False,
    as_json: Json = False,
) -> None:
    """One agent, whole. Its JSON can be changed and given to `set`."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import show, show_told  # noqa: PLC0415 - quick help

    *where, also = context.obj
    shown = show_told if told else show
    asyncio.run(shown(find(*where), name, version, as_json=as_json or also))


@agent.command("versions")
def list_versions(context: typer.Context, name: Name, *, as_json: Json = False) -> None:
    """All that it was, the newest first."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import show_versions  # noqa: PLC0415 - quick help

    *where, also = context.obj
    asyncio.run(show_versions(find(*where), name, as_json=as_json or also))


@agent.command("set")
def set_agent(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="TOML or JSON; `-` is JSON on stdin.")
    ],
    note: Note = "",
    *,
    as_json: Json = False,
) -> None:
    """Make an agent, or its next version. What the file leaves out stays as it is."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import save  # noqa: PLC0415 - quick help

    *where, also = context.obj
    asyncio.run(save(find(*where), file, note, as_json=as_json or also))


@agent.command("rollback")
def roll_back_agent(
    context: typer.Context,
    name: Name,
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    note: Note = "",
    *,
    as_json: Json = False,
) -> None:
    """Make a next version that says what that one said."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import roll_back  # noqa: PLC0415 - quick help

    *where, also = context.obj
    asyncio.run(roll_back(find(*where), name, version, note, as_json=as_json or also))


@agent.command("archive")
def archive_agent(context: typer.Context, name: Name) -> None:
    """Let no new turn name it. Its versions stay; `rollback` brings it back."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.roster import archive  # noqa: PLC0415 - quick help

    *where, _ = context.obj
    asyncio.run(archive(find(*where), name))


@agent.command("try")
def try_agent(
    context: typer.Context,
    name: Name,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="What to ask it.")],
    *,
    as_json: Json = False,
) -> None:
    """Let it answer once, and show what it is told, what it calls, and what the policy says of
    each call. The exit code is 0 when it answered, 3 when a person has to decide first."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.trial import attempt  # noqa: PLC0415 - quick help

    *where, also = context.obj
    code = asyncio.run(attempt(find(*where), name, message, as_json=as_json or also))
    raise typer.Exit(code)
