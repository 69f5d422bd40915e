"""Few at once under one key; the rest wait, or are told to come again."""

import asyncio

import pytest

from adapters.engine.turnstile import CrowdedError, Turnstile

PATIENT = 60.0


async def test_no_more_than_its_width_are_through_at_once() -> None:
    turnstile = Turnstile(2, 100, PATIENT)
    through = most = 0

    async def one() -> None:
        nonlocal through, most
        async with turnstile.through("a"):
            through += 1
            most = max(most, through)
            await asyncio.sleep(0)
            through -= 1

    await asyncio.gather(*(one() for _ in range(50)))
    assert most == 2


async def test_one_key_does_not_hold_up_another() -> None:
    turnstile = Turnstile(1, 1, PATIENT)
    async with turnstile.through("a"), turnstile.through("b"):
        with pytest.raises(CrowdedError):
            async with turnstile.through("a"):
                pass


async def test_who_waits_too_long_is_told_so_and_leaves_room() -> None:
    turnstile = Turnstile(1, 2, 0.01)
    async with turnstile.through("a"):
        for _ in range(5):
            with pytest.raises(CrowdedError):
                async with turnstile.through("a"):
                    pass
    async with turnstile.through("a"):
        pass
    assert not turnstile._gates


async def test_a_cancelled_wait_and_a_failure_leave_room() -> None:
    turnstile = Turnstile(1, 2, PATIENT)

    async def enter() -> None:
        async with turnstile.through("a"):
            raise ValueError

    async with turnstile.through("a"):
        waiting = asyncio.create_task(enter())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(ValueError, match=r"^$"):
        await enter()
    async with turnstile.through("a"):
        pass
    assert not turnstile._gates
