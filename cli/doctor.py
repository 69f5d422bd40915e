"""Look at everything that Holdfast needs, at once, and say how to mend what is broken."""

import asyncio
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.checks import database, machine, memory, services
from cli.checks.engine import engine
from cli.checks.finding import (
    Addresses,
    Check,
    CheckFailedError,
    Finding,
    NotReachedError,
    addresses,
)
from cli.printable import one_line

# Longer than any client's own limit, which can say more of what is wrong.
SECONDS = 15.0

CHECKS: dict[str, Check] = {
    "python": machine.python,
    "packages": machine.packages,
    "disk": machine.disk,
    "ports": machine.ports,
    "temporal command": machine.temporal_command,
    "temporal": engine,
    "postgres": database.postgres,
    "migrations": database.migrations,
    "row security": database.row_security,
    "redis": memory.redis_server,
    "model": services.model,
    "embeddings": services.embeddings,
    "edge": services.edge,
    "token": services.token,
}
# What cannot be looked at while another check fails, which says why.
AFTER = {"migrations": "postgres", "row security": "postgres", "token": "edge"}
OF_THE_MACHINE = ("python", "packages", "disk", "ports", "temporal command")


def examine(*, as_json: bool) -> int:
    """Print what was found; returns the exit code, 1 when something is wrong."""
    found = asyncio.run(findings(addresses()))
    well = all(finding.well for finding in found)
    if as_json:
        documents = [{**asdict(finding), "ok": finding.well} for finding in found]
        print(json.dumps({"ok": well, "checks": documents}))
    else:
        show(found)
    return 0 if well else 1


async def findings(where: Addresses) -> list[Finding]:
    """What all checks found; those of a stack only when one is known."""
    names = [name for name in CHECKS if where.any or name in OF_THE_MACHINE]
    async with asyncio.TaskGroup() as group:
        running: dict[str, asyncio.Task[Finding]] = {}
        for name in names:
            first = running.get(AFTER.get(name, ""))
            running[name] = group.create_task(_checked(name, where, first))
    found = [task.result() for task in running.values()]
    if not where.any:
        found.append(Finding("stack", "none runs here", "Start one with `make run`."))
    return found


async def _checked(name: str, where: Addresses, first: asyncio.Task[Finding] | None) -> Finding:
    """What the check found; when it reached nothing and `first` failed, that it was skipped."""
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(name, await CHECKS[name](where))
    except NotReachedError as error:
        unreached = Finding(name, error.detail, error.mend)
    except CheckFailedError as error:
        return Finding(name, error.detail, error.mend)
    except TimeoutError:
        said = f"no answer in {SECONDS:.0f} s"
        unreached = Finding(name, said, "Is it overloaded, or stopped?")
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        detail = f"{type(error).__name__}: {error}"
        return Finding(name, detail, "Unexpected: see `holdfast --debug doctor`, or report it.")
    if first is None or (cause := await first).well:
        return unreached
    return Finding(name, "skipped", f"see {cause.name} first", skipped_for=cause.name)


def show(found: list[Finding]) -> None:
    """Print them as a table, with what to do about each."""
    console = Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    for finding in found:
        said = Text(one_line(finding.detail), style="dim" if finding.well else "")
        if finding.mend:
            said.append(f"\n→ {one_line(finding.mend)}", style="yellow")
        table.add_row(_sign(finding), finding.name, said)
    console.print(table)
    skipped = sum(bool(finding.skipped_for) for finding in found)
    wrong = sum(not finding.well for finding in found) - skipped
    if wrong:
        need = "needs" if wrong == 1 else "need"
        more = f"; {skipped} skipped" if skipped else ""
        console.print(f"\n{wrong} of {len(found)} {need} mending{more}.")
    else:
        console.print(f"\nAll {len(found)} well.")


def _sign(finding: Finding) -> Text:
    if finding.skipped_for:
        return Text("–", style="dim")
    return Text("✓", style="green") if finding.well else Text("✗", style="bold red")
