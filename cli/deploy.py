"""`holdfast deploy`: which version of the worker's code gets new turns."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

app = typer.Typer(
    help="Which version of the workers' code gets new turns: look, ramp up, switch, roll back.",
    no_args_is_help=True,
)

# Imports stand inside the commands, so that `holdfast --help` answers at once.

Name = Annotated[
    str,
    typer.Option(
        "--deployment",
        metavar="NAME",
        envvar="HOLDFAST_TEMPORAL__DEPLOYMENT",
        help="Of the workers, as HOLDFAST_TEMPORAL__DEPLOYMENT gives it to them.",
    ),
]
BuildId = Annotated[
    str | None,
    typer.Argument(metavar="BUILD_ID", help="The version.", show_default="this code's"),
]
Wait = Annotated[
    float,
    typer.Option(min=0, max=600, metavar="SECONDS", help="For a worker of it to ask for work."),
]


@app.command(name="id")
def identify() -> None:
    """Print the id of the code here: what a worker calls itself unless it is told otherwise."""
    from adapters.versions import build_id  # noqa: PLC0415 - quick help

    print(build_id())


@app.command()
def status(
    deployment: Name = "holdfast",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")] = False,
) -> None:
    """Show the versions, where new turns go, and how many runs are open on each."""
    from cli.routing import at, described  # noqa: PLC0415 - quick help

    routes = at(deployment, lambda one: one.routes())
    print(json.dumps(asdict(routes), default=str) if as_json else described(routes))


@app.command()
def current(
    build: BuildId = None,
    deployment: Name = "holdfast",
    wait: Wait = 0.0,
    *,
    unversioned: Annotated[
        bool, typer.Option("--unversioned", help="Instead: workers that have no version.")
    ] = False,
) -> None:
    """Send all new turns to a version; running ones end where they are."""
    from adapters.deployment import patiently  # noqa: PLC0415 - quick help
    from adapters.versions import build_id  # noqa: PLC0415 - quick help
    from cli.routing import at  # noqa: PLC0415 - quick help

    chosen = "" if unversioned else build or build_id()
    at(deployment, lambda one: patiently(lambda: one.make_current(chosen), wait))
    print(f"New turns go to {chosen or 'workers without a version'}.")


@app.command()
def ramp(
    percent: Annotated[float, typer.Argument(min=0, max=100, help="0 ends the ramp.")],
    build: BuildId = None,
    deployment: Name = "holdfast",
    wait: Wait = 0.0,
) -> None:
    """Send a share of conversations to a version, always the same ones."""
    from adapters.deployment import patiently  # noqa: PLC0415 - quick help
    from adapters.versions import build_id  # noqa: PLC0415 - quick help
    from cli.routing import at  # noqa: PLC0415 - quick help

    chosen = build or build_id()
    at(deployment, lambda one: patiently(lambda: one.ramp(chosen, percent), wait))
    print(f"{percent:g} % of conversations go to {chosen}." if percent else "The ramp is over.")


@app.command()
def rollback(deployment: Name = "holdfast") -> None:
    """End a ramp; without one, go back to the version before the current one."""
    from cli.routing import at, back  # noqa: PLC0415 - quick help

    print(at(deployment, back))
