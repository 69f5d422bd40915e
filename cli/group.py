"""Commands about one kind of thing: where they look is said once, and alone they show it."""

import typer
from typer.core import TyperGroup

from cli.options import Api, Json, Space, Token


def group(help_text: str, alone: str = "list") -> typer.Typer:
    """Its commands find `(api, token, space, as_json)` in `context.obj`. `alone` is the command
    that runs where none is named."""
    app = typer.Typer(help=help_text, invoke_without_command=True, rich_markup_mode=None)

    @app.callback()
    def root(
        context: typer.Context,
        api: Api = None,
        token: Token = None,
        space: Space = None,
        *,
        as_json: Json = False,
    ) -> None:
        context.obj = (api, token, space, as_json)
        if context.invoked_subcommand is None and isinstance(context.command, TyperGroup):
            command = context.command.commands[alone]
            with command.make_context(alone, [], parent=context) as own:
                command.invoke(own)

    return app
