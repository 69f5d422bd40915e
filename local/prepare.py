"""Bring the database up to date: migrations, then the local organisation and space."""

import asyncio
import os
import sys
from uuid import UUID

from local.seed import plant
from migrations.run import OWNER_URL_VARIABLE, upgrade


async def prepare(owner_url: str, organisation: UUID, space: UUID, user: UUID) -> None:
    await upgrade(owner_url)
    await plant(owner_url, organisation, space, user)


def main() -> None:
    organisation, space, user = map(UUID, sys.argv[1:])
    asyncio.run(prepare(os.environ[OWNER_URL_VARIABLE], organisation, space, user))


if __name__ == "__main__":
    main()
