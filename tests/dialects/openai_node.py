"""OpenAI's Node client."""

from collections.abc import AsyncIterator

import pytest

from tests.dialects.node import Clients, clients


@pytest.fixture(scope="module")
async def openai_node() -> AsyncIterator[Clients]:
    async with clients("openai.mjs") as found:
        yield found
