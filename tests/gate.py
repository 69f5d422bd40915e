"""The gate, `make test`: every check in turn, each with the time it took."""

import argparse
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
# Everything that is not a stage of its own.
APART = (
    *("tests/replay", "tests/budgets", "tests/chaos", "tests/fuzz"),
    *("tests/browser", "tests/copilotkit"),
)


@dataclass(frozen=True)
class Stage:
    name: str
    command: tuple[str, ...]
    needs: str = ""
    """A program; without it the stage is left out, which CI's set-up does not let happen."""


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-q", *arguments)


STAGES = (
    Stage("format", _tool("ruff", "format", "--check", "--quiet", ".")),
    Stage("lint", _tool("ruff", "check", "--quiet", ".")),
    Stage("types", _tool("mypy")),
    Stage("imports", _tool("lint-imports")),
    Stage("compose", _tool(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    )),
    Stage("clients", (sys.executable, "-m", "clients.generate", "--check")),
    Stage("web", ("npm", "run", "--silent", "verify", "--prefix", "web"), needs="npm"),
    Stage("temporal", (sys.executable, "-m", "local.temporal", "install")),
    # Four at once, a file in one of them: most tests wait for servers, and each has its own.
    Stage("tests", _pytest(
        *("tests", *(f"--ignore={path}" for path in APART)),
        *("--durations=15", "-n", "4", "--dist", "loadfile"),
    )),
    Stage("replay", _pytest("tests/replay")),
    Stage("budgets", _pytest("tests/budgets", "-s")),
    Stage("fuzz", _pytest("tests/fuzz")),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", metavar="STAGE", help=f"of {', '.join(s.name for s in STAGES)}"
    )
    wanted = parser.parse_args().stages
    unknown = set(wanted) - {stage.name for stage in STAGES}
    if unknown:
        parser.error(f"unknown stage: {', '.join(sorted(unknown))}")
    failed: list[str] = []
    times: list[tuple[str, float, str]] = []
    for stage in STAGES:
        if wanted and stage.name not in wanted:
            continue
        _say(f"── {stage.name}")
        if stage.needs and shutil.which(stage.needs) is None:
            _say(f"left out: there is no {stage.needs} here")
            continue
        began = time.monotonic()
        code = subprocess.run(stage.command, cwd=ROOT, check=False).returncode
        times.append((stage.name, time.monotonic() - began, "ok" if code == 0 else "FAILED"))
        if code != 0:
            failed.append(stage.name)
    _say("── " + "─" * min(30, shutil.get_terminal_size().columns - 4))
    for name, seconds, verdict in times:
        _say(f"{name:<10} {seconds:7.1f} s  {verdict}")
    _say(f"{'together':<10} {sum(seconds for _, seconds, _ in times):7.1f} s")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
