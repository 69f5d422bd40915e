"""The peers' own environments, made once, each with the versions that are pinned here."""

import asyncio
import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.program import ProgramFailedError
from local.process import Program, finished

INSTALL_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Environment:
    name: str
    packages: tuple[str, ...]
    flags: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        text = "\n".join((*self.flags, *self.packages))
        return hashlib.sha256(text.encode()).hexdigest()

    def __str__(self) -> str:
        return self.packages[0].replace("==", " ")


_EDGE = ("fastapi==0.163.2", "uvicorn[standard]==0.54.0", "openai==3.51.0")
_GRAPH = ("langgraph==1.2.22", "langchain-openai==1.7.3", "uvicorn[standard]==0.54.0")

DBOS = Environment("dbos", ("dbos==3.4.0", *_EDGE))
# 0.11.0 asks for Python 3.12 and runs on 3.11; the last that asks for 3.11 has no Redis.
AEGRA = Environment("aegra", ("aegra-api==0.11.0", *_GRAPH), ("--ignore-requires-python",))
LANGGRAPH = Environment("langgraph", ("langgraph-cli[inmem]==0.4.40", *_GRAPH))


async def python(folder: Path, environment: Environment) -> Path:
    """That environment's Python; made, or made anew when a pin has changed."""
    root = folder / "venvs" / environment.name
    made = root / ".made"
    binary = root / "bin" / "python"
    if made.exists() and made.read_text() == environment.digest:
        return binary
    print(f"installing {environment} into {root.name} (once)", flush=True)
    if root.exists():
        await asyncio.to_thread(shutil.rmtree, root)
    await _run((sys.executable, "-m", "venv", str(root)))
    pip = (str(binary), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    await _run((*pip, *environment.flags, *environment.packages))
    made.write_text(environment.digest)
    return binary


async def _run(argv: tuple[str, ...]) -> None:
    code, said = await finished(Program("install", argv, dict(os.environ)), INSTALL_SECONDS)
    if code != 0:
        raise ProgramFailedError(f"{' '.join(argv)} failed:\n{said[-2_000:]}")
