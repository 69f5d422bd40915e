"""The commands about what waits for a person."""

import asyncio
import sys
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from cli.group import group
from cli.help import APPROVALS_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

approvals = group(APPROVALS_HELP)

# What the server takes, and some room for the spaces in it.
MOST_BYTES = 256 * 1024


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    REVISED = "revised"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ALL = "all"


Approval = Annotated[UUID, typer.Argument(metavar="ID", help="From `holdfast approvals`.")]
Note = Annotated[str, typer.Option("--note", "-n", metavar="TEXT", help="The agent reads it.")]


@approvals.command("list")
def list_approvals(
    context: typer.Context,
    state: Annotated[State, typer.Option(help="How they stand.")] = State.PENDING,
    *,
    as_json: Json = False,
) -> None:
    """What waits, newest first."""
    from cli.inbox import show_all  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    chosen = None if state is State.ALL else state.value
    asyncio.run(show_all(find(*where), chosen, as_json=as_json or also))


@approvals.command("show")
def show_approval(context: typer.Context, approval: Approval, *, as_json: Json = False) -> None:
    """Exactly what would run, why it asks, and who may decide."""
    from cli.inbox import show  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), approval, as_json=as_json or also))


@approvals.command("approve")
def approve(context: typer.Context, approval: Approval, note: Note = "") -> None:
    """Let it run as it is."""
    _decide(context, approval, {"decision": "approve", "note": note})


@approvals.command("deny")
def deny(context: typer.Context, approval: Approval, note: Note = "") -> None:
    """It does not run."""
    _decide(context, approval, {"decision": "deny", "note": note})


@approvals.command("revise")
def revise(
    context: typer.Context,
    approval: Approval,
    note: Annotated[str, typer.Argument(help="What to change: the agent reads it.")],
) -> None:
    """Send it back with a note."""
    _decide(context, approval, {"decision": "revise", "note": note})


@approvals.command("edit")
def edit(
    context: typer.Context,
    approval: Approval,
    arguments: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", help="All of them; - reads stdin.", show_default="in your editor"
        ),
    ] = None,
    note: Note = "",
) -> None:
    """Let it run with other arguments."""
    if arguments == "-":
        arguments = sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace")
    _decide(context, approval, {"decision": "approve", "note": note}, arguments or "")


def _decide(
    context: typer.Context, approval: UUID, verdict: dict[str, object], edited: str | None = None
) -> None:
    from cli.inbox import decide  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, as_json = context.obj
    asyncio.run(decide(find(*where), approval, verdict, edited, as_json=as_json))
