"""Servers of their own for the tests of the stack itself."""

from collections.abc import AsyncIterator

import pytest

from local.stack import Options, Stack, running

ONLY = {"postgres", "redis", "temporal"}
# Migrations have tests of their own.
PLAIN = Options(migrate=False)


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Postgres, Redis and Temporal in a folder that only its owner may enter."""
    folder = tmp_path_factory.mktemp("private")
    folder.chmod(0o700)
    async with running(folder / "data", only=ONLY, options=PLAIN) as stack:
        yield stack
