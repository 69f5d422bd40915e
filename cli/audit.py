"""The commands about the audit trail."""

import asyncio
from typing import Annotated

import typer

from cli.group import group
from cli.help import AUDIT_HELP
from cli.options import Json

# Imports stand inside the commands, so that `holdfast --help` answers at once.

audit = group(AUDIT_HELP)


@audit.command("list")
def list_audit(
    context: typer.Context,
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=10_000, metavar="N")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """What was done, newest first."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.trail import show  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), most, as_json=as_json or also))


@audit.command("verify")
def verify_audit(context: typer.Context, *, as_json: Json = False) -> None:
    """Whether anybody changed, removed or added entries; then the exit code is 1."""
    from cli.place import find  # noqa: PLC0415 - quick help
    from cli.trail import verify  # noqa: PLC0415

    *where, also = context.obj
    raise typer.Exit(asyncio.run(verify(find(*where), as_json=as_json or also)))
