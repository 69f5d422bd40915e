"""Parts of a whole that may be late or fail: the others go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

from models.errors import AppError, UnavailableError

Result = TypeVar("Result")


@asynccontextmanager
async def in_time(limit: timedelta, code: str) -> AsyncIterator[None]:
    """UnavailableError with this code when the block takes longer."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError:
        detail = f"It took longer than {limit.total_seconds():g} s."
        raise UnavailableError(detail, code=code) from None


async def outcome_of(work: Awaitable[Result]) -> Result | AppError:
    """Its result, or its failure by name: for what must not fail what runs beside it."""
    try:
        return await work
    except AppError as error:
        return error
