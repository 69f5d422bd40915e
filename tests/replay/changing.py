"""A copy of the code with a change that no open run survives, to be deployed or refused."""

import shutil
from pathlib import Path

FILE = "workflows/loop.py"
BEFORE = "            reply = await self._think()\n"
CHANGE = "            await workflow.sleep(0.001)\n" + BEFORE
# Hidden folders hold environments, caches and stacks' data.
NO_CODE = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "bench", "docs")


def changed(code: Path, target: Path) -> Path:
    """A copy of the code in which a timer stands before each model call. ValueError when the code
    no longer looks as it did: plant another change."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(code, target, ignore=NO_CODE)
    loop = target / FILE
    text = loop.read_text()
    if text.count(BEFORE) != 1:
        raise ValueError(f"{FILE} does not say {BEFORE.strip()!r} once.")
    loop.write_text(text.replace(BEFORE, CHANGE))
    return target
