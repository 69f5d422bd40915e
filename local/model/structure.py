"""Structured output: a small valid instance of a JSON schema, filled from what was said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from local.model.conversation import Conversation, Json
from local.model.extract import Extract, extract_from
from local.model.problems import ProblemError

# A schema may refer to itself; below this depth the shortest instance is taken.
DEEPEST = 8
# Values and lookups for one instance: a schema that doubles at each level stops here.
MOST_VALUES = 20_000
LONGEST_STRING = 100_000
FORMATS = {
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "date-time": "1970-01-01T00:00:00Z",
    "duration": "P0D",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "email": "nobody@example.com",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
}
# Property names that hold an extract, by what they hold.
TITLES = re.compile(r"title|subject|headline|topic$")
SUMMARIES = re.compile(r"summary|abstract|overview|answer|reply|text|query|question|input|content")
ENTITIES = re.compile(r"entit|people|organi[sz]ation|names|topics|keywords|tags")
ACTIONS = re.compile(r"action|todo|task|next_?step|follow_?up")
POINTS = re.compile(r"key_?point|highlight|fact|memor|decision|insight|point|finding")
# The property of an object in a list that takes the item's text.
ITEM_TEXT = ("text", "name", "title", "description", "content", "action", "task", "fact", "value")


def instance_text(instance: object) -> str:
    return orjson.dumps(instance).decode()


def structured(conversation: Conversation) -> Any:  # noqa: ANN401 - any JSON value
    """The conversation's extract in the shape that was asked for."""
    schema = conversation.schema or {}
    if not schema:
        return {"answer": extract_from(conversation).summary}
    return _filled(schema, extract_from(conversation))


def instance_of(schema: Json, *, text: str) -> Any:  # noqa: ANN401 - any JSON value
    """A minimal instance whose strings that ask for text hold this one: a tool's arguments."""
    extract = Extract(title=text, summary=text, entities=(), actions=(), points=())
    return _filled(schema, extract) if schema else {}


def _filled(schema: Json, extract: Extract) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return Filler(schema, extract).value(schema, "", 0)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise SchemaError(f"The schema cannot be read: {error}") from error


class SchemaError(ProblemError):
    """A schema that is none, or whose smallest instance is too large."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="schema", code="invalid_json_schema")


@dataclass(slots=True)
class Filler:
    root: Json
    extract: Extract
    left: int = MOST_VALUES

    def value(self, schema: object, name: str, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        self._count()
        resolved = self._resolved(schema, depth)
        value = self._valued(resolved, name, depth)
        # Nothing was said: null says so better than an empty string.
        return None if value == "" and _nullable(schema) else value

    def _valued(self, schema: Json, name: str, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        if fixed := _fixed(schema):
            return fixed[0]
        match self._type(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._string(schema, name)
            case "integer" | "number" as kind:
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return False
            case _:
                return None

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise SchemaError(f"The instance needs more than {MOST_VALUES} values.")

    def _resolved(self, schema: object, depth: int) -> Json:
        """Follow references, and take the alternative that says most (below the depth: least)."""
        for _ in range(DEEPEST):
            self._count()
            if not isinstance(schema, dict) or depth > 2 * DEEPEST:
                return {}
            choices = schema.get("anyOf") or schema.get("oneOf")
            if isinstance(reference := schema.get("$ref"), str):
                schema = self._at(reference)
            elif isinstance(choices, list) and choices:
                is_null = [choice == {"type": "null"} for choice in choices]
                wanted = depth > DEEPEST
                schema = choices[is_null.index(wanted)] if wanted in is_null else choices[0]
            elif isinstance(parts := schema.get("allOf"), list):
                schema = _merged(
                    {key: value for key, value in schema.items() if key != "allOf"},
                    [self._resolved(part, depth + 1) for part in parts],
                )
            else:
                return schema
        return {}

    def _at(self, reference: str) -> object:
        place: object = self.root
        for step in reference.removeprefix("#").strip("/").split("/"):
            if step and isinstance(place, dict):
                place = place.get(step.replace("~1", "/").replace("~0", "~"))
        return place

    def _type(self, schema: Json) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            return next((str(choice) for choice in kind if choice != "null"), "null")
        if isinstance(kind, str):
            return kind
        return "object" if "properties" in schema else "string"

    def _object(self, schema: Json, depth: int) -> Json:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {}
        required = schema.get("required", [])
        # Optional ones too, which are what a summary is asked for, until it gets deep.
        wanted = [name for name in properties if depth <= DEEPEST / 2 or name in required]
        if depth > 2 * DEEPEST:
            return {}
        return {name: self.value(properties[name], name, depth + 1) for name in wanted}

    def _array(self, schema: Json, name: str, depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", 10)
        items = self._resolved(schema.get("items", {}), depth + 1)
        if depth > DEEPEST:
            most = least
        texts = self._texts(name)[:most]
        filled = [self._item(items, text, depth) for text in texts]
        empty = [self.value(items, "", depth + 1) for _ in range(max(0, least - len(filled)))]
        return filled + empty

    def _texts(self, name: str) -> Sequence[str]:
        lowered = name.lower()
        if ENTITIES.search(lowered):
            return self.extract.entities
        if ACTIONS.search(lowered):
            return self.extract.actions
        if POINTS.search(lowered):
            return self.extract.points
        return ()

    def _item(self, schema: Json, text: str, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        match self._type(schema):
            case "string" if "enum" not in schema and "const" not in schema:
                return _fitting(text, schema)
            case "object":
                item = self._object(schema, depth + 1)
                properties = schema.get("properties", {})
                for name in ITEM_TEXT:
                    if self._takes_text(properties.get(name), depth):
                        return {
                            **item,
                            name: _fitting(text, self._resolved(properties[name], depth)),
                        }
                return item
            case _:
                return self.value(schema, "", depth + 1)

    def _takes_text(self, schema: object, depth: int) -> bool:
        resolved = self._resolved(schema, depth)
        closed = resolved.keys() & {"enum", "const", "format", "pattern"}
        return bool(resolved) and self._type(resolved) == "string" and not closed

    def _string(self, schema: Json, name: str) -> str:
        if isinstance(kind := schema.get("format"), str) and kind in FORMATS:
            return FORMATS[kind]
        lowered = name.lower()
        if TITLES.search(lowered):
            return _fitting(self.extract.title, schema)
        if SUMMARIES.search(lowered) or lowered == "q":
            return _fitting(self.extract.summary, schema)
        return _fitting("", schema)


def _nullable(schema: object) -> bool:
    if not isinstance(schema, dict):
        return False
    choices = schema.get("anyOf") or schema.get("oneOf") or []
    kind = schema.get("type")
    return {"type": "null"} in choices or (isinstance(kind, list) and "null" in kind)


def _fixed(schema: Json) -> list[Any]:
    """The one value that the schema names, if it names one."""
    for key in ("const", "default"):
        if key in schema:
            return [schema[key]]
    return list(schema.get("enum", []))[:1]


def _merged(schema: Json, parts: list[Json]) -> Json:
    merged = dict(schema)
    for part in parts:
        for key, value in part.items():
            if key == "properties":
                merged[key] = {**merged.get(key, {}), **value}
            elif key == "required":
                merged[key] = [*merged.get(key, []), *value]
            else:
                merged.setdefault(key, value)
    return merged


def _fitting(text: str, schema: Json) -> str:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if shortest > LONGEST_STRING:
        raise SchemaError(f"'minLength' is more than {LONGEST_STRING}.")
    return text.ljust(shortest, "-")[:longest]


def _number(schema: Json, *, whole: bool) -> float:
    step = schema.get("multipleOf") or (1 if whole else 0)
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    low = least if least is not None else above
    high = most if most is not None else below
    if low is not None and low >= 0 and not (low == 0 and above is None):
        value = low if step == 0 else -(-low // step) * step
        if above is not None and value <= above:
            value = above + step if step else above + (1 if high is None else (high - above) / 2)
    elif high is not None and high <= 0:
        value = high if step == 0 else high // step * step
        if below is not None and value >= below:
            value = below - step if step else below - 1
    else:
        value = 0
    return int(value) if whole else value
