"""The `holdfast` command."""

import typer

from cli import dev

app = typer.Typer(
    help="Holdfast: a backend for AI agents whose work must not be lost.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they hold tokens
)
app.add_typer(dev.app, name="dev")


def main() -> None:
    app()
