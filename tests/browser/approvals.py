"""A call that waits for a person, and where people decide on it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Dialog, Locator, Page

from local.slack.names import CHANNEL, FIRST
from local.stack import Stack

TOOL: Final = "publish_note"


def asking(title: str) -> str:
    """What makes the offline model call for it."""
    arguments = json.dumps({"title": title, "body": "Words to be published."})
    return f"Publish a note.\n@offline call={TOOL} args={arguments}"


def card(page: Page) -> Locator:
    return page.get_by_role("region", name=f"Approval for {TOOL}")


@asynccontextmanager
async def slack(browser: Browser, stack: Stack) -> AsyncIterator[Page]:
    """The approvals' channel, as the person there who is linked to the stack's first."""
    context = await browser.new_context()
    page = await context.new_page()
    page.on("dialog", _agree)
    await page.goto(f"{stack.slack}/?as={FIRST}")
    await page.get_by_role("link", name=f"# {CHANNEL}").click()
    try:
        yield page
    finally:
        await context.close()


async def _agree(dialog: Dialog) -> None:
    await dialog.accept()
