"""Whether the server can be reached, as the user is told."""

import asyncio

QUIET = 0.4  # seconds without a link before it is worth a word


class Link:
    """Since when the server cannot be reached."""

    def __init__(self) -> None:
        self._since: float | None = None

    def up(self) -> None:
        self._since = None

    def down(self) -> None:
        if self._since is None:
            self._since = asyncio.get_running_loop().time()

    @property
    def gone(self) -> bool:
        since = self._since
        return since is not None and asyncio.get_running_loop().time() - since > QUIET
