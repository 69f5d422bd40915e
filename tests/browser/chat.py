"""A chat's page as who uses it finds their way: by roles and names."""

import re
from typing import Final

from playwright.async_api import Locator, Page, expect

# What the offline model says when it is told how many tokens to say.
_WORD: Final = re.compile(r"\bw\d+\b")
_ADDRESS: Final = re.compile(r"/c/[0-9a-f-]{36}$")


def words(text: str) -> list[str]:
    return _WORD.findall(text)


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.answers = page.get_by_role("article", name=re.compile(r"^Answer by"))
        self.questions = page.get_by_role("article", name="Your message")
        self.stop = page.get_by_role("button", name="Stop the answer")

    async def send(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def id(self) -> str:
        await self.page.wait_for_url(_ADDRESS)
        return self.page.url.rpartition("/")[2]

    async def is_idle(self) -> None:
        """The last answer has ended: what can be done with it is offered."""
        again = self.answers.last.get_by_role("button", name="Another answer")
        await expect(again).to_be_enabled()

    async def says(self, word: str) -> None:
        """It has come so far."""
        await expect(self.answers.last).to_contain_text(re.compile(rf"\b{word}\b"))

    def conversation(self, title: str | re.Pattern[str]) -> Locator:
        """In the sidebar."""
        listed = self.page.get_by_role("navigation", name="Conversations")
        return listed.get_by_role("link", name=title)
