"""What tests need besides Python: clients from npm, the built web app, a browser. `make test`
calls it first; what cannot be had here is said, and those tests are skipped, but not in CI."""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local import web

STOCK_CLIENTS = Path(__file__).parent / "clients"
# 368 packages, a minute and 330 MB: more than `make test` has time for.
COPILOTKIT = Path(__file__).parent / "copilotkit"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Of Debian and its kin: no download of a browser's own.
_PACKAGES = ("chromium", "fonts-dejavu-core")
_SECONDS = 15 * 60.0


def browser() -> str | None:
    """Where the machine's browser is."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


async def prepare(*, pages: bool = False) -> list[str]:
    """Bring everything, with what only `make pages` needs; gives what is missing afterwards, in
    sentences."""
    missing = []
    folders = [STOCK_CLIENTS, web.CLIENTS, web.FOLDER, *([COPILOTKIT] if pages else [])]
    npm = shutil.which("npm")
    if npm is None:
        missing.append("Node 20 or newer with npm: stock clients and the web app are not tested.")
    else:
        for folder in folders:
            try:
                await web.install(npm, folder, _say)
            except web.WebError as error:
                missing.append(str(error))
        await web.bring_up_to_date(_say)
    if browser() is None:
        _install_browser()
    if browser() is None:
        missing.append("Chromium: the pages are not tested. `apt-get install chromium` brings it.")
    return missing


def _install_browser() -> None:
    apt_get = shutil.which("apt-get")
    if apt_get is None or os.geteuid() != 0:
        return
    _say("Installing Chromium from the system's packages (about a minute, once)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *_PACKAGES)):
        subprocess.run(
            (apt_get, "-qq", *command),
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.equipment", description=__doc__)
    parser.add_argument("--pages", action="store_true", help="what `make pages` needs as well")
    missing = asyncio.run(prepare(pages=parser.parse_args().pages))
    for line in missing:
        _say(f"Missing: {line}")
    return 1 if missing and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
