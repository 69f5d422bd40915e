"""Wait on a condition."""

from functools import partial

import psutil  # type: ignore[import-untyped]  # has no stubs

from tests import waiting

LIMIT = 30.0  # seconds: for a machine under load; a condition usually holds at once

until = partial(waiting.until, seconds=LIMIT)


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
