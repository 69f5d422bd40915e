"""Processes die while somebody reads."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import expect

from local.stack import Stack
from tests.browser.chat import Chat, words
from tests.browser.conftest import Open
from tests.browser.reading import Reading
from tests.browser.stored import Stored
from tests.browser.visit import FAILED_REQUESTS

# More than can be on its way to the page when something dies, at 15 ms a word.
FURTHER = 60


@asynccontextmanager
async def away(stack: Stack, name: str) -> AsyncIterator[None]:
    """Dead, with nobody in its place meanwhile."""
    await stack.down(name)
    try:
        yield
    finally:
        await stack.up(name)


async def test_an_answer_goes_on_while_worker_edge_and_redis_die(
    visit: Open, stack: Stack, stored: Stored
) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/")
    reading, chat = await Reading.begin(page), Chat(page)
    await chat.send("Tell it until I stop you.\n@offline tokens=20000 gap_ms=15")
    conversation = await chat.id()
    await chat.says("w20")

    for worker in stack.processes["worker"]:
        os.kill(worker, signal.SIGKILL)
    await reading.goes_on(FURTHER)

    async with away(stack, "edge"):
        await expect(page.get_by_text("The connection broke.")).to_be_visible()
    await reading.goes_on(FURTHER)
    await expect(page.get_by_text("The connection broke.")).to_be_hidden()

    async with away(stack, "redis"):
        pass
    await reading.goes_on(FURTHER)

    # However long the machine took for all that, nobody waits for what is left.
    await chat.stop.click()
    await chat.is_idle()
    [answer] = await stored.contents(conversation, "assistant")
    assert words(await chat.answers.inner_text()) == words(answer) == answer.split()
    assert await reading.wrong() == []
