"""The real servers, once for the whole run: Postgres, Redis, Temporal, the offline model."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis

from adapters.garbage import collect_due, take_over
from adapters.store.database import Database
from local.environment import UNHURRIED
from local.stack import SERVERS, Stack, running

# Real calls to a provider are impossible here, whatever the developer's shell has set.
for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY"):
    os.environ.pop(name, None)

# Tests ask as often as they like; those of rates choose their own.
os.environ.update(UNHURRIED)

# Machines are slow at times, and that is no failure; CI searches the same examples each time.
hypothesis.register_profile("local", deadline=None, print_blob=True)
hypothesis.register_profile("ci", deadline=None, derandomize=True)
hypothesis.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    """Tests run workers in this process: garbage is collected as in a worker's."""
    take_over()


def pytest_collection_finish() -> None:
    """Searching all that 6,000 collected tests have loaded took up to 5.7 s, wherever it fell."""
    take_over()


def pytest_runtest_teardown() -> None:
    collect_due()


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers of this run's own, on free ports, gone at its end. Migrated, with one space."""
    async with running(tmp_path_factory.mktemp("stack"), only=SERVERS) as servers:
        yield servers


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """As the application's role."""
    database = Database(stack.database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Material that nobody here wrote; missing, tests skip, except where CI demands it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("REQUIRE_SHARED_DATA"):
            pytest.fail("REQUIRE_SHARED_DATA is set and ../shared/data is missing")
        pytest.skip("../shared/data is not on this machine")
    return folder
