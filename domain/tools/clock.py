"""The current time."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import InvalidError


async def current_time(
    context: ToolContext,  # noqa: ARG001 -- every tool takes it
    timezone: Annotated[str, Field(max_length=64)] = "UTC",
) -> str:
    """Tell the current date and time.

    Args:
        timezone: An IANA name such as `Europe/Zurich`.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidError(
            f"There is no time zone {timezone!r}.", code="timezone_unknown"
        ) from None
    return datetime.now(UTC).astimezone(zone).strftime("%A, %Y-%m-%d %H:%M:%S %Z")


CURRENT_TIME: Tool = tool(current_time, effect=Effect.READ, trusted=True, reach=Reach.NOTHING)
