"""The `holdfast` command."""

import typer

from cli import commands, deploy, dev
from cli.failure import ReportingGroup

app = typer.Typer(
    cls=ReportingGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold tokens
)
app.add_typer(dev.app, name="dev")
app.add_typer(deploy.app, name="deploy")
commands.register(app)


def main() -> None:
    app()
