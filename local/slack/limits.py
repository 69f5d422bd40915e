"""How often a method may be called: Slack's tiers, and refusals that a test asks for."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# Calls a minute, by Slack's tiers; a burst of a few is let through.
TIERS: Final = {
    "conversations.list": 20,
    "conversations.join": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.info": 50,
    "chat.update": 50,
    "chat.delete": 50,
    "chat.postEphemeral": 100,
    "views.open": 100,
    "users.info": 100,
}
USUAL: Final = 100
# One a second in each channel, and more for a moment.
POSTS: Final = 60
BURST: Final = 20


class RateLimitedError(Exception):
    """429, with the seconds to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


@dataclass
class _Bucket:
    left: float
    at: float


class Limits:
    def __init__(self, burst: int = BURST, now: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._now = now
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._ordered: dict[str, list[int]] = {}

    def order(self, method: str, seconds: int, times: int) -> None:
        """The next `times` calls are refused."""
        self._ordered[method] = [seconds] * times

    def spend(self, method: str, channel: str) -> None:
        if self._ordered.get(method):
            raise RateLimitedError(self._ordered[method].pop())
        posts = method == "chat.postMessage"
        rate = (POSTS if posts else TIERS.get(method, USUAL)) / 60
        now = self._now()
        bucket = self._buckets.setdefault(
            (method, channel if posts else ""), _Bucket(self._burst, now)
        )
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            raise RateLimitedError(max(1, math.ceil((1 - bucket.left) / rate)))
        bucket.left -= 1
