"""A random walk over the whole product, in a browser's tabs: what people and accidents do."""

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any, Final

import httpx2
from playwright.async_api import Page
from playwright.async_api import TimeoutError as TooLate

from local.stack import Stack
from tests.browser.visit import Visit
from tests.browser.walk_plan import Step
from tests.browser.walked import Ledger, Oracle, judged, lost, seen, shows

# A machine may be busy; whatever a page waits for comes, or never does.
PATIENCE: Final = float(os.environ.get("HOLDFAST_WALK_PATIENCE", "60")) * 1000
# Each tab's stream takes one of the six connections that a browser has for a host.
MOST_TABS: Final = 3
_TALL: Final = {"width": 1280, "height": 20_000}
"""So that the list of messages draws all of them."""

_SAYS: Final = """
(name) => [...document.querySelectorAll('[data-testid="question"], [data-testid="pending"]')]
  .some((one) => one.dataset.state !== "refused" && one.textContent.includes(name))
"""
# In the same instant, before anything else can happen in the page.
_RELOAD_AT: Final = f"""
(name) => {{
  window.__before = true;
  const look = () => {{ if (({_SAYS})(name)) {{ watch.disconnect(); location.reload(); }} }};
  const watch = new MutationObserver(look);
  watch.observe(document.body, {{ subtree: true, childList: true, characterData: true }});
}}
"""
_LOADED: Final = "() => !window.__before && document.querySelector('#composer') !== null"
# Found and clicked at once: what can be clicked now may be gone in the next moment.
_CLICK: Final = """
([where, label, pick]) => {
  const all = [...document.querySelectorAll(`${where} button`)].filter((one) => !one.disabled
    && (one.getAttribute("aria-label") ?? one.textContent.trim()) === label);
  const one = all.at(pick % Math.max(1, all.length));
  const name = one?.closest("article")?.textContent.match(/m\\d+\\./)?.[0] ?? "";
  one?.click();
  return one ? name || true : null;
}
"""
_AT_REST: Final = """
() => document.querySelector('[aria-label="Stop the answer"], [data-testid="pending"]') === null
"""


class Walk:
    options: Final[dict[str, Any]] = {"viewport": _TALL}

    def __init__(self, visit: Visit, stack: Stack, http: httpx2.AsyncClient) -> None:
        self.visit, self.stack, self.http = visit, stack, http
        self.tabs: list[tuple[Page, list[str]]] = []
        self.ledger = Ledger()
        self.path = "/"
        self.online, self.edge = True, True
        self.done: list[str] = []

    async def begin(self) -> None:
        await self._open()

    async def take(self, step: Step) -> None:
        at, said = self.tabs[step.tab % len(self.tabs)]
        did = await getattr(self, f"_{step.deed}")(step, at, said)
        self.done.append(f"{step.number} {step.deed} {step.tab % len(self.tabs)} {did or ''}")

    # What people say

    async def _say(self, page: Page, text: str) -> None:
        box = page.get_by_role("textbox", name="Message", exact=True)
        await box.fill(text)
        await box.press("Enter")

    async def _shown(self, page: Page, name: str) -> None:
        await page.wait_for_function(_SAYS, arg=name, timeout=PATIENCE)
        if self.path == "/":
            await page.wait_for_url("**/c/*")
            self.path = page.url.removeprefix(self.visit.origin)

    async def _send(self, step: Step, page: Page, said: list[str]) -> None:
        await self._say(page, step.text())
        await self._shown(page, step.name)
        said.append(step.name)

    async def _send_twice(self, step: Step, page: Page, said: list[str]) -> None:
        """The second before anything can have come of the first."""
        other = f"m{step.number}00."
        await self._say(page, step.text())
        if self.path != "/":
            await self._say(page, step.text().replace(step.name, other))
        await self._shown(page, step.name)
        said.append(step.name)
        if self.path != "/":
            await self._shown(page, other)
            said.append(other)

    async def _send_and_load_again(self, step: Step, page: Page, said: list[str]) -> str | None:
        if not await self._reachable():
            return "not: offline"
        await page.evaluate(_RELOAD_AT, step.name)
        await self._say(page, step.text())
        said.append(step.name)
        await page.wait_for_function(_LOADED, timeout=PATIENCE)
        self.path = page.url.removeprefix(self.visit.origin)
        return None

    async def _send_and_close(self, step: Step, page: Page, said: list[str]) -> str | None:
        await self._send(step, page, said)
        if len(self.tabs) == 1 and not self.online:
            return "not closed: offline"
        return await self._close_tab(step, page, said)

    async def _send_blindly(self, step: Step, page: Page, said: list[str]) -> str | None:
        """And load the page again before it has shown anything."""
        if not await self._reachable() or self.path == "/":
            return "not: offline"
        self.ledger.perhaps.add(step.name)
        await self._say(page, step.text())
        await self._reload(page)
        return None

    async def _edit(self, step: Step, page: Page, said: list[str]) -> str | None:
        found = await self._click(page, '[data-testid="question"]', "Edit and send again", step)
        if not found:
            return "not: nothing can be edited"
        box = page.get_by_role("textbox", name="New version of the message")
        await box.fill(step.text())
        await box.press("Control+Enter")
        await self._shown(page, step.name)
        said.append(step.name)
        return str(found)

    # What they do besides

    async def _cancel(self, step: Step, page: Page, _: list[str]) -> str | None:
        name = await self._click(page, '[data-testid="pending"]', "Cancel", step)
        if not name:
            return "not: nothing waits"
        self.ledger.perhaps.add(str(name))
        return str(name)

    async def _stop(self, step: Step, page: Page, _: list[str]) -> str | None:
        stopped = await self._click(page, "form", "Stop the answer", step)
        return None if stopped else "not: nothing runs"

    async def _regenerate(self, step: Step, page: Page, _: list[str]) -> str | None:
        again = await self._click(page, '[data-testid="answer"]', "Another answer", step)
        return None if again else "not: no answer has ended"

    async def _walk_siblings(self, step: Step, page: Page, _: list[str]) -> str | None:
        label = ("The one before", "The next one")[step.length % 2]
        gone = await self._click(page, '[role="group"]', label, step)
        return None if gone else "not: there are none"

    async def _click(self, page: Page, where: str, label: str, step: Step) -> object:
        return await page.evaluate(_CLICK, [where, label, step.pick])

    async def _rest(self, _: Step, page: Page, __: list[str]) -> str | None:
        if not await self._reachable():
            return "not: offline"
        await page.wait_for_function(_AT_REST, timeout=PATIENCE)
        return None

    # Tabs

    async def _open(self) -> None:
        page = await self.visit.open(self.path)
        await page.wait_for_function(_LOADED, timeout=PATIENCE)
        said: list[str] = []
        self.ledger.shown.append(said)
        self.tabs.append((page, said))

    async def _open_tab(self, *_: object) -> str | None:
        if len(self.tabs) == MOST_TABS or not await self._reachable():
            return "not: enough, or offline"
        await self._open()
        return None

    async def _close_tab(self, _: Step, page: Page, __: list[str]) -> str | None:
        if len(self.tabs) == 1 and not await self._reachable():
            return "not: offline"
        await page.close()
        self.tabs = [one for one in self.tabs if one[0] is not page]
        if not self.tabs:
            await self._open()
        return None

    async def _load_again(self, _: Step, page: Page, __: list[str]) -> str | None:
        if not await self._reachable():
            return "not: offline"
        await self._reload(page)
        return None

    async def _reload(self, page: Page) -> None:
        await page.reload()
        await page.wait_for_function(_LOADED, timeout=PATIENCE)

    async def _look_elsewhere(self, _: Step, page: Page, __: list[str]) -> str | None:
        """Another conversation, and back."""
        if self.path == "/":
            return "not: there is no other"
        await page.get_by_role("button", name="New chat").first.click()
        await page.wait_for_url(f"{self.visit.origin}/")
        await page.go_back()
        await page.wait_for_function(_LOADED, timeout=PATIENCE)
        return None

    # Accidents

    async def _reachable(self) -> bool:
        """A page can be loaded: never without a network; the edge is brought back for it."""
        if self.online:
            await self._bring_edge_back()
        return self.online

    async def _go_offline(self, *_: object) -> None:
        self.online = False
        await self.visit.context.set_offline(offline=True)

    async def _go_online(self, *_: object) -> None:
        self.online = True
        await self.visit.context.set_offline(offline=False)

    async def _kill_edge(self, *_: object) -> None:
        self._kill("edge")

    async def _kill_worker(self, *_: object) -> None:
        self._kill("worker")

    def _kill(self, name: str) -> None:
        for process in self.stack.processes[name]:
            os.kill(process, signal.SIGKILL)

    async def _kill_redis(self, *_: object) -> None:
        await self.stack.down("redis")
        await self.stack.up("redis")

    async def _take_edge_away(self, *_: object) -> None:
        self.edge = False
        await self.stack.down("edge")

    async def _bring_edge_back(self, *_: object) -> None:
        if not self.edge:
            await self.stack.up("edge")
        self.edge = True

    # The end

    async def end(self) -> list[str]:
        """Everything is there again and comes to rest; what is wrong then."""
        await self._go_online()
        await self._bring_edge_back()
        oracle = Oracle(self.stack, self.http, self.path.rpartition("/")[2])
        wrong = []
        for page, _ in self.tabs:
            try:
                await page.wait_for_function(_AT_REST, timeout=PATIENCE)
            except TooLate:
                wrong.append(f"a tab never comes to rest: {await seen(page)}")
        await self._until_idle(oracle)
        path = await oracle.path()
        for place, (page, _) in enumerate(self.tabs):
            try:
                await shows(page, path, PATIENCE)
            except TooLate:
                wrong.append(f"tab {place} shows {await seen(page)} and not {path}")
        asked = await oracle.asked()
        return [*wrong, *(f"{one} in {asked}" for one in judged(self.ledger, asked))]

    async def recover(self) -> None:
        """For whoever comes after a walk that failed."""
        await self._bring_edge_back()

    async def _until_idle(self, oracle: Oracle) -> None:
        """Between two turns nothing runs for a moment: until all that was shown has arrived."""
        with suppress(TimeoutError):  # what is lost by then is lost, and is said
            async with asyncio.timeout(PATIENCE / 1000):
                while not await oracle.is_idle() or lost(self.ledger, await oracle.asked()):  # noqa: ASYNC110 - the product has no event for it
                    await asyncio.sleep(0.05)
