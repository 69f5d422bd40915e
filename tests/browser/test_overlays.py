"""What opens over a page: axe finds nothing, the keyboard goes in, Escape closes it, and the
keyboard is back where it was."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.accessibility import SCHEMES, Scheme, axe, violations_in
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.furnished import Furnished

_OVER: Final = "[role=dialog], [role=alertdialog], [role=menu]"
_HAS_FOCUS: Final = "(element) => element.contains(document.activeElement)"
_MENU: Final = re.compile("^Options of")
Find = Callable[[Page], Locator]


def _main(name: str | re.Pattern[str]) -> Find:
    return lambda page: page.get_by_role("main").get_by_role("button", name=name).last


def _box(page: Page) -> Locator:
    return Chat(page).box


def _citation(page: Page) -> Locator:
    return Chat(page).answers.get_by_test_id("citation").first


def _listed(page: Page) -> Locator:
    listed = page.get_by_role("navigation", name="Conversations")
    return listed.get_by_role("button", name=_MENU).first


@dataclass(frozen=True)
class Overlay:
    name: str
    opener: Find
    key: str = "Enter"
    item: str | None = None
    """Of the menu that the key opens: what opens the overlay."""
    back: Find | None = None
    """Who has the keyboard afterwards, where it is not the opener."""


OVERLAYS: Final = (
    Overlay("Search and go to", _box, "Control+k"),
    Overlay("Keyboard shortcuts", _main("Copy the answer"), "?"),
    Overlay("Ada", lambda page: page.get_by_role("button", name=re.compile("^Ada"))),
    Overlay("Agent: general", _main("Agent: general")),
    Overlay("More for this answer", _main("More for this answer")),
    Overlay("What was wrong?", _main("Bad answer")),
    Overlay("1 · Brand guide", _citation),
    Overlay("Name a document", _main("Name a document"), back=_box),
    Overlay("Options of", _main(_MENU)),
    Overlay("Share this conversation", _main(_MENU), item="Share"),
    Overlay("Delete this conversation?", _listed, item="Delete"),
)


async def _open(page: Page, overlay: Overlay) -> Locator:
    await overlay.opener(page).focus()
    await page.keyboard.press(overlay.key)
    if overlay.item is not None:
        await page.get_by_role("menuitem", name=overlay.item).press("Enter")
    over = page.locator(_OVER)
    await expect(over).to_have_accessible_name(re.compile(re.escape(overlay.name)))
    return over


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_each_takes_the_keyboard_and_gives_it_back(
    visit: Open, furnished: Furnished, scheme: Scheme
) -> None:
    visitor = await visit(color_scheme=scheme, reduced_motion="reduce")
    await visitor.context.add_init_script(axe())
    page = await visitor.open(f"/c/{furnished.conversation}")
    await Chat(page).is_idle()
    found: dict[str, list[str]] = {}
    for overlay in OVERLAYS:
        over = await _open(page, overlay)
        await page.wait_for_function(_HAS_FOCUS, arg=await over.element_handle())
        found[overlay.name] = await violations_in(page, scheme, _OVER)
        await page.keyboard.press("Escape")
        await expect(over).to_have_count(0)
        await expect((overlay.back or overlay.opener)(page)).to_be_focused()

    assert found == {overlay.name: [] for overlay in OVERLAYS}
