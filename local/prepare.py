"""Bring the database up to date: migrations, then the local organisation and space."""

import asyncio
import inspect
import os
import sys
from importlib import import_module
from uuid import UUID

from local.product import OWNER_URL_VARIABLE, exists


def main() -> None:
    organisation, space, user = map(UUID, sys.argv[1:])
    url = os.environ[OWNER_URL_VARIABLE]
    if exists("migrations.run"):
        _call("migrations.run", "upgrade", url)
    if exists("local.seed"):
        _call("local.seed", "plant", url, organisation, space, user)


def _call(module: str, name: str, *arguments: object) -> None:
    outcome = getattr(import_module(module), name)(*arguments)
    if inspect.isawaitable(outcome):
        asyncio.run(_awaited(outcome))


async def _awaited(outcome: object) -> None:
    if inspect.isawaitable(outcome):
        await outcome


if __name__ == "__main__":
    main()
