"""A file that somebody brings along, and the passage that an answer cites."""

import re

from playwright.async_api import FilePayload, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.guide import NAME, TONE, brand_guide

# Its file's name until it has been read, and then its own.
TITLE = re.compile("brand.guide", re.IGNORECASE)


async def test_a_file_is_attached_read_asked_about_and_its_citation_opened(visit: Open) -> None:
    page = await (await visit()).open("/")
    chat = Chat(page)
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Attach files").click()
    file = FilePayload(name=NAME, mimeType="application/pdf", buffer=brand_guide())
    await (await choosing.value).set_files(file)
    attached = page.get_by_role("list", name="Attached files")
    await expect(attached).to_contain_text(NAME)

    await chat.box.fill("What is the tone of voice?")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    await chat.box.press("Enter")
    await chat.is_idle()

    await expect(chat.questions.get_by_role("link", name=TITLE)).to_be_visible()
    await chat.answers.get_by_role("button", name="Source 1").first.click()
    panel = page.get_by_role("dialog", name=TITLE)
    cited = panel.locator("[aria-current=true]")
    await expect(cited).to_contain_text(TONE)
    await expect(cited).to_contain_text("Page 2")

    await panel.get_by_role("link", name="Open the document").click()
    await page.wait_for_url("**/documents/**")
    await expect(page.locator("[aria-current=true]").filter(has_text=TONE)).to_be_visible()
