"""`holdfast dev`, as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

from local.paths import PROJECT
from tests.local.process import started

HOLDFAST = "import sys; from cli.main import main; sys.argv[0] = 'holdfast'; main()"
HEAVY = ("local", "temporalio", "sqlalchemy", "openai", "asyncpg")


def holdfast(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HOLDFAST, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def processes(data: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads((data / "stack.json").read_text())["processes"]
    return found


def test_an_outage_is_made_and_ended_by_command(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data, "redis"):
        before = processes(data)["redis"]
        down = holdfast("dev", "--data", str(data), "down", "redis")
        assert (down.returncode, processes(data)["redis"]) == (0, [])
        assert down.stdout == "redis is down; `holdfast dev up redis` starts it again.\n"

        up = holdfast("dev", "--data", str(data), "up", "redis")
        assert (up.returncode, up.stdout) == (0, "redis is up again.\n")
        assert processes(data)["redis"] not in ([], before)

        unknown = holdfast("dev", "--data", str(data), "down", "mysql")
        assert unknown.returncode == 1
        assert "'mysql'" in unknown.stderr


def test_without_a_running_stack_the_command_says_so(tmp_path: Path) -> None:
    answer = holdfast("dev", "--data", str(tmp_path), "down", "redis")

    assert answer.returncode == 1
    assert "No stack runs on" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_duration_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    answer = holdfast("dev", "--data", str(tmp_path), "down", "redis", "--for", "soon")

    assert answer.returncode == 2


def test_help_loads_nothing_heavy() -> None:
    code = f"import cli.main, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"
