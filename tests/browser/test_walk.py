"""Random walks through a conversation, in several tabs, while processes die beside them.

By hand, with seeds; without any it is skipped:
`HOLDFAST_WALKS=1-200 HOLDFAST_WALK_STEPS=25 .venv/bin/python -m pytest tests/browser/test_walk.py`.
"""

import os
import re
import sys
from typing import Final

import httpx2
import pytest

from local.stack import Stack
from tests.browser.conftest import Open
from tests.browser.visit import FAILED_REQUESTS
from tests.browser.walk_plan import plan
from tests.browser.walking import Walk

STEPS: Final = int(os.environ.get("HOLDFAST_WALK_STEPS", "14"))


def seeds() -> list[int]:
    """Single ones and spans: `3,17,100-150`."""
    chosen = os.environ.get("HOLDFAST_WALKS", "")
    spans = [re.fullmatch(r"(\d+)(?:-(\d+))?", one.strip()) for one in chosen.split(",")]
    return [
        seed
        for span in spans
        if span is not None
        for seed in range(int(span[1]), int(span[2] or span[1]) + 1)
    ]


@pytest.mark.parametrize("seed", seeds())
async def test_whatever_happens_what_was_shown_is_stored_once_and_shown_everywhere(
    visit: Open, stack: Stack, http: httpx2.AsyncClient, seed: int
) -> None:
    visitor = await visit(**Walk.options)
    visitor.forgiven.append(FAILED_REQUESTS)
    walk = Walk(visitor, stack, http)
    await walk.begin()
    try:
        for step in plan(seed, STEPS):
            await walk.take(step)
        wrong = await walk.end()
    finally:
        sys.stdout.write("\n".join([*walk.done, ""]))
        await walk.recover()
    assert wrong == []
