"""Judge a model's SQL by what it parses to, and write anew what was judged."""

import logging
import re
from collections.abc import Iterator
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from adapters.space_tables.offered import SCHEMA, TABLES
from adapters.space_tables.vocabulary import JOINING, MOST_JOINED, NAMED, NODES, TYPES
from models.errors import InvalidError

# Long enough for a report; judging takes 85 ms at the most.
MOST_CHARACTERS: Final = 4_000
_WORD: Final = re.compile(r"[A-Za-z_]{1,30}", re.ASCII)
_DIALECT: Final = "postgres"

# It would log the statements that it does not understand: a space's words.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


def checked(sql: str) -> str:
    """One SELECT over the offered tables, written anew from what was understood and judged, so
    that nothing runs which was understood otherwise. InvalidError("sql_invalid")."""
    if len(sql) > MOST_CHARACTERS or "\x00" in sql:
        raise invalid(f"A statement has at most {MOST_CHARACTERS} characters, none of them NUL.")
    written = _written(sql)
    # What was written must mean the same again: no literal got out of its quotes.
    if _written(written) != written:
        raise invalid("Write it in a plainer way.")
    return written


def _written(sql: str) -> str:
    tree = _parsed(sql)
    ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for name in ctes:
        # An outer reference that its WITH does not reach must find no table of that name.
        if name.startswith("pg_") or name in TABLES:
            raise invalid(f"Choose another name than {name} in WITH.")
    for node in tree.walk():
        _judge(node)
    _judge_length(tree)
    for table in tree.find_all(exp.Table):
        _settle(table, ctes)
    return tree.sql(_DIALECT, identify=True, comments=False)


def invalid(why: str) -> InvalidError:
    return InvalidError(why[:500], code="sql_invalid")


def _parsed(sql: str) -> exp.Query:
    try:
        statements = [one for one in sqlglot.parse(sql, read=_DIALECT) if one is not None]
        if len(statements) != 1:
            raise invalid("Send exactly one statement.")
        tree = normalize_identifiers(statements[0], dialect=_DIALECT)
    except SqlglotError as error:
        said = re.sub(r"\x1b\[\d*m", "", str(error))
        raise invalid(f"It cannot be parsed: {said}") from None
    except RecursionError:
        raise invalid("It is nested too deeply.") from None
    if not isinstance(tree, exp.Query):
        raise invalid("Only SELECT is possible: nothing can be changed from here.")
    return tree


def _judge(node: exp.Expr) -> None:
    possible = type(node) in NODES
    match node:
        case exp.Anonymous():
            possible = str(node.this).lower() in NAMED
        case exp.DataType():
            possible = node.this in TYPES
        case exp.Var():
            possible = _WORD.fullmatch(str(node.this)) is not None
        case exp.With():
            possible = not node.args.get("recursive")
        case exp.Array():
            possible = node.find(exp.Query) is None
        case exp.Column():
            possible = not (node.args.get("db") or node.args.get("catalog"))
    if not possible:
        raise invalid(f"{_name(node)} is not possible here.")


def _name(node: exp.Expr) -> str:
    match node:
        case exp.Anonymous():
            return f"The function {str(node.this).lower()[:60]}"
        case exp.Func():
            return f"The function {node.sql_name().lower()}"
        case exp.With():
            return "WITH RECURSIVE"
        case exp.DataType() | exp.Array() | exp.Column() | exp.Var():
            return node.sql(_DIALECT)[:60]
    return type(node).__name__


def _joined(tree: exp.Expr) -> Iterator[int]:
    for node in tree.find_all(*JOINING):
        yield len(node.expressions) or 2


def _judge_length(tree: exp.Expr) -> None:
    if sum(_joined(tree)) > MOST_JOINED:
        raise invalid(f"At most {MOST_JOINED} texts can be joined together in one statement.")


def _settle(table: exp.Table, ctes: set[str]) -> None:
    """Name the schema of an offered table; what is none must be a CTE."""
    if not isinstance(table.this, exp.Identifier) or table.args.get("catalog"):
        raise invalid("Name the tables plainly.")
    name, schema = table.name, table.db
    if name in TABLES and schema in {"", SCHEMA}:
        table.set("db", exp.to_identifier(SCHEMA, quoted=True))
    elif schema or name not in ctes:
        raise invalid(f"There is no table {name[:60]}. There are: {', '.join(TABLES)}.")
