"""A fetcher that has little time for one page, and as much as it is given for the others."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ports.web import Fetched, Fetcher


@dataclass(frozen=True)
class Hurried:
    """Fills the Fetcher port: a page that hangs is late soon, and no other is late at all, however
    slow the machine. The site's robots.txt should be known: half of that time is for asking it."""

    fetcher: Fetcher
    hurried: str

    async def fetch(self, url: str, *, most_bytes: int, within: timedelta) -> Fetched:
        if url == self.hurried:
            within /= 30
        return await self.fetcher.fetch(url, most_bytes=most_bytes, within=within)
