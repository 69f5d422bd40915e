"""Ask the space's own tables, in SQL."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.ports.space_tables import SpaceTables
from domain.tools.markdown import table
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool


def query_tool(tables: SpaceTables) -> Tool:
    async def query_tables(
        context: ToolContext,
        sql: Annotated[str, Field(min_length=1, max_length=4_000)],
    ) -> str:
        answer = await tables.query(context.turn.scope, sql)
        if not answer.rows:
            return "No rows."
        text, shown = table(answer.header, answer.rows)
        if shown < len(answer.rows) or answer.cut:
            text += (
                f"\n\nThese are the first {shown} rows; there are more. Aggregate, or ask for less."
            )
        return text

    schema = "\n    ".join(tables.schema.splitlines())
    query_tables.__doc__ = f"""Answer a question about this space's own records with one SELECT.

    PostgreSQL. Joins, WITH, aggregates and window functions work; nothing can be changed. At most
    100 rows come back, each value cut at 500 characters. The tables:

    {schema}

    Args:
        sql: One SELECT statement.
    """
    return tool(query_tables, effect=Effect.READ, reach=Reach.SPACE, timeout=timedelta(seconds=15))
