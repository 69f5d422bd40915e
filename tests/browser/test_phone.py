"""Everything on a screen of 360 pixels, with a finger."""

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.furnished import Furnished
from tests.browser.test_accessibility import PAGES, come
from tests.browser.visit import FAILED_REQUESTS

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_WIDTHS = "[document.documentElement.scrollWidth, document.body.scrollWidth]"


async def test_one_signs_in_opens_the_drawer_and_asks_on_a_phone(visit: Open) -> None:
    page = await (await visit(None, **PHONE)).open("/")
    await page.get_by_role("button", name="Ada").tap()
    chat = Chat(page)
    await chat.box.fill("From a phone.\n@offline reply=Heard.")
    await page.get_by_role("button", name="Send", exact=True).tap()
    await expect(chat.answers).to_contain_text("Heard.")
    await chat.is_idle()

    await page.get_by_role("button", name="Open the sidebar").tap()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("link", name="From a phone.").first).to_be_visible()
    await drawer.get_by_role("button", name="New chat").tap()
    await expect(drawer).to_be_hidden()
    await expect(page.get_by_text("What are you working on?")).to_be_visible()


async def test_no_page_is_wider_than_a_phone(visit: Open, furnished: Furnished) -> None:
    visitor = await visit(**PHONE)
    visitor.forgiven.append(FAILED_REQUESTS)
    page = await visitor.open("/")
    widths = {}
    for path, words in PAGES.items():
        await page.goto(f"{visitor.origin}{path.format(**vars(furnished))}")
        await come(page, words)
        widths[path] = max(await page.evaluate(_WIDTHS))

    assert widths == dict.fromkeys(PAGES, 360)
