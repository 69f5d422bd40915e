"""What a server says of its tools, within bounds; what cannot be bounded is left out."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.canonical import canonical
from domain.tools.tool import ArgumentsError

# With the server's name and `__` it fits the 64 characters that models take.
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,42}")
# Agents have 40 tools at most; a person looks through these.
MOST_TOOLS: Final = 200
# The longest of the reference servers has 700; each token of it is paid for in every step.
DESCRIPTION_CHARACTERS: Final = 4_000
SCHEMA_BYTES: Final = 32_000


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    description: str
    schema: Mapping[str, Any]
    digest: str


def listed(found: Iterable[tuple[str, str | None, Mapping[str, Any]]]) -> list[Listed]:
    """The first of a name counts. Left out: names that models cannot say, schemas of anything but
    objects, what is too long."""
    kept: dict[str, Listed] = {}
    for name, description, schema in found:
        if len(kept) < MOST_TOOLS and name not in kept:
            one = _one(name, description or "", schema)
            if one is not None:
                kept[name] = one
    return list(kept.values())


def _one(name: str, description: str, schema: Mapping[str, Any]) -> Listed | None:
    if not NAME.fullmatch(name) or len(description) > DESCRIPTION_CHARACTERS:
        return None
    if schema.get("type") != "object":
        return None
    try:
        whole = canonical({"name": name, "description": description, "schema": schema})
    except (ArgumentsError, RecursionError):
        return None
    if len(whole) > SCHEMA_BYTES + DESCRIPTION_CHARACTERS:
        return None
    # As the database gives it back.
    plain = json.loads(whole)
    return Listed(name, plain["description"], plain["schema"], hashlib.sha256(whole).hexdigest())
