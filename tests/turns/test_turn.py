"""Every shape of a turn, on the real engine, store, log and offline model."""

import pytest

from domain.fold import fold
from local.stack import Stack
from models.payloads.events import START
from tests.turns.lab import Lab, lab
from tests.turns.shapes import SHAPES


async def everything(here: Lab) -> None:
    """What a reader of the live log holds is what the store holds."""
    live = fold([event async for event in here.read(START)])
    stored = await here.stored_fold()
    assert live.texts == stored.texts
    assert live.outcomes == stored.outcomes


@pytest.mark.parametrize("name", SHAPES)
async def test_a_turn_takes_this_shape(stack: Stack, name: str) -> None:
    shape = SHAPES[name]
    async with lab(
        stack,
        limits=shape.limits,
        chat_completions=shape.chat_completions,
        agents=shape.cast,
    ) as here:
        await shape.play(here)
        await everything(here)
