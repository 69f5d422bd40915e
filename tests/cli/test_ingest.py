"""Taking files in: one bad file is one bad file."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import pytest
from holdfast_client.client import ApiError, Client

from cli.files import Address, Unusable, found, named
from cli.ingest import Intake, doing
from cli.intake import Entry, Silence, State, report
from tests.cli.api import Documents, serve_documents
from tests.cli.edge import Answer, Edge, running

SPACE = UUID(int=2)


def folder(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


async def taken_in(edge: Edge, *paths: Path, still: float = 600.0) -> list[Entry]:
    async with Client(edge.url, "token", SPACE) as client:
        intake = Intake(client, found(paths), Silence(), still)
        await intake.run()
        return sorted(intake.entries, key=lambda entry: entry.path)


async def addressed(edge: Edge, *texts: str, **said: object) -> list[Entry]:
    async with Client(edge.url, "token", SPACE) as client:
        intake = Intake(client, found(named(texts)), Silence(), said=said)
        await intake.run()
        return sorted(intake.entries, key=lambda entry: entry.path)


def states(entries: Iterable[Entry]) -> dict[str, tuple[State, str]]:
    return {Path(entry.path).name: (entry.state, entry.code) for entry in entries}


async def test_each_file_ends_with_what_became_of_it(tmp_path: Path) -> None:
    files = {"a.md": "one", "b/c.md": "two", "d.png": "three", "e.md": "four", "f.md": "x" * 1_001}
    async with running() as edge:
        documents = serve_documents(edge)
        documents.refused["d.png"] = Answer(
            415, {"code": "document_type_unsupported", "title": "No", "detail": "PNG is not read."}
        )
        documents.failing.add("e.md")
        entries = await taken_in(edge, folder(tmp_path, files))

    assert states(entries) == {
        "a.md": (State.IN, ""),
        "c.md": (State.IN, ""),
        "d.png": (State.REFUSED, "document_type_unsupported"),
        "e.md": (State.FAILED, "document_broken"),
        "f.md": (State.REFUSED, "document_too_large"),
    }
    assert [entry.passages for entry in entries] == [3, 3, 0, 0, 0]
    assert all(b"x" * 1_001 not in request.body for request in edge.received)


async def test_what_is_in_already_is_recognised(tmp_path: Path) -> None:
    async with running() as edge:
        serve_documents(edge)
        root = folder(tmp_path, {"a.md": "one"})
        await taken_in(edge, root)
        assert states(await taken_in(edge, root)) == {"a.md": (State.KNOWN, "")}


async def test_a_document_that_never_gets_ready_is_left_to_the_server(tmp_path: Path) -> None:
    async with running() as edge:
        serve_documents(edge).never_ready = True
        entries = await taken_in(edge, folder(tmp_path, {"a.md": "one"}), still=0.2)

    assert states(entries) == {"a.md": (State.UNFINISHED, "")}


async def test_a_token_without_the_right_ends_it_at_once(tmp_path: Path) -> None:
    async with running() as edge:
        documents: Documents = serve_documents(edge)
        documents.refused["a.md"] = Answer(403, {"code": "role_required", "detail": "member"})
        with pytest.raises(ApiError) as caught:
            await taken_in(edge, folder(tmp_path, {"a.md": "one"}))

    assert caught.value.code == "role_required"


async def test_a_busy_server_is_waited_for(tmp_path: Path) -> None:
    async with running() as edge:
        documents = serve_documents(edge)
        edge.routes[("POST", "/v1/documents")] = lambda request: (
            Answer(503, None, {"Retry-After": "0"})
            if len(edge.asked("POST", "/v1/documents")) < 3
            else documents.add(request)
        )
        entries = await taken_in(edge, folder(tmp_path, {"a.md": "one"}))

    assert states(entries) == {"a.md": (State.IN, "")}


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    folder(tmp_path, {"b.md": "", "a/z.md": "", ".git/config": "", ".hidden": "", "a/.x": ""})

    assert list(found([tmp_path])) == [tmp_path / "a/z.md", tmp_path / "b.md"]
    assert list(found([tmp_path / ".hidden"])) == [tmp_path / ".hidden"]


def test_links_in_a_circle_end_and_each_file_comes_once(tmp_path: Path) -> None:
    folder(tmp_path, {"a/b.md": "x"})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "c.md").symlink_to(tmp_path / "a" / "b.md")
    (tmp_path / "self").symlink_to(tmp_path / "self")

    entries = list(found([tmp_path, tmp_path]))
    assert [entry for entry in entries if isinstance(entry, Path)] == [tmp_path / "a/b.md"]
    assert {type(entry) for entry in entries} == {type(tmp_path), Unusable}


def test_what_cannot_be_read_is_named_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    pipe, missing = found([tmp_path / "pipe", tmp_path / "missing"])
    assert isinstance(pipe, Unusable)
    assert isinstance(missing, Unusable)
    assert (pipe.why, missing.why) == ("neither a file nor a folder", "no such file or directory")


async def test_a_name_that_is_no_text_is_sent_all_the_same(tmp_path: Path) -> None:
    folder(tmp_path, {os.fsdecode(b'\xff"\x1b[2J.md'): "one"})
    async with running() as edge:
        serve_documents(edge)
        entries = await taken_in(edge, tmp_path)

    assert [entry.state for entry in entries] == [State.IN]


def test_the_table_counts_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    report(
        [
            Entry("a.md", State.IN, "1", passages=1_234),
            Entry("b\x1b[2J.png", State.REFUSED, code="unsupported", detail="PNG is not read."),
        ]
    )
    said = capsys.readouterr().out

    assert "1 taken in, 1 refused; 1,234 passages can be searched" in said
    assert "PNG is not read. (unsupported)" in said
    assert "\x1b" not in said


async def test_addresses_are_sent_once_each_and_fetched_by_the_server(tmp_path: Path) -> None:
    folder(tmp_path, {"a.md": "one"})
    page = "https://example.com/press"
    async with running() as edge:
        serve_documents(edge).refused["http://10.0.0.1/"] = Answer(
            422, {"code": "url_forbidden", "title": "No", "detail": "It leads inside."}
        )
        entries = await addressed(edge, page, str(tmp_path), page, "http://10.0.0.1/")
        sent = [one.json for one in edge.asked("POST", "/v1/documents") if b"url" in one.body]

    assert {entry.path: entry.state for entry in entries} == {
        page: State.IN,
        "http://10.0.0.1/": State.REFUSED,
        str(tmp_path / "a.md"): State.IN,
    }
    assert sorted(one["url"] for one in sent) == sorted([page, "http://10.0.0.1/"])


async def test_what_is_said_of_documents_goes_with_each(tmp_path: Path) -> None:
    folder(tmp_path, {"a.md": "one"})
    said = {"collection": "brand", "author": "Ada", "keywords": ["tone", "voice"]}
    async with running() as edge:
        serve_documents(edge)
        await addressed(edge, "https://example.com/", str(tmp_path), **said)
        bodies = [one.body for one in edge.asked("POST", "/v1/documents")]
        [page] = [json.loads(body) for body in bodies if body.startswith(b"{")]
        [form] = [body for body in bodies if not body.startswith(b"{")]

    assert page == {**said, "url": "https://example.com/"}
    for name, value in (("collection", "brand"), ("author", "Ada"), ("keywords", "voice")):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in form


async def test_an_unknown_collection_ends_it_at_once(tmp_path: Path) -> None:
    async with running() as edge:
        refusal = {"code": "collection_not_found", "detail": "There is no collection brand."}
        serve_documents(edge).refused["a.md"] = Answer(404, refusal)
        with pytest.raises(ApiError) as caught:
            await taken_in(edge, folder(tmp_path, {"a.md": "one"}))

    assert caught.value.code == "collection_not_found"


async def test_what_is_in_another_collection_is_said_to_stay_there(tmp_path: Path) -> None:
    folder(tmp_path, {"a.md": "one"})
    async with running() as edge:
        serve_documents(edge)
        await addressed(edge, str(tmp_path))
        [entry] = await addressed(edge, str(tmp_path), collection="brand")

    assert (entry.state, entry.detail) == (State.KNOWN, "stays in general")


def test_progress_is_shown_with_counts() -> None:
    document = {"status": "processing", "passages": 1_240, "embedded": 250, "progress": 0.3}
    assert doing(document) == "250 of 1,240 passages"
    assert doing({"status": "queued"}) == "waiting"
    assert doing({"status": "processing", "passages": 0}) == "reading"


def test_addresses_stand_in_the_table_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    report([Entry("https://example.com/a", State.IN, "1", 3), Entry("/opt/a/b.md", State.IN, "2")])
    said = capsys.readouterr().out

    assert "https://example.com/a " in said
    assert "in /opt/a\n" in said


def test_a_text_is_an_address_or_a_path() -> None:
    meant = [Address("HTTPS://example.com"), Path("https.md"), Path("/a")]
    assert list(named(["HTTPS://example.com", "https.md", "/a"])) == meant
