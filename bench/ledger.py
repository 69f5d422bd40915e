"""The model server's own count of what it was asked."""

import json

from local.probe import fetched

# Taking up an answer that the provider kept is no new call.
ASKING = ("chat", "responses.create")


async def calls(port: int, marker: str) -> int:
    """How often an answer was asked for whose message holds the marker."""
    count = 0
    for kind in ASKING:
        body = await fetched(port, f"/ledger?kind={kind}&marker={marker}")
        count += 0 if body is None else int(json.loads(body)["count"])
    return count
