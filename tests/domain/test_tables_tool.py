"""What a model sees of a question's rows."""

from collections.abc import Sequence
from uuid import uuid4

from domain.ports.space_tables import Rows
from domain.tools.markdown import table
from domain.tools.tables import query_tool
from domain.tools.tool import ToolContext
from models.payloads.scope import Scope, TurnKey


class FixedTables:
    schema = "notes(id uuid, title)\nusage(id uuid)"

    def __init__(self, rows: Sequence[tuple[str | None, ...]], *, cut: bool = False) -> None:
        self.answer = Rows(("title", "author"), rows, cut)
        self.asked: list[tuple[Scope, str]] = []

    async def query(self, scope: Scope, sql: str) -> Rows:
        self.asked.append((scope, sql))
        return self.answer


def a_context() -> ToolContext:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    turn = TurnKey(scope=scope, conversation_id=uuid4(), turn_id=uuid4())
    return ToolContext(turn, uuid4())


async def test_rows_are_a_table_and_ask_in_the_turns_space() -> None:
    tables = FixedTables([("a|b\nc", None), ("\\", "me")])
    context = a_context()
    text = await query_tool(tables).run(context, {"sql": "SELECT 1"})
    assert text.splitlines() == [
        "| title | author |",
        "| --- | --- |",
        "| a\\|b c | NULL |",
        "| \\\\ | me |",
    ]
    assert tables.asked == [(context.turn.scope, "SELECT 1")]


async def test_more_rows_than_shown_are_told() -> None:
    text = await query_tool(FixedTables([("a", "b")], cut=True)).run(a_context(), {"sql": "S"})
    assert "there are more" in text
    assert await query_tool(FixedTables([])).run(a_context(), {"sql": "S"}) == "No rows."


def test_a_table_is_bounded() -> None:
    text, shown = table(["x"], [["y" * 100]] * 1_000, most=1_000)
    assert len(text) <= 1_000
    assert shown == 9


def test_the_model_reads_which_tables_there_are() -> None:
    schema = query_tool(FixedTables([])).schema
    assert schema.description.endswith("notes(id uuid, title)\nusage(id uuid)")
    assert schema.parameters["properties"]["sql"]["description"] == "One SELECT statement."
