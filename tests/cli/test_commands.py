"""The command as it is typed: help, mistakes, exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.place import find
from models.payloads.events import ApprovalRequested, TurnFailed, TurnStarted
from tests.cli.api import (
    SPACE,
    beside,
    run,
    serve_collections,
    serve_conversation,
    serve_documents,
    serve_search,
)
from tests.cli.edge import Answer, Edge
from tests.cli.logs import AT, SOME, logged, plain_turn

COMMANDS = [
    "chat",
    "ingest",
    "search",
    "collections",
    "agent",
    "policy",
    "approvals",
    "content",
    "mcp",
    "audit",
    "api-key",
    "token",
    "migrate",
    "doctor",
    "version",
    "dev",
    "deploy",
]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No stack nearby, nothing in the environment."""
    for name in ("HOLDFAST_API", "HOLDFAST_TOKEN", "HOLDFAST_SPACE", "HOLDFAST_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("cli.place.stack_files", lambda _: [tmp_path / ".holdfast/stack.json"])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def edge() -> Iterator[Edge]:
    with beside() as running:
        yield running


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    code, said, _ = run(None, command, "--help")

    assert code == 0
    assert "Usage" in said


def test_help_loads_nothing_heavy() -> None:
    heavy = ["httpx2", "pydantic", "sqlalchemy", "temporalio", "prompt_toolkit", "redis"]
    program = (
        f"import sys; import cli.main; print([name for name in {heavy} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert said.stdout.decode().strip() == "[]"


def test_the_version_is_one_line() -> None:
    for arguments in (["version"], ["--version"]):
        code, said, _ = run(None, *arguments)
        assert (code, said.split()[0], len(said.splitlines())) == (0, "holdfast", 1)


def test_bad_arguments_are_exit_code_two() -> None:
    for arguments in (["nonsense"], ["chat", "--conversation", "x"], ["migrate", "sideways"]):
        assert run(None, *arguments)[0] == 2


def test_without_a_stack_one_line_says_what_to_do() -> None:
    code, said, error = run(None, "chat", "-m", "hello")

    assert (code, said) == (1, "")
    assert "No Holdfast found" in error
    assert "make run" in error
    assert "Traceback" not in error


def test_debug_shows_where_an_error_came_from() -> None:
    assert "Traceback" in run(None, "--debug", "chat", "-m", "hello")[2]


def test_a_question_is_answered_on_stdout_with_its_sources(edge: Edge) -> None:
    serve_conversation(edge, [plain_turn()])

    assert run(edge, "chat", "-m", "How many days?") == (
        0,
        "Twenty-five days [1].\n\n[1] Handbook › Leave\n",
        "",
    )


def test_a_question_may_come_through_a_pipe(edge: Edge) -> None:
    serve_conversation(edge, [plain_turn()])
    code, said, _ = run(edge, "chat", stdin="How many days?\n")

    assert (code, said.splitlines()[0]) == (0, "Twenty-five days [1].")


def test_an_empty_question_is_not_sent(edge: Edge) -> None:
    assert run(edge, "chat", stdin=" \n")[0] == 2
    assert edge.received == []


def test_events_are_lines_of_json_when_asked_for(edge: Edge) -> None:
    serve_conversation(edge, [plain_turn()])
    code, said, _ = run(edge, "chat", "--json", "-m", "How many days?")

    kinds = [json.loads(line)["kind"] for line in said.splitlines()]
    assert code == 0
    assert kinds == [event.event.kind for event in plain_turn()]


def test_a_failed_turn_is_a_failed_command(edge: Edge) -> None:
    started = TurnStarted(message_id=SOME, agent="general")
    failed = TurnFailed(code="model_quiet", detail="It fell silent.")
    serve_conversation(edge, [logged(1, [started, failed])])
    code, said, error = run(edge, "chat", "-m", "How many days?")

    assert (code, said) == (1, "")
    assert "It fell silent. (model_quiet)" in error


def test_an_approval_that_nobody_can_give_here_is_said(edge: Edge) -> None:
    requested = ApprovalRequested(
        step=1, approval_id=SOME, call_id="c", tool="publish_note", arguments={}, expires_at=AT
    )
    started = TurnStarted(message_id=SOME, agent="general")
    serve_conversation(edge, [logged(1, [started, requested])])
    code, _, error = run(edge, "chat", "-m", "Publish it")

    assert code == 3
    assert "publish_note" in error
    assert "holdfast chat --conversation" in error


def test_ingest_ends_with_a_table_and_zero_when_something_is_in(edge: Edge, tmp_path: Path) -> None:
    serve_documents(edge)
    (tmp_path / "a.md").write_text("one", encoding="utf-8")
    code, said, _ = run(edge, "ingest", str(tmp_path), str(tmp_path / "missing"))

    assert code == 0
    assert "1 taken in, 1 refused; 3 passages can be searched" in said


def test_ingest_fails_when_nothing_could_be_taken_in(edge: Edge, tmp_path: Path) -> None:
    serve_documents(edge)
    code, said, _ = run(edge, "ingest", "--json", str(tmp_path / "missing"))

    assert code == 1
    assert json.loads(said)["documents"][0]["code"] == "unreadable"


def test_ingest_takes_addresses_and_what_is_said_of_them(edge: Edge) -> None:
    serve_documents(edge)
    arguments = ["https://example.com/", "-c", "brand", "-k", "tone", "-k", "voice"]
    code, said, _ = run(edge, "ingest", *arguments, "--published", "2026-03-01")

    assert (code, "1 taken in" in said) == (0, True)
    assert edge.asked("POST", "/v1/documents")[0].json == {
        "url": "https://example.com/",
        "collection": "brand",
        "keywords": ["tone", "voice"],
        "published_on": "2026-03-01",
    }


def test_an_unknown_collection_is_all_that_is_said(edge: Edge, tmp_path: Path) -> None:
    refusal = {"code": "collection_not_found", "title": "Not found", "detail": "No such one."}
    serve_documents(edge).refused["a.md"] = Answer(404, refusal)
    (tmp_path / "a.md").write_text("one", encoding="utf-8")
    code, said, error = run(edge, "ingest", str(tmp_path / "a.md"), "-c", "brand")

    assert (code, said) == (1, "")
    assert "No such one. (collection_not_found)" in error
    assert "holdfast collections" in error


def test_a_title_is_for_one_document(edge: Edge, tmp_path: Path) -> None:
    code, _, error = run(edge, "ingest", str(tmp_path), "--title", "Guide")
    assert (code, "one document" in error) == (2, True)


def test_search_prints_what_is_found_ranked(edge: Edge) -> None:
    serve_search(edge)
    code, said, error = run(edge, "search", "headlines")

    heading, snippet = [line.rstrip() for line in said.splitlines()[:2]]
    assert (code, error) == (0, "")
    assert heading.split() == [
        "1.",
        "Brand[2J",
        "guide",
        "›",
        "Tone",
        "›",
        "Headlines",
        "page",
        "3",
        "brand",
        "0.83",
    ]
    assert snippet.strip() == "Headlines are short. And warm."
    assert edge.asked("POST", "/v1/search")[0].json == {
        "query": "headlines",
        "top_k": 5,
        "rerank": True,
    }


def test_search_sends_all_that_narrows_it(edge: Edge) -> None:
    serve_search(edge)
    narrowing = ["-c", "brand", "-c", "product", "--language", "en", "--from", "2026-01-01"]
    more = ["--top-k", "20", "--min-score", "0.2", "--no-rerank", "-k", "tone", "--json"]
    code, said, _ = run(edge, "search", "headlines", *narrowing, *more)

    assert (code, json.loads(said)["items"][0]["page"]) == (0, 3)
    assert edge.asked("POST", "/v1/search")[0].json == {
        "query": "headlines",
        "top_k": 20,
        "collections": ["brand", "product"],
        "min_score": 0.2,
        "rerank": False,
        "filters": {"languages": ["en"], "keywords": ["tone"], "published_from": "2026-01-01"},
    }


def test_a_search_that_finds_nothing_says_so_and_why(edge: Edge) -> None:
    serve_search(edge)
    code, said, error = run(edge, "search", "nothing")

    assert (code, said) == (1, "Nothing found.\n")
    assert "embedding_timeout" in error


def test_an_image_finds_pictures_and_their_documents(edge: Edge, tmp_path: Path) -> None:
    serve_search(edge)
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    arguments = ["--image", str(tmp_path / "a.png"), "-c", "brand", "--author", "Ada"]
    code, said, _ = run(edge, "search", *arguments)

    assert code == 0
    assert said.split()[:5] == ["1.", "Deck", "page", "2", "1.00"]
    [request] = edge.asked("POST", "/v1/search")
    for name, value in (("collections", "brand"), ("authors", "Ada"), ("top_k", "5")):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in request.body


def test_a_search_needs_a_question_or_an_image(edge: Edge, tmp_path: Path) -> None:
    for arguments in ([], ["a", "--image", "b.png"], ["--image", str(tmp_path / "missing.png")]):
        code, said, error = run(edge, "search", *arguments)
        assert (code, said, "Traceback" in error) == (2, "", False)


def test_collections_are_shown_made_and_removed(edge: Edge) -> None:
    serve_collections(edge)
    for arguments in ([], ["list"]):
        code, said, _ = run(edge, "collections", *arguments)
        words = said.splitlines()[1].split()
        assert (code, words[:5]) == (0, ["brand", "1,200", "semantic,", "1500", "/"])
        assert said.splitlines()[1].rstrip().endswith("half after 30 days  How we sound")
    for arguments in (["list", "--json"], ["--json"]):
        assert json.loads(run(edge, "collections", *arguments)[1])["items"][0]["name"] == "brand"
    making = ["create", "news", "-d", "Press", "--size", "800", "--recency-days", "30"]
    assert run(edge, "collections", *making)[:2] == (0, "news is there.\n")
    assert edge.asked("POST", "/v1/collections")[0].json == {
        "name": "news",
        "description": "Press",
        "chunking": {"size": 800},
        "recency_days": 30.0,
    }
    assert run(edge, "collections", "delete", "news")[:2] == (0, "news is gone.\n")
    assert len(edge.asked("DELETE", "/v1/collections/news")) == 1


def test_the_local_stacks_token_goes_to_nobody_else(tmp_path: Path) -> None:
    (tmp_path / ".holdfast").mkdir()
    written = {"api": "http://127.0.0.1:1", "token": "secret", "space_id": SPACE}
    (tmp_path / ".holdfast/stack.json").write_text(json.dumps(written), encoding="utf-8")

    assert find(None, None, None).token == "secret"
    assert find("http://127.0.0.1:1/", None, None).token == "secret"
    code, _, error = run(None, "chat", "--api", "http://elsewhere.example", "-m", "hello")
    assert code == 1
    assert "No token for http://elsewhere.example" in error


def test_doctor_says_what_to_do_when_nothing_runs() -> None:
    code, said, _ = run(None, "doctor", "--json")

    assert code == 1
    checks = {check["name"]: check for check in json.loads(said)["checks"]}
    assert checks["python"]["ok"]
    assert checks["stack"]["mend"] == "Start one with `make run`."


def test_a_token_needs_an_identity_to_be_made_with(tmp_path: Path) -> None:
    code, said, error = run(None, "token", "--data", str(tmp_path))

    assert (code, said) == (1, "")
    assert "no stack was ever started there" in error
