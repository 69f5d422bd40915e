"""JSON schemas as OpenAI takes them."""

import re
from typing import Any

NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
# Deeper schemas are sent, without the promise to keep to them strictly.
DEEPEST_STRICT = 16


def schema_format(schema: dict[str, Any]) -> dict[str, Any]:
    """The `name`, `schema` and `strict` of a structured answer."""
    name = NOT_IN_A_NAME.sub("_", str(schema.get("title", "")))[:64].strip("_")
    return {"name": name or "reply", "schema": schema, "strict": is_strict(schema)}


def is_strict(schema: object, depth: int = 0) -> bool:
    """Whether each object forbids other properties and requires all of its own."""
    if depth > DEEPEST_STRICT:
        return False
    if isinstance(schema, list):
        return all(is_strict(part, depth + 1) for part in schema)
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        closed = schema.get("additionalProperties") is False
        complete = set(schema.get("required", ())) == set(properties or ())
        if not (closed and complete):
            return False
    return all(is_strict(part, depth + 1) for part in schema.values())
