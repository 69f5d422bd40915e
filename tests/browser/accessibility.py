"""axe over a page: what it finds of WCAG 2.2 AA, in lines that name the rule and the element."""

import os
from typing import Final, Literal

import pytest
from playwright.async_api import Page

from tests.dialects.node import CLIENTS

_AXE: Final = CLIENTS / "node_modules" / "axe-core" / "axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Scheme = Literal["light", "dark"]
_PREFERS_DARK: Final = "matchMedia('(prefers-color-scheme: dark)').matches"
_IS_DARK: Final = "(dark) => document.documentElement.classList.contains('dark') === dark"
# Colours on their way are neither, and those that are inherited set out later: all have to arrive,
# as must a dialog that fades in. What turns for ever is not waited for.
_RUN: Final = """
async ([within, only]) => {
  const moving = () => document.getAnimations().filter((one) =>
    one.playState === "running" && one.effect?.getComputedTiming().endTime !== Infinity);
  do {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(moving().map(({ finished }) => finished));
  } while (moving().length > 0);
  const asked = { runOnly: only, resultTypes: ["violations"] };
  const { violations } = await axe.run(within ?? document, asked);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) =>
    `${id}: ${node.html.slice(0, 200)} (${node.failureSummary?.split("\\n")[1]?.trim()})`));
}
"""


def axe() -> str:
    """Its text, for the init script of a context: the page's policy lets no stranger's run."""
    if not _AXE.exists():
        why = "axe-core is missing: `npm ci --prefix tests/clients` brings it"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return _AXE.read_text()


SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


async def violations(page: Page) -> list[str]:
    """Light and dark; first as it is shown now, since every change has to arrive."""
    schemes = SCHEMES[::-1] if await page.evaluate(_PREFERS_DARK) else SCHEMES
    return [one for scheme in schemes for one in await violations_in(page, scheme)]


async def violations_in(page: Page, scheme: Scheme, within: str | None = None) -> list[str]:
    """`within` selects a part of the page."""
    only = {"type": "tag", "values": _TAGS}
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.wait_for_function(_IS_DARK, arg=scheme == "dark")
    return [f"{scheme}: {one}" for one in await page.evaluate(_RUN, [within, only])]
