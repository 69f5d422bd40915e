"""The `holdfast` command."""

import os
import sys

import typer

from cli import commands, deploy, dev, slack
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
app.add_typer(slack.app, name="slack")


def main() -> None:
    try:
        app()
    except SystemExit as ended:
        if "temporalio" in sys.modules:
            _leave(ended.code)
        raise


def _leave(code: str | int | None) -> None:
    """At once: Temporal's client may crash the interpreter on its way out, which would hide how
    the command ended."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
