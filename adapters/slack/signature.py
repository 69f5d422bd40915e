"""Whether Slack sent exactly these bytes, and lately."""

import re
import time
from collections.abc import Callable
from typing import Final

from slack_sdk.signature import Clock, SignatureVerifier

from models.errors import IdentityError

# Slack's own limit; its verifier has the same.
WINDOW: Final = 300.0  # seconds
# `int` reads signs, blanks, underscores and other scripts' digits, and raises on the rest.
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(r"v0=[0-9a-f]{64}")


class _Clock(Clock):
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


class Signature:
    """Compared in constant time, over the body as it came."""

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._verifier = SignatureVerifier(secret, _Clock(now))

    def check(self, body: bytes, timestamp: str | None, signature: str | None) -> None:
        """IdentityError, whose code says why."""
        if timestamp is None or signature is None:
            raise _refused("missing", "The signature or its time is missing.")
        if _SECONDS.fullmatch(timestamp) is None:
            raise IdentityError("The signature's time is no time.", code="slack_timestamp_invalid")
        if abs(self._now() - int(timestamp)) > WINDOW:
            raise IdentityError("This was sent too long ago.", code="slack_request_old")
        if _SIGNATURE.fullmatch(signature) is None or not self._matches(body, timestamp, signature):
            raise _refused("wrong", "Slack did not sign this.")

    def _matches(self, body: bytes, timestamp: str, signature: str) -> bool:
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:  # it signs text: what is none is not from Slack
            return False


def _refused(why: str, detail: str) -> IdentityError:
    return IdentityError(detail, code=f"slack_signature_{why}")
