"""Pages that people name by their address."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str
    """Where it was found in the end."""
    media_type: str
    """As the server said, without parameters; empty when it said nothing."""
    name: str
    """A file name made from the address or the server's own."""
    data: bytes


class Fetcher(Protocol):
    async def fetch(self, url: str, *, most_bytes: int, within: timedelta) -> Fetched:
        """GET a public http(s) address. InvalidError url_invalid, url_forbidden (leads inside, or
        a port or scheme that is not for pages), url_robots (its owner asks not to), url_refused
        (401, 403, 451), url_not_found (404, 410), url_failed (other 4xx), url_redirects,
        url_timeout; TooLargeError url_too_large; UnavailableError url_unavailable (retryable:
        429 with its Retry-After, 5xx, no connection)."""
