"""Points in time as callers write them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("moment_invalid", "There is no such moment.") from None


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""In UTC, which is meant too where no zone is said; a day is its beginning."""
