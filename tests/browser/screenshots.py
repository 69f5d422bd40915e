"""Pictures of the app for the README: `python -m tests.browser.screenshots`. Not in the gate."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import httpx2
from PIL import Image
from playwright.async_api import Browser, Page, expect

from local.stack import Options, Stack, running
from tests import equipment
from tests.browser.approvals import asking, card
from tests.browser.chat import Chat
from tests.browser.chromium import chromium
from tests.browser.furnished import add_document
from tests.browser.visit import Visit

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
_DATA: Final = Path(__file__).parents[3] / "shared" / "data" / "documents" / "docling"
_FILES: Final = (
    "md/sources/wiki.md",
    "docx/sources/word_sample.docx",
    "html/sources/example_01.html",
    "pptx/sources/powerpoint_sample.pptx",
    "csv/sources/csv-comma.csv",
)
_WIDE: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
_PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
_QUESTIONS: Final = ("What does IBM do?", "When was IBM founded, and where?")
_QUALITY: Final = 82


async def main() -> int:
    path = equipment.browser()
    if path is None:
        sys.stderr.write("There is no Chromium.\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running(Path(folder), options=Options(web=True)) as stack,
            chromium(path) as browser,
        ):
            await _pictures(browser, stack)
    return 0


async def _pictures(browser: Browser, stack: Stack) -> None:
    expect.set_options(timeout=60_000)
    headers = {"authorization": f"Bearer {stack.token}", "x-space-id": str(stack.space_id)}
    async with httpx2.AsyncClient(base_url=stack.api, headers=headers, timeout=70) as http:
        for name in _FILES:
            file = _DATA / name
            await add_document(http, file.name, file.read_bytes())
    page = await _page(browser, stack, **_WIDE)
    chat = Chat(page)
    for number, question in enumerate(_QUESTIONS, 1):
        await chat.send(question)
        await expect(chat.answers).to_have_count(number)
        await chat.is_idle()
    where = page.url
    await _shot(page, "chat-light")
    await page.emulate_media(color_scheme="dark")
    await chat.answers.last.get_by_test_id("citation").first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("Open the document")
    await _shot(page, "chat-dark")
    await page.emulate_media(color_scheme="light")
    phone = await _page(browser, stack, where.removeprefix(stack.api), **_PHONE)
    await expect(Chat(phone).answers.last.get_by_test_id("citation").first).to_be_visible()
    await _shot(phone, "phone")
    await page.keyboard.press("Escape")
    await chat.answers.last.get_by_role("button", name="More for this answer").click()
    await page.get_by_role("menuitem", name="Look inside this turn").click()
    await expect(page.get_by_role("main")).to_contain_text("Passages it was given")
    await _shot(page, "inspector")
    await _go(page, stack, "/documents", "Ready")
    await _shot(page, "documents")
    await _go(page, stack, "/", "What are you working on?")
    await Chat(page).send(asking("Spring campaign: what we learned"))
    await expect(card(page)).to_be_visible()
    await _go(page, stack, "/inbox", "publish_note")
    await page.get_by_role("navigation", name="Approvals").get_by_role("link").first.click()
    await expect(page.get_by_role("article")).to_contain_text("What will run, exactly")
    await _shot(page, "inbox")


async def _page(browser: Browser, stack: Stack, path: str = "/", **options: Any) -> Page:  # noqa: ANN401 - Playwright's own
    visit = Visit(await browser.new_context(reduced_motion="reduce", **options), stack.api)
    await visit.sign_in("Ada")
    return await visit.open(path)


async def _go(page: Page, stack: Stack, path: str, words: str) -> None:
    await page.goto(f"{stack.api}{path}")
    await expect(page.get_by_role("main")).to_contain_text(words)


async def _shot(page: Page, name: str) -> None:
    await page.evaluate("Promise.all([document.fonts.ready, new Promise(requestAnimationFrame)])")
    picture = Image.open(io.BytesIO(await page.screenshot(animations="disabled")))
    picture.save(FOLDER / f"{name}.webp", quality=_QUALITY, method=6)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
