"""One browser of one person, watched: what goes wrong in a page fails the test."""

import re
from typing import Final

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

# Tells the console of what the browser kept a page from doing, wherever it stood.
_TELLTALE: Final = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
# The browser's own word on answers that are no success and on servers that are away.
REFUSED_SCRIPTS: Final = re.compile(r"policy: script-src|Content Security Policy")
FAILED_REQUESTS: Final = re.compile(r"^Failed to load resource")
# While no worker tells in time what waits; the page asks again.
_NOBODY_TELLS: Final = re.compile(r"^Failed to load resource.* 503 .*/queue\)$")


class Visit:
    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context = context
        self.origin = origin
        self.forgiven: list[re.Pattern[str]] = [_NOBODY_TELLS]
        """And what the test itself brings about: matched against the trouble's text."""
        self._trouble: list[str] = []

    async def begin(self) -> None:
        await self.context.add_init_script(_TELLTALE)
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self._trouble.append(f"thrown: {error.error}"))
        self.context.on("request", self._asked)
        self.context.on("dialog", self._spoken_to)

    async def sign_in(self, name: str) -> None:
        """As the page does it, or another tab where somebody is signed in already."""
        headers = {"origin": self.origin}
        where = f"{self.origin}/v1/session"
        # People are listed to nobody in particular.
        listed = await self.context.request.get(where, headers={"cookie": ""})
        people = (await listed.json())["people"]
        person = next(one["id"] for one in people if one["name"] == name)
        answer = await self.context.request.post(where, data={"person": person}, headers=headers)
        assert answer.ok, await answer.text()

    async def open(self, path: str = "/") -> Page:
        page = await self.context.new_page()
        await page.goto(f"{self.origin}{path}")
        return page

    def trouble(self) -> list[str]:
        return [
            text
            for text in self._trouble
            if not any(pattern.search(text) for pattern in self.forgiven)
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self._trouble.append(f"{message.text} ({where})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self._trouble.append(f"asked elsewhere: {request.url}")

    async def _spoken_to(self, dialog: Dialog) -> None:
        self._trouble.append(f"dialog: {dialog.message}")
        await dialog.dismiss()
