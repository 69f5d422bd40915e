"""Bring the database up to date: migrations, then the local organisations, spaces and people."""

import asyncio
import os
import sys
from pathlib import Path

from local.paths import Folder
from local.seed import plant
from migrations.run import OWNER_URL_VARIABLE, upgrade


async def prepare(owner_url: str, folder: Folder) -> None:
    await upgrade(owner_url)
    await plant(owner_url, folder)


def main() -> None:
    asyncio.run(prepare(os.environ[OWNER_URL_VARIABLE], Folder(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
