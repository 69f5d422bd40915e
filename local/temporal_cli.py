"""Find Temporal's command, or get it: the PATH, the cache, a Go build, the official download."""

import asyncio
import contextlib
import fcntl
import io
import os
import platform
import shutil
import sys
import tarfile
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

from local.errors import StackError
from local.paths import cache
from local.process import Program, finished
from local.progress import Say, told

VERSION = "1.5.1"
SQLITE = "1.51.0"  # of a build; the download has one that can get stuck (see `BUILD`)
# Names both versions. Later ones of Temporal need a folder that no package holds.
BUILD = Path(__file__).parent / "temporal_build"
COMMAND = "github.com/temporalio/cli/cmd/temporal"
DOWNLOAD = "https://temporal.download/cli/archive/v{version}?platform={system}&arch={machine}"
DOWNLOAD_VARIABLE = "HOLDFAST_TEMPORAL_DOWNLOAD"  # a mirror of it
CONNECT_SECONDS = 5.0  # without internet access nobody should wait long
DOWNLOAD_SECONDS = 180.0
LARGEST_ARCHIVE = 400 * 1024 * 1024  # bytes; the archive has about 60 MB
VERSION_SECONDS = 30.0
BUILD_SECONDS = 30 * 60.0  # four minutes on two cores; a loaded machine takes longer


class TemporalMissingError(StackError):
    """Temporal's command is not here and could not be got."""


def cached() -> Path:
    return cache() / f"temporal-{VERSION}-sqlite-{SQLITE}" / "temporal"


async def runs(binary: Path) -> bool:
    program = Program(name="temporal", argv=(str(binary), "--version"), env=dict(os.environ))
    try:
        code, _ = await finished(program, VERSION_SECONDS)
    except OSError:  # no program for this machine; or, as a TimeoutError, it hangs
        return False
    return code == 0


async def found() -> Path | None:
    """The command, where it is already on this machine."""
    on_path = shutil.which("temporal")
    for binary in (Path(on_path) if on_path else None, cached()):
        if binary is not None and binary.exists() and await runs(binary):
            return binary
    return None


async def get(say: Say) -> Path:
    """The command, built or downloaded when it must be; one run at a time does that."""
    if binary := await found():
        return binary
    folder = cached().parent
    folder.mkdir(parents=True, exist_ok=True)
    async with _alone(folder / "lock", say):
        if binary := await found():
            return binary
        for left in folder.glob("new-*"):
            shutil.rmtree(left, ignore_errors=True)
        fresh = folder / f"new-{os.getpid()}"
        fresh.mkdir()
        try:
            problems = [await _build(fresh, say)]
            if problems[0] is not None:
                problems.append(await _download(fresh, say))
            if problems[-1] is not None:
                raise TemporalMissingError(_advice(problems))
            (fresh / "temporal").replace(cached())
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return cached()


def _advice(problems: list[str | None]) -> str:
    return (
        f"Temporal {VERSION} is needed and could not be had: "
        + "; ".join(problem for problem in problems if problem)
        + ". Put a `temporal` command on the PATH, or install Go, or set"
        " HOLDFAST_TEMPORAL_ADDRESS to a server that runs."
    )


@contextlib.asynccontextmanager
async def _alone(path: Path, say: Say) -> AsyncIterator[None]:
    with path.open("w") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    say("Another run is getting Temporal; waiting for it.")
                waiting = True
                await asyncio.sleep(0.5)
        yield


def _address() -> str:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    template = os.environ.get(DOWNLOAD_VARIABLE) or DOWNLOAD
    return template.format(version=VERSION, system=platform.system().lower(), machine=machine)


def _fetch(address: str, fresh: Path) -> None:
    """Unpack the one file that we want, by name, to the place that we chose."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    archive = io.BytesIO()
    with urllib.request.urlopen(address, timeout=CONNECT_SECONDS) as answer:  # noqa: S310 ours
        while chunk := answer.read(1 << 20):
            archive.write(chunk)
            if archive.tell() > LARGEST_ARCHIVE or time.monotonic() > deadline:
                raise OSError("it is larger or slower than expected")
    archive.seek(0)
    with tarfile.open(fileobj=archive, mode="r:gz") as files:
        source = files.extractfile("temporal")
        if source is None:
            raise OSError("the archive holds no program")
        with (fresh / "temporal").open("wb") as target:
            shutil.copyfileobj(source, target)
    (fresh / "temporal").chmod(0o755)


async def _download(fresh: Path, say: Say) -> str | None:
    """None when it worked, else the reason why not."""
    say(f"Downloading Temporal {VERSION}")
    try:
        await asyncio.to_thread(_fetch, _address(), fresh)
    except (OSError, EOFError, KeyError, ValueError, tarfile.TarError) as error:
        say(f"The download is not to be had ({error}).")
        return f"the download failed ({error})"
    if await runs(fresh / "temporal"):
        return None
    return "the downloaded program does not run"


async def _build(fresh: Path, say: Say) -> str | None:
    """None when it worked, else the reason why not."""
    go = shutil.which("go")
    if go is None:
        return "Go is not installed"
    say(f"Building Temporal {VERSION} with Go (about four minutes on two cores, once)")
    argv = (go, "build", "-o", str(fresh / "temporal"), COMMAND)
    env = {**os.environ, "GOFLAGS": "-buildvcs=false -mod=readonly", "GOWORK": "off"}
    program = Program(name="go", argv=argv, env=env, cwd=BUILD)
    try:
        async with told("Building Temporal", say):
            code, output = await finished(program, BUILD_SECONDS)
    except TimeoutError:
        return f"the build took longer than {BUILD_SECONDS / 60:g} minutes"
    if code != 0:
        return "the build failed: " + " ".join(output.split())[-500:]
    if await runs(fresh / "temporal"):
        return None
    return "the built program does not run"


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
