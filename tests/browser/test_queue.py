"""What waits behind a running answer, in every page that looks at it."""

import re

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.stored import Stored


async def test_what_waits_is_known_after_a_reload_and_is_cancelled_from_another_tab(
    visit: Open, stored: Stored
) -> None:
    visitor = await visit()
    conversation = await stored.begin("A queue")
    path = f"/c/{conversation}"
    one = Chat(await visitor.open(path))
    # So slowly that its question stays on the screen: what has scrolled away is not in the page.
    await one.send("Never stop.\n@offline tokens=300 gap_ms=1000")
    await one.says("w3")
    for text in ("Wait first.", "Wait next."):
        await one.send(f"{text}\n@offline tokens=2")
        await expect(one.page.get_by_test_id("pending").filter(has_text=text)).to_be_visible()

    await one.page.reload()
    other = Chat(await visitor.open(path))
    for tab in (one, other):
        waiting = tab.page.get_by_test_id("pending")
        await expect(waiting).to_contain_text(["Wait first.", "Wait next."])
        await expect(waiting).to_contain_text([re.compile("behind 1"), re.compile("behind 2")])
    first = other.page.get_by_test_id("pending").filter(has_text="Wait first.")
    await first.get_by_role("button", name="Cancel").click()
    for tab in (one, other):
        await expect(tab.page.get_by_test_id("pending")).to_contain_text(["Wait next."])

    await one.stop.click()
    for tab in (one, other):
        await expect(tab.questions).to_contain_text(["Never stop.", "Wait next."])
        # What waits is a question, too, before there is an answer to it.
        await expect(tab.answers).to_have_count(2)
        await tab.is_idle()
    assert len(await stored.contents(conversation, "user")) == 2
