"""Stacks in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.paths import PROJECT

SERVERS = "postgres,redis,temporal"


def command(folder: Path, only: str) -> list[str]:
    flags = ["--only", only, "--data", str(folder), "--tied", "--no-migrations"]
    return [sys.executable, "-m", "local.stack", *flags]


@contextmanager
def reporting(argv: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(argv, cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def started(
    folder: Path, only: str = SERVERS, path: str = os.environ["PATH"]
) -> Iterator[subprocess.Popen[str]]:
    """A stack in a process of its own, ready."""
    with reporting(command(folder, only), {**os.environ, "PATH": path}) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ")
        yield process
