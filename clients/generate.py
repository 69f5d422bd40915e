"""Make the typed clients of the OpenAPI file: `make clients`."""

import argparse
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from jinja2 import Environment

from api.edge import build

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = ROOT / "clients" / "python" / "holdfast_client"
TYPESCRIPT: Final = ROOT / "clients" / "typescript"
BIN: Final = Path(sys.executable).parent
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SIMPLE: Final = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}
_TEMPLATE: Final = '''"""Every operation that takes and gives JSON. Generated: `make clients`."""

from typing import Any
from uuid import UUID, uuid4

from holdfast_client import models
from holdfast_client.client import Client, query_of, read, written


class Operations:
    """The API by its operations' names. ApiError, UnreachableError."""

    def __init__(self, client: Client) -> None:
        self._client = client
{% for one in operations %}

    async def {{ one.name }}({{ one.parameters }}) -> {{ one.answer or "None" }}:
        """{{ one.told }}"""
        {% if one.answer %}
        response = await self._client.ask({{ one.arguments }})
        return {{ one.read }}
        {% else %}
        await self._client.ask({{ one.arguments }})
        {% endif %}
{% endfor %}
'''


# The generator writes defaults of nested models as they stand in JSON, which pydantic reads.
_HEADER: Final = '''"""What operations take and give, and every event. Generated: `make clients`."""
# mypy: disable-error-code="assignment, list-item"'''


def main() -> int:
    parser = argparse.ArgumentParser(prog="make clients", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether they are current")
    check = parser.parse_args().check
    stale = []
    with TemporaryDirectory() as folder:
        for path, made in _generated(build().openapi(), Path(folder)):
            if path.read_bytes() != made.read_bytes():
                stale.append(path.relative_to(ROOT))
                if not check:
                    path.write_bytes(made.read_bytes())
    for path in stale:
        sys.stdout.write(f"{path} {'is not what the API is: make clients' if check else 'made'}\n")
    return 1 if check and stale else 0


def _generated(document: dict[str, Any], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each file, and what it should hold."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(document))
    _models(described, folder / "models.py")
    operations = [found for found in _operations(document) if found is not None]
    python = Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no page
    source = python.from_string(_TEMPLATE).render(operations=operations)
    (folder / "operations.py").write_text(source)
    for command in (("check", "--fix", "--select", "I,F"), ("format",)):
        quiet = (*command, "--quiet", "--no-cache", "--config", ROOT / "pyproject.toml")
        subprocess.run([BIN / "ruff", *quiet, folder], check=True)
    yield PYTHON / "models.py", folder / "models.py"
    yield PYTHON / "operations.py", folder / "operations.py"
    if (TYPESCRIPT / "node_modules").is_dir():
        program = TYPESCRIPT / "node_modules" / ".bin" / "openapi-typescript"
        made = folder / "schema.d.ts"
        subprocess.run([program, described, "--output", made], check=True, capture_output=True)
        yield TYPESCRIPT / "src" / "schema.d.ts", made


def _models(described: Path, made: Path) -> None:
    command: list[str | Path] = [
        *(BIN / "datamodel-codegen", "--input", described, "--input-file-type", "openapi"),
        *("--output-model-type", "pydantic_v2.BaseModel", "--output", made),
        *("--base-class", "holdfast_client.base.Base", "--target-python-version", "3.11"),
        *("--use-standard-collections", "--use-union-operator", "--use-annotated"),
        *("--enum-field-as-literal", "one", "--use-double-quotes", "--disable-timestamp"),
        *("--use-schema-description", "--formatters", "builtin"),
        *("--custom-file-header", _HEADER),
    ]
    subprocess.run(command, check=True)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
    for address, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods and address.startswith("/v1/"):
                yield _operation(address, method, methods[method])


def _operation(address: str, method: str, told: dict[str, Any]) -> dict[str, Any] | None:
    """None for what takes files or gives something else than JSON: streams, and bytes."""
    answer, body = _answer(told), _body(told)
    if answer is False or body is False:
        return None
    given = told.get("parameters", [])
    keyed = any(one["name"].lower() == "idempotency-key" for one in given)
    query = [one for one in given if one["in"] == "query"]
    parameters = ["self", *(_declared(one) for one in given if one["in"] == "path")]
    parameters += [f"body: {body}"] if body else []
    parameters += ["*"] if query or keyed else []
    parameters += [f"{_declared(one)} | None = None" for one in query]
    parameters += ["key: UUID | None = None"] if keyed else []
    arguments = [repr(method.upper()), f'f"{address}"' if "{" in address else repr(address)]
    if query:
        names = ", ".join(f"{one['name']}={one['name']}" for one in query)
        arguments.append(f"query=query_of({names})")
    if body:
        arguments.append("body=written(body)")
    if keyed:
        arguments.append("key=key or uuid4()")
    elif method == "post" and not told.get("x-repeatable"):
        # What may create something each time is sent once.
        arguments.append("repeat=False")
    named = str(answer).startswith("models.")
    return {
        "name": _snake(told["operationId"]),
        "parameters": ", ".join(parameters),
        "arguments": ", ".join(arguments),
        "answer": answer,
        "read": f"read({answer}, response)" if named else "response.json()",
        "told": _told(told.get("description", "")),
    }


def _told(text: str) -> str:
    """As a docstring of a method."""
    plain = " ".join(text.split()).replace('"', "'").replace("\\", "/")
    return textwrap.fill(plain, 88, subsequent_indent=" " * 8, break_on_hyphens=False)


def _declared(parameter: dict[str, Any]) -> str:
    return f"{parameter['name']}: {_kind(parameter['schema'])}"


def _answer(told: dict[str, Any]) -> str | bool:
    """A model's name, "" for nothing, False for what is no JSON alone."""
    for status, answer in sorted(told["responses"].items(), reverse=True):
        if status.startswith("2"):
            content = set(answer.get("content", {})) - {"text/event-stream"}
            if not content:
                if "content" in answer:
                    return False
                continue
            if content != {"application/json"}:
                return False
            found = _named(answer["content"]["application/json"].get("schema", {}))
            return found or "Any"
    return ""


def _body(told: dict[str, Any]) -> str | bool:
    body = told.get("requestBody")
    if body is None:
        return ""
    content = body["content"]
    if "application/json" not in content:
        return False
    schema = content["application/json"]["schema"]
    optional = not body.get("required", False)
    found = _named(schema) or next(
        (name for part in schema.get("anyOf", []) if (name := _named(part))), ""
    )
    if not found:
        return False
    return f"{found} | None" if optional else found


def _named(schema: dict[str, Any]) -> str:
    reference = schema.get("$ref")
    if not reference:
        return ""
    return "models." + re.sub(r"[^A-Za-z0-9]", "", reference.rpartition("/")[2])


def _kind(schema: dict[str, Any]) -> str:
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    first = parts[0] if parts else {}
    if named := _named(first):
        return named
    if first.get("type") == "array":
        return f"list[{_kind(first.get('items', {}))}]"
    return "UUID" if first.get("format") == "uuid" else _SIMPLE.get(first.get("type", ""), "str")


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


if __name__ == "__main__":
    sys.exit(main())
