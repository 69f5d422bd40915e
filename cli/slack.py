"""The commands about Slack: install the app, choose a channel, say who you are there."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from cli.options import Api, Json, Space, Token

# Imports stand inside the commands, so that `holdfast --help` answers at once.

HELP = """Ask people where they are: the app in their Slack workspace.

\b
  holdfast slack                       where this space asks
  holdfast slack install               the address that an admin of the workspace opens
  holdfast slack channel approvals     ask there from now on
  holdfast slack link TOKEN            the Slack account that sent you this is yours
  holdfast slack unlink                what is pressed there counts no more
"""

app = typer.Typer(help=HELP, invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def show(
    context: typer.Context,
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    as_json: Json = False,
) -> None:
    if context.invoked_subcommand is not None:
        return
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    asyncio.run(workspace.show(find(api, token, space), as_json=as_json))


@app.command()
def install(api: Api = None, token: Token = None, space: Space = None) -> None:
    """Print the address at which an admin of the workspace says yes."""
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    asyncio.run(workspace.install(find(api, token, space)))


@app.command()
def channel(
    name: Annotated[str, typer.Argument(help="Its name, or its id.", metavar="CHANNEL")],
    api: Api = None,
    token: Token = None,
    space: Space = None,
) -> None:
    """Ask in that channel from now on."""
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    asyncio.run(workspace.choose(find(api, token, space), name))


@app.command()
def link(
    code: Annotated[str, typer.Argument(help="What the app told you in Slack.", metavar="TOKEN")],
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Say that a Slack account is yours: what is pressed there is your verdict."""
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    place = find(api, token, space)
    if not yes:
        who = asyncio.run(workspace.offered(place, code))
        typer.confirm(f"Is the Slack account {who} yours?", abort=True)
    asyncio.run(workspace.link(place, code))


@app.command()
def unlink(
    user: Annotated[
        UUID | None, typer.Option(metavar="ID", help="Another member's.", show_default="yours")
    ] = None,
    api: Api = None,
    token: Token = None,
    space: Space = None,
) -> None:
    """Undo a link: what is pressed there counts no more."""
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    asyncio.run(workspace.unlink(find(api, token, space), user))


@app.command()
def uninstall(
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take the app out of the workspace."""
    from cli import workspace  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    if not yes:
        typer.confirm("Nobody is asked in Slack from then on. Go on?", abort=True)
    asyncio.run(workspace.uninstall(find(api, token, space)))
