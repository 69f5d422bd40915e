"""The commands about API keys."""

import asyncio
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from cli.group import group
from cli.help import API_KEY_HELP
from cli.options import Json, duration

# Imports stand inside the commands, so that `holdfast --help` answers at once.

api_key = group(API_KEY_HELP)


class Role(StrEnum):
    VIEWER = "viewer"
    MEMBER = "member"
    APPROVER = "approver"
    ADMIN = "admin"


@api_key.command("list")
def list_keys(context: typer.Context, *, as_json: Json = False) -> None:
    """The space's keys, the newest first."""
    from cli.keyring import show  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), as_json=as_json or also))


@api_key.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    role: Annotated[Role, typer.Option(help="What it may do at most.")] = Role.MEMBER,
    expires: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration, metavar="TIME", help="12h, 30d…", show_default="until revoked"
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a key that acts as you; it is printed this once."""
    from cli.keyring import create as make  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(make(find(*where), name, role.value, expires, as_json=as_json or also))


@api_key.command("revoke")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, or its first characters.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """From then on it opens nothing."""
    from cli.keyring import revoke as take  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, _ = context.obj
    if not yes:
        typer.confirm("What calls with it is refused from then on. Go on?", abort=True)
    asyncio.run(take(find(*where), key))
