"""What the stack's processes find in their environment."""

import os
from datetime import timedelta

from local import identity, people, vault
from local.leftover import MARK
from local.paths import Folder, programs

# What a server of ours needs of the user's environment; their keys and tokens are not in it.
FOR_SERVERS = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "XDG_CACHE_HOME")

# For programs that measure or break: they pay for the counting, and are never held back.
UNHURRIED = {
    "HOLDFAST_RATES__TIERS__ENTERPRISE__REQUESTS": "10000000",
    "HOLDFAST_RATES__TIERS__ENTERPRISE__TOKENS": "1000000000000",
    "HOLDFAST_RATES__DEFAULT_TIER": "enterprise",
    "HOLDFAST_RATES__STREAMS": "1000000",
}


def for_servers(folder: Folder) -> dict[str, str]:
    kept = {name: os.environ[name] for name in FOR_SERVERS if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", MARK: str(folder.root)}


def for_product(
    folder: Folder, addresses: dict[str, str], idle: timedelta | None
) -> dict[str, str]:
    """The edge's and the worker's: the user's own, with this stack's addresses put in."""
    settings = {
        "HOLDFAST_IDENTITY__JWKS_FILE": str(identity.jwks_file(folder.root)),
        "HOLDFAST_IDENTITY__ISSUER": identity.ISSUER,
        "HOLDFAST_IDENTITY__AUDIENCE": identity.AUDIENCE,
        people.VARIABLE: str(people.file(folder.root)),
        vault.VARIABLE: os.environ.get(vault.VARIABLE, str(vault.key_file(folder.root))),
        "HOLDFAST_ORIGINALS__URL": str(folder.originals),
        "PYTHONUNBUFFERED": "1",
        # One that is free for each worker, which logs it.
        "HOLDFAST_METRICS_PORT": os.environ.get("HOLDFAST_METRICS_PORT", "0"),
        # Whoever is here is the only one here.
        "HOLDFAST_RATES__DEFAULT_TIER": os.environ.get(
            "HOLDFAST_RATES__DEFAULT_TIER", "enterprise"
        ),
        "HOLDFAST_LOG__FORMAT": os.environ.get("HOLDFAST_LOG__FORMAT", "text"),
        MARK: str(folder.root),
        **addresses,
    }
    if idle is not None:
        settings["HOLDFAST_SESSION__IDLE_WINDOW"] = f"PT{idle.total_seconds():g}S"
    settings["PATH"] = os.pathsep.join([str(programs()), os.environ.get("PATH", os.defpath)])
    return {**os.environ, **settings}
