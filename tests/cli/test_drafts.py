"""Content, as it is typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.cli import api
from tests.cli.edge import Answer, Edge

ID = UUID(int=7)
ITEM: dict[str, Any] = {
    "id": str(ID),
    "kind": "email",
    "state": "draft",
    "version": 2,
    "review_id": None,
    "versions": [
        {"number": 1, "title": "Old", "text": "Old", "note": "Shorter\x1b[2J, please."},
        {"number": 2, "title": "Spring", "text": "Dear \x1b[31mreader", "note": ""},
    ],
}


@pytest.fixture
def edge() -> Iterator[Edge]:
    with api.beside() as running:
        running.routes[("GET", "/v1/content")] = lambda _: Answer(200, {"items": [ITEM]})
        running.routes[("GET", f"/v1/content/{ID}")] = lambda _: Answer(200, ITEM)
        running.routes[("POST", "/v1/content")] = lambda asked: Answer(
            201, {**ITEM, "versions": [{**asked.json, "number": 1, "note": ""}]}
        )
        running.routes[("POST", f"/v1/content/{ID}/submit")] = lambda _: Answer(
            202, {**ITEM, "state": "in_review", "review_id": str(UUID(int=8))}
        )
        yield running


def run(edge: Edge, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    return api.run(edge, "content", *arguments, stdin=stdin)


def test_lists_have_the_newest_title(edge: Edge) -> None:
    code, out, _ = run(edge)
    assert code == 0
    assert "Spring" in out
    assert "Old" not in out
    assert json.loads(run(edge, "list", "--json")[1])["items"] == [ITEM]


def test_a_text_is_shown_with_its_notes_and_no_escapes(edge: Edge) -> None:
    code, out, _ = run(edge, "show", str(ID))
    assert code == 0
    assert "note on version 1" in out
    assert "\x1b[2J" not in out
    assert "\x1b[31m" not in out


def test_a_draft_is_made_of_a_file_or_what_is_typed(edge: Edge, tmp_path: Path) -> None:
    file = tmp_path / "draft.md"
    file.write_text("Dear reader")
    for name, stdin in ((str(file), None), ("-", "Dear reader")):
        code, out, _ = run(edge, "create", "email", "Spring", name, stdin=stdin)
        assert (code, out.split()[0]) == (0, "Draft")
    sent = [asked.json for asked in edge.received if asked.method == "POST"]
    assert sent == [{"kind": "email", "title": "Spring", "text": "Dear reader"}] * 2


def test_what_is_no_text_is_refused_before_it_is_sent(edge: Edge, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff\xfe")
    (tmp_path / "long.md").write_bytes(b"x" * 200_001)
    for name, why in (("a.bin", "UTF-8"), ("long.md", "longer"), ("none.md", "cannot be read")):
        code, _, err = run(edge, "create", "email", "Spring", str(tmp_path / name))
        assert code == 2
        assert why in err
    assert not edge.received


def test_submitting_says_where_the_verdict_is_given(edge: Edge) -> None:
    code, out, _ = run(edge, "submit", str(ID))
    assert code == 0
    assert f"holdfast approvals show {UUID(int=8)}" in out


def test_submitting_may_name_the_version_that_was_read(edge: Edge) -> None:
    assert run(edge, "submit", str(ID), "--version", "2")[0] == 0
    assert edge.received[-1].json == {"expected": 2}
