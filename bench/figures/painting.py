"""From the key that sends a message to the first token of its answer on a browser's screen."""

from typing import Final

from playwright.async_api import Error, Page, expect

from bench.figures.single import SHAPE
from bench.load import think
from bench.place import Place
from bench.plan import PAUSE, Plan
from bench.results import Results
from tests import equipment
from tests.browser.chromium import chromium
from tests.browser.visit import Visit

PAINTED = "keypress to first painted token"
CONTENDER = "holdfast web app"
WARM_UP: Final = 2
_MILLISECONDS: Final = 30_000.0
_IDLE: Final = "Another answer"

# A frame that was asked for when the text came is drawn with it; the one after it is behind that.
_WATCH: Final = """
(patience) => {
  // A long list draws some of its answers alone: they are told apart by name, not counted.
  const answers = () => [...document.querySelectorAll('[data-testid="answer"]')];
  const before = new Set(answers().map(({ dataset }) => dataset.turn));
  window.painted = new Promise((resolve, reject) => {
    let pressed = 0;
    setTimeout(() => reject(new Error("no token came")), patience);
    addEventListener("keydown", ({ key, timeStamp }) => {
      if (key === "Enter") pressed = timeStamp;
    }, { capture: true, once: true });
    const seen = new MutationObserver(() => {
      const last = answers().at(-1);
      if (!last || before.has(last.dataset.turn)) return;
      const said = [...last.querySelectorAll("p")].map((one) => one.textContent).join(" ");
      if (!/(^|\\s)[tw]\\d+/.test(said)) return;
      seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame((now) => resolve(now - pressed)));
    });
    seen.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}
"""


async def measure(place: Place, plan: Plan, results: Results) -> None:
    """One page, one conversation, one message after the other."""
    path = equipment.browser()
    if path is None or not place.stack.web:
        results.fail(CONTENDER, ["there is no Chromium, or the web app is not built"])
        return
    async with chromium(path) as browser:
        visit = Visit(await browser.new_context(), place.stack.api)
        await visit.sign_in("Ada")
        page = await visit.open("/")
        page.set_default_timeout(_MILLISECONDS)
        for number in range(WARM_UP + plan.paintings):
            try:
                took = await _painted(page)
            except (Error, AssertionError) as error:
                results.fail(CONTENDER, [f"painting: {error}"])
                return
            if number >= WARM_UP:
                results.add(PAINTED, CONTENDER, "ms", [took])
            await think(PAUSE)


async def _painted(page: Page) -> float:
    box = page.get_by_role("textbox", name="Message", exact=True)
    await box.fill(SHAPE.content())
    await page.evaluate(_WATCH, _MILLISECONDS)
    await box.press("Enter")
    took = float(await page.evaluate("window.painted"))
    again = page.get_by_role("button", name=_IDLE).last
    await again.wait_for()
    await expect(again).to_be_enabled(timeout=_MILLISECONDS)
    return took
