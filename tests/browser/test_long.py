"""A conversation of ten thousand messages, as light as a short one."""

import asyncio
from contextlib import suppress

from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as NotYet

from local.stack import Stack
from tests.browser.chat import Chat
from tests.browser.conftest import PATIENCE, Open
from tests.browser.seeding import talk

TURNS = 5_000
# Drawn at once, whatever there is: a window's height and what the list keeps on either side.
MOST_DRAWN = 40
# Several pages of the history up, half a window at a time.
FAR = 150
STEP = 350
# Messages: their heights are guessed until they are drawn, and the list moves by what was wrong.
NEAR = 5
# Milliseconds from one turn of the wheel to the next: one that meets a list that settles is lost.
TURN = 1_000
_ABOVE = """
(first) => [...document.querySelectorAll('[data-testid="question"]')]
  .some(({ textContent }) => Number(textContent.match(/[0-9]+/)) < first)
"""


async def drawn(page: Page) -> list[int]:
    """The numbers of the questions that stand in the document."""
    texts = await Chat(page).questions.all_inner_texts()
    return [int(text.split()[1]) for text in texts]


async def scroll_up(page: Page, first: int) -> None:
    """Until a message above that one is drawn."""
    async with asyncio.timeout(PATIENCE / 1_000):
        while True:
            await page.mouse.wheel(0, -STEP)
            with suppress(NotYet):
                await page.wait_for_function(_ABOVE, arg=first, timeout=TURN)
                return


async def test_ten_thousand_messages_open_at_their_end_and_scroll_up(
    visit: Open, stack: Stack
) -> None:
    said = [(f"Question {number} of many", f"Answer {number}.") for number in range(TURNS)]
    conversation = await talk(stack, "A long one", said)
    page = await (await visit()).open(f"/c/{conversation}")
    chat = Chat(page)
    last = chat.answers.filter(has_text=f"Answer {TURNS - 1}.")
    await expect(last).to_be_in_viewport()

    await page.get_by_role("region", name="Messages").hover()
    shown = await drawn(page)
    while shown[0] > TURNS - FAR:
        await scroll_up(page, shown[0])
        now = await drawn(page)
        assert len(now) <= MOST_DRAWN
        assert now == list(range(now[0], now[0] + len(now)))
        # However many were put before them, what was read last is still near.
        assert now[-1] >= shown[0] - NEAR
        shown = now

    await page.get_by_role("button", name="Go to the newest message").click()
    await expect(last).to_be_in_viewport()
    assert len(await drawn(page)) <= MOST_DRAWN
