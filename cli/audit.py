"""The commands about the audit trail."""

import asyncio
from typing import Annotated

import typer

from cli.help import AUDIT_HELP
from cli.options import Api, Json, Space, Token

# Imports stand inside the commands, so that `holdfast --help` answers at once.

audit = typer.Typer(help=AUDIT_HELP, invoke_without_command=True, rich_markup_mode=None)


@audit.callback()
def audit_root(
    context: typer.Context,
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    as_json: Json = False,
) -> None:
    context.obj = (api, token, space, as_json)
    if context.invoked_subcommand is None:
        list_audit(context)


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
