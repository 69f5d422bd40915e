"""The commands about what agents may do."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.group import group
from cli.help import POLICY_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

policy = group(POLICY_HELP, alone="show")


class Effect(StrEnum):
    READ = "read"
    WRITE = "write"


class Role(StrEnum):
    VIEWER = "viewer"
    MEMBER = "member"
    APPROVER = "approver"
    ADMIN = "admin"


File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON or TOML; - is standard input.")]


@policy.command("show")
def show_policy(
    context: typer.Context,
    version: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Not the one in force.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """The rules in their order, and what holds where none does. --json can be sent back."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.rules import show  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), version, as_json=as_json or also))


@policy.command("versions")
def list_versions(context: typer.Context, *, as_json: Json = False) -> None:
    """Who changed it, when and why."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.rules import show_versions  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show_versions(find(*where), as_json=as_json or also))


@policy.command("set")
def set_policy(
    context: typer.Context,
    file: File,
    note: Annotated[str, typer.Option("--note", "-n", metavar="TEXT", help="Why.")] = "",
    expected: Annotated[
        int | None,
        typer.Option(metavar="N", help="Refuse unless this is in force.", show_default="any"),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Put another in its place, as the next version."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.rules import save  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(save(find(*where), file, note, expected, as_json=as_json or also))


@policy.command("try")
def try_policy(  # noqa: PLR0913, PLR0917 - what a decision depends on
    context: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="Its name.")],
    effect: Annotated[Effect, typer.Option(help="What it does to the world.")] = Effect.WRITE,
    arguments: Annotated[
        str, typer.Option("--arguments", "-a", metavar="JSON", help="Of the call.")
    ] = "{}",
    agent: Annotated[str, typer.Option(metavar="NAME", help="Who calls.")] = "general",
    role: Annotated[Role, typer.Option(help="Of the person whose turn it is.")] = Role.MEMBER,
    cost: Annotated[float, typer.Option(min=0, metavar="DOLLARS", help="Spent before.")] = 0.0,
    carries: Annotated[
        str, typer.Option(metavar="TEXT", help="What it would carry outside, in words.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option("--policy", "-p", metavar="FILE", help="Instead of the one in force."),
    ] = None,
    *,
    tainted: Annotated[
        bool, typer.Option("--tainted", help="The turn has read text that nobody vouches for.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What it says of a call, in one sentence; nothing runs. The exit code is 0 when the call would
    run, 3 when a person would be asked, 1 when it is refused."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.rules import attempt, given  # noqa: PLC0415

    *where, also = context.obj
    body = {
        "tool": tool,
        "effect": effect.value,
        "arguments": given(arguments),
        "agent": agent,
        "role": role.value,
        "cost_usd": str(cost),
        "tainted": tainted,
        "carries": carries,
    }
    raise typer.Exit(asyncio.run(attempt(find(*where), body, file, as_json=as_json or also)))
