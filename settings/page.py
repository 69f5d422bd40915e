"""`python -m settings.page` writes what the environment may set into `docs/settings.md`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from settings import Settings
from settings.group import Group

PLACE = Path(__file__).parent.parent / "docs" / "settings.md"
_HEAD = """# Settings

What the environment may set for edge and worker, who check it at their start. This page is made of
`settings/` by `python -m settings.page`. An empty value is none. Lists and objects are JSON
(`["https://agents.example.org"]`), times are seconds or ISO 8601 (`90`, `PT1H30M`).
What limits mean in use: [operations.md](operations.md).
"""
_ROW = "| `{name}` | {usual} | {text} |\n"


def page() -> str:
    plain = {name: f for name, f in Settings.model_fields.items() if _group(f) is None}
    parts = [_HEAD, _table("The process", "", _rows("HOLDFAST_", plain))]
    for name, field in Settings.model_fields.items():
        if (group := _group(field)) is not None:
            prefix = f"HOLDFAST_{name.upper()}__"
            text = _line(group.__doc__)
            parts.append(_table(_title(name), text, _rows(prefix, group.model_fields)))
    return "\n".join(parts)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _table(title: str, text: str, rows: Iterator[str]) -> str:
    said = f"{text}\n\n" if text else ""
    return f"## {title}\n\n{said}| Variable | Usually | What |\n|---|---|---|\n{''.join(rows)}"


def _rows(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    for name, field in fields.items():
        text = " ".join([*_choices(field), _line(field.description)]).replace("|", "\\|")
        yield _ROW.format(name=f"{prefix}{name.upper()}", usual=_usual(field), text=text.strip())


def _choices(field: FieldInfo) -> Iterator[str]:
    for kind in (field.annotation, *get_args(field.annotation)):
        if get_origin(kind) is Literal:
            yield ", ".join(f"`{one}`" for one in get_args(kind)) + "."


def _group(field: FieldInfo) -> type[Group] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Group) else None


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _usual(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, timedelta):
        value = f"{value.total_seconds():g}"
    if isinstance(value, frozenset):
        value = sorted(value)
    if value in (None, "", (), {}):
        return ""
    return f"`{value}`"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
