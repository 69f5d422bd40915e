"""What a page shows of an answer, at every moment: watched in the page itself."""

from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page

from tests.browser.chat import Chat

# The offline model counts its words, so each moment can be judged alone: they are the first ones,
# in order, and never fewer than before.
_WATCH: Final = r"""
() => {
  const reading = { most: 0, wrong: [] };
  window.__reading = reading;
  const look = () => {
    const last = [...document.querySelectorAll('[data-testid="answer"]')].at(-1);
    const said = [...(last?.querySelectorAll("p") ?? [])].map((one) => one.textContent).join(" ");
    const words = said.match(/\bw\d+\b/g) ?? [];
    const misplaced = words.findIndex((word, place) => word !== `w${place}`);
    if (misplaced >= 0) reading.wrong.push(`${words[misplaced]} in place ${misplaced}`);
    if (words.length < reading.most) reading.wrong.push(`${reading.most} became ${words.length}`);
    reading.most = Math.max(reading.most, words.length);
  };
  new MutationObserver(look).observe(document.body,
    { subtree: true, childList: true, characterData: true });
}
"""


@dataclass(frozen=True)
class Reading:
    """Of the newest answer. Lives as long as the page is not loaded again."""

    page: Page

    @classmethod
    async def begin(cls, page: Page) -> "Reading":
        await page.evaluate(_WATCH)
        return cls(page)

    async def count(self) -> int:
        """Words that have been there so far."""
        return int(await self.page.evaluate("window.__reading.most"))

    async def wrong(self) -> list[str]:
        return list(await self.page.evaluate("window.__reading.wrong"))

    async def goes_on(self, by: int) -> None:
        """So many words more than there are now."""
        await Chat(self.page).says(f"w{await self.count() + by}")
