"""Words that would rather be code: nothing runs, nothing is fetched, nothing leads astray."""

from urllib.parse import urlsplit

import httpx2
from playwright.async_api import Page, expect

from tests.browser.approvals import asking, card
from tests.browser.chat import Chat
from tests.browser.conftest import Open
from tests.browser.visit import FAILED_REQUESTS, REFUSED_SCRIPTS

RUN = "window.owned=1;alert(1)"
ATTACK = (
    f'<img src=x onerror="{RUN}"><script>{RUN}</script><svg onload="{RUN}"></svg>'
    f'<iframe srcdoc="<script>parent.owned=1</script>"></iframe>'
    f"[here](javascript:{RUN}) [data](data:text/html,<script>{RUN}</script>) "
    "![picture](http://198.51.100.7/seen.png) [there](https://example.org/there) "
    f"$$\\href{{javascript:{RUN}}}{{x}}$$"
)
# A note's title has its length.
SHORT = ATTACK[:100]
_LINKS = "(all) => all.map((one) => ({ to: one.href, rel: one.rel, target: one.target }))"
_FOREIGN = "script:not([src]), iframe, object, embed, [onerror], [onload], main img[src^='http']"


async def is_harmless(page: Page, origin: str) -> None:
    assert await page.evaluate("window.owned") is None
    assert await page.locator(_FOREIGN).count() == 0
    for link in await page.locator("a").evaluate_all(_LINKS):
        assert urlsplit(link["to"]).scheme in {"http", "https"}
        if not link["to"].startswith(f"{origin}/"):
            assert {"noopener", "noreferrer"} <= set(link["rel"].split())
            assert link["target"] == "_blank"


async def test_a_message_its_answer_a_title_and_a_shared_page_run_nothing(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    visitor = await visit()
    made = (await http.post("/v1/conversations", json={"title": f"T {ATTACK}"[:200]})).json()
    page = await visitor.open(f"/c/{made['id']}")
    chat = Chat(page)
    await chat.send(f"{ATTACK}\n@offline reply={ATTACK}")
    await chat.is_idle()

    await expect(chat.answers.get_by_role("link", name="there")).to_be_visible()
    await expect(chat.questions).to_contain_text("<script>")
    await is_harmless(page, visitor.origin)

    share = (await http.post(f"/v1/conversations/{made['id']}/shares", json={})).json()
    stranger = await visit(None)
    shared = await stranger.open(share["path"])
    await expect(shared.get_by_role("link", name="there")).to_be_visible()
    await is_harmless(shared, visitor.origin)


async def test_a_files_name_its_text_and_a_calls_arguments_run_nothing(
    visit: Open, http: httpx2.AsyncClient
) -> None:
    visitor = await visit()
    visitor.forgiven.append(FAILED_REQUESTS)
    text = f"# {ATTACK}\n\nThe zeppelin says {ATTACK}".encode()
    files = {"file": (f"<img src=x onerror={RUN}>.md", text, "text/markdown")}
    added = await http.post("/v1/documents", files=files)
    assert added.is_success, added.text
    page = await visitor.open(f"/documents/{added.json()['id']}")
    await expect(page.get_by_role("main")).to_contain_text("The zeppelin says")
    await is_harmless(page, visitor.origin)
    await page.goto(f"{visitor.origin}/documents")
    await expect(page.get_by_role("main")).to_contain_text("img src=x")
    await is_harmless(page, visitor.origin)

    await page.goto(f"{visitor.origin}/")
    chat = Chat(page)
    await chat.send(asking(SHORT))
    await expect(card(page)).to_contain_text("<script>")
    await is_harmless(page, visitor.origin)
    await card(page).get_by_role("button", name="Approve").click()
    await chat.is_idle()
    await is_harmless(page, visitor.origin)


async def test_the_policy_lets_only_this_sites_files_run(visit: Open) -> None:
    visitor = await visit(None)
    page = await visitor.context.new_page()
    answer = await page.goto(f"{visitor.origin}/")
    assert answer is not None
    policy = answer.headers["content-security-policy"].split("; ")

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    visitor.forgiven.append(REFUSED_SCRIPTS)
    await page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " { textContent: 'window.owned = 1' }))"
    )
    assert await page.evaluate("window.owned") is None
