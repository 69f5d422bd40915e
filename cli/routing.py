"""Ask Temporal for the routes of new turns, or to change them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.client import Client

from adapters.deployment import Deployment, DeploymentError, Routes
from cli.checks.finding import addresses
from cli.failure import CliError

Answer = TypeVar("Answer")


def at(name: str, work: Callable[[Deployment], Awaitable[Answer]]) -> Answer:
    """Do it with that deployment; CliError says why not."""
    where = addresses()
    if not where.temporal:
        raise CliError("No Temporal: no stack runs here.", "Set HOLDFAST_TEMPORAL__ADDRESS.")
    try:
        return asyncio.run(_at(where.temporal, where.namespace, name, work))
    except RuntimeError as error:
        raise CliError(
            f"Temporal cannot be reached at {where.temporal}.", "`holdfast doctor` looks closer."
        ) from error
    except DeploymentError as error:
        raise CliError(f"{name}: {error}", "`holdfast deploy status` lists versions.") from error


async def _at(
    address: str, namespace: str, name: str, work: Callable[[Deployment], Awaitable[Answer]]
) -> Answer:
    return await work(Deployment(await Client.connect(address, namespace=namespace), name))


async def back(deployment: Deployment) -> str:
    """Undo the newest change of the routes; what was done, in words."""
    routes = await deployment.routes()
    if routes.ramping:
        await deployment.ramp(routes.ramping, 0)
        return f"The ramp to {routes.ramping} is over; new turns go to {_named(routes.current)}."
    if routes.previous is None:
        raise DeploymentError("what was current before is not known; say it: `deploy current ID`")
    await deployment.make_current(routes.previous)
    return f"New turns go to {routes.previous} again, and no longer to {_named(routes.current)}."


def described(routes: Routes) -> str:
    """A table for people."""
    lines = [f"new turns: {_named(routes.current)}"]
    if routes.ramping:
        lines[0] += f", {routes.percent:g} % of conversations: {routes.ramping}"
    for one in routes.versions:
        since = one.since.strftime("%Y-%m-%d %H:%M:%S UTC")
        lines.append(f"{one.build_id:<14} {one.status:<9} since {since}  {one.open_runs} open")
    return "\n".join(lines)


def _named(build_id: str) -> str:
    return build_id or "workers without a version"
