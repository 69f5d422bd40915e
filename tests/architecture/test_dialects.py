"""Dialects stand beside each other: none knows another."""

import ast
from pathlib import Path

import pytest

DIALECTS = Path(__file__).parents[2] / "api" / "dialects"
FAMILIES = ("native", "ai_sdk", "ag_ui", "openai")
FILES = sorted(path.stem for path in DIALECTS.glob("*.py") if path.stem.startswith(FAMILIES))


def family(name: str) -> str | None:
    return next((one for one in FAMILIES if name.startswith(one)), None)


def imported(path: Path) -> set[str]:
    """What it takes from its own folder."""
    found = ast.walk(ast.parse(path.read_text()))
    modules = [node for node in found if isinstance(node, ast.ImportFrom) and node.module]
    return {
        name
        for node in modules
        for name in (
            [alias.name for alias in node.names]
            if node.module == "api.dialects"
            else [str(node.module).removeprefix("api.dialects.")]
            if str(node.module).startswith("api.dialects.")
            else []
        )
    }


@pytest.mark.parametrize("name", FILES)
def test_no_dialect_imports_another(name: str) -> None:
    others = {family(one) for one in imported(DIALECTS / f"{name}.py")} - {None}
    assert others <= {family(name)}


def test_all_dialects_are_looked_at() -> None:
    assert {family(name) for name in FILES} == set(FAMILIES)
