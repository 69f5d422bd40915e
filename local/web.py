"""Build the web app when its sources have changed, where Node is; and say so where it is not."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from local.paths import PROJECT
from local.process import Program, finished
from local.progress import Say, told

FOLDER = PROJECT / "web"
CLIENTS = PROJECT / "clients" / "typescript"
BUILT = FOLDER / "dist"
OLDEST_NODE = 20
VERSION_SECONDS = 30.0
# On a slow line; nothing asks for input.
INSTALL_SECONDS = 15 * 60.0
BUILD_SECONDS = 10 * 60.0
LINES = 12
# npm writes it last, and takes node_modules to be what it says while it is the newer one.
_INSTALLED = Path("node_modules") / ".package-lock.json"
# Goes with what it tells of: a build empties the folder.
_SOURCES = ".holdfast-sources"
_MEANWHILE = ("npm warn", "> ")
_SKIPPED = frozenset({"node_modules", "dist", ".vite", "coverage", "test-results", "tests"})


async def bring_up_to_date(say: Say) -> None:
    """The API goes on without: what goes wrong is said, and nothing is raised."""
    try:
        await _bring_up_to_date(say)
    except (OSError, WebError) as error:
        former = "; the one built before is served" if is_built() else ""
        say(f"The web app was not built{former}: {error}")


async def _bring_up_to_date(say: Say) -> None:
    wanted = await asyncio.to_thread(sources, (FOLDER, CLIENTS))
    if is_built() and _said(BUILT / _SOURCES) == wanted:
        return
    npm = shutil.which("npm")
    version = await _node_version()
    if npm is None or version < OLDEST_NODE:
        found = "there is none" if version == 0 else f"this is {version}"
        raise WebError(f"it needs Node {OLDEST_NODE} or newer with npm, and {found}.")
    for folder in (CLIENTS, FOLDER):
        await install(npm, folder, say)
    say("Building the web app")
    await _run(npm, ("run", "build"), FOLDER, BUILD_SECONDS, "Building the web app", say)
    if not is_built():
        raise WebError("the build left no page.")
    (BUILT / _SOURCES).write_text(wanted)


async def install(npm: str, folder: Path, say: Say) -> None:
    """What the folder's lock names, when that has changed. WebError."""
    lock = folder / "package-lock.json"
    if not lock.exists():
        return
    installed = folder / _INSTALLED
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    what = f"Installing what {folder.relative_to(PROJECT)} is built with"
    say(f"{what} (about a minute, once)")
    await _run(npm, ("ci", "--no-audit", "--no-fund"), folder, INSTALL_SECONDS, what, say)


async def _run(
    npm: str, arguments: tuple[str, ...], folder: Path, seconds: float, what: str, say: Say
) -> None:
    program = Program(name="npm", argv=(npm, *arguments), env={**os.environ, "CI": "1"}, cwd=folder)
    try:
        async with told(what, say):
            code, output = await finished(program, seconds)
    except TimeoutError:
        raise WebError(f"`npm {arguments[0]}` took longer than {seconds / 60:g} min.") from None
    if code != 0:
        # npm and compilers say first what is wrong, and then much else.
        said = [line for line in output.splitlines() if line and not line.startswith(_MEANWHILE)]
        words = "\n".join(f"  {line}" for line in said[:LINES])
        raise WebError(f"`npm {' '.join(arguments)}` failed in {folder}:\n{words}")


async def _node_version() -> int:
    """The first number of it; 0 when there is none that runs."""
    node = shutil.which("node")
    if node is None:
        return 0
    program = Program(name="node", argv=(node, "--version"), env=dict(os.environ))
    try:
        code, output = await finished(program, VERSION_SECONDS)
    except (OSError, TimeoutError):
        return 0
    number = output.strip().removeprefix("v").partition(".")[0]
    return int(number) if code == 0 and number.isascii() and number.isdigit() else 0


def sources(folders: tuple[Path, ...]) -> str:
    """One hash over every file that the app is built from."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(_files(folder)):
            found.update(f"{path.relative_to(PROJECT)}\0{path.stat().st_size}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        yield from (Path(parent) / name for name in names)


def is_built() -> bool:
    return (BUILT / "index.html").exists()


def _said(path: Path) -> str:
    return path.read_text() if path.exists() else ""


class WebError(Exception):
    """Why there is no app; for whoever reads the terminal."""
