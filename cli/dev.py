"""`holdfast dev`: the whole stack on this machine, and outages on purpose."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.options import duration

app = typer.Typer(help="Run everything on this machine.", invoke_without_command=True)

# Imports stand inside the commands, so that `holdfast --help` answers at once.


class Model(Enum):
    SMOLLM2 = "smollm2"
    OFFLINE = "offline"


Data = Annotated[
    Path | None,
    typer.Option(help="The data folder.", envvar="HOLDFAST_DATA", show_default=".holdfast"),
]


@app.callback()
def dev(
    context: typer.Context,
    data: Data = None,
    model: Annotated[
        Model | None,
        typer.Option(help="Which model answers.", show_default="OpenAI if OPENAI_API_KEY is set"),
    ] = None,
    idle_window: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration, metavar="TIME", help="A session ends after it.", show_default="30m"
        ),
    ] = None,
    edges: Annotated[int, typer.Option(min=1, max=16)] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16)] = 1,
    port: Annotated[int | None, typer.Option(help="The API's.", show_default="a free one")] = None,
) -> None:
    """Start the stack, say where things are, show what its processes say; Ctrl-C stops it."""
    from local.paths import default_folder  # noqa: PLC0415 quick help

    context.obj = data or default_folder()
    if context.invoked_subcommand is not None:
        return
    from local.foreground import in_terminal  # noqa: PLC0415 quick help
    from local.layout import Options  # noqa: PLC0415 quick help
    from local.provider import usual  # noqa: PLC0415 quick help

    options = Options(
        edges=edges,
        workers=workers,
        model=model.value if model is not None else usual(),
        idle_window=idle_window,
        ports={} if port is None else {"edge": port},
        web=True,
    )
    _finish(lambda: in_terminal(context.obj, options))


@app.command()
def down(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help="edge, worker, slack, temporal, postgres…")],
    seconds: Annotated[
        timedelta | None,
        typer.Option("--for", parser=duration, metavar="TIME", show_default="until `up`"),
    ] = None,
) -> None:
    """Take every process of that name down, as a crash would."""
    length = seconds.total_seconds() if seconds is not None else None
    _ask(context.obj, "down", process, length)
    until = f" for {length:g} s" if length else f"; `holdfast dev up {process}` starts it again"
    typer.echo(f"{process} is down{until}.")


@app.command()
def up(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help="What was taken down.")],
) -> None:
    """Start again what was taken down; returns when it is ready."""
    _ask(context.obj, "up", process, None)
    typer.echo(f"{process} is up again.")


def _ask(data: Path, do: Literal["down", "up"], process: str, seconds: float | None) -> None:
    import asyncio  # noqa: PLC0415 quick help

    from local.control import Request, ask  # noqa: PLC0415 quick help

    request = Request(do=do, process=process, seconds=seconds)
    _finish(lambda: asyncio.run(ask(data, request)))


def _finish(work: Callable[[], None]) -> None:
    """A named failure is told in one line, without a traceback."""
    from local.errors import StackError  # noqa: PLC0415 quick help

    try:
        work()
    except StackError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from error
