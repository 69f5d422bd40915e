"""Which passages the filters leave: their numbers, found through their documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from adapters.store.session import Session
from models.payloads.knowledge import Filters

# One condition for each field that is set; its value is the next parameter.
_CONDITIONS: Final = {
    "collections": "d.collection = ANY({}::text[])",
    "documents": "d.id = ANY({}::uuid[])",
    "authors": "lower(d.author) = ANY({}::text[])",
    "languages": "d.language = ANY({}::text[])",
    "keywords": "EXISTS (SELECT FROM unnest(d.keywords) AS k WHERE lower(k) = ANY({}::text[]))",
    "published_from": "d.published_on >= {}::date",
    "published_to": "d.published_on <= {}::date",
}
_WITHOUT_CASE: Final = frozenset({"authors", "languages", "keywords"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """Numbers of live passages that the filters leave."""

    numbers: npt.NDArray[np.int64]

    def mask(self, size: int) -> npt.NDArray[np.bool_]:
        """By number, `size` of them."""
        allowed = np.zeros(size, np.bool_)
        allowed[self.numbers[self.numbers < size]] = True
        return allowed

    def bits(self, size: int) -> bytes:
        """The same as `get_bit` reads it."""
        return np.packbits(self.mask(size), bitorder="little").tobytes()


def condition(filters: Filters, first: int) -> tuple[str, list[Any]]:
    """What the document `d` must be, as SQL that begins with AND, and its values, whose first
    parameter has the number `first`."""
    clauses = ""
    values: list[Any] = []
    for name, clause in _CONDITIONS.items():
        value = getattr(filters, name)
        if value is None or value == ():
            continue
        clauses += f" AND {clause.format(f'${first + len(values)}')}"
        values.append(_plain(name, value))
    return clauses, values


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - a filter's
    """As the driver takes it, without what Postgres cannot store: nothing there has it either."""
    if not isinstance(value, tuple):
        return value
    texts = [
        one.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        if isinstance(one, str)
        else one
        for one in value
    ]
    return [one.lower() for one in texts] if name in _WITHOUT_CASE else texts


async def allowed(session: Session, filters: Filters | None) -> Allowed | None:
    """None when nothing is filtered."""
    clauses, values = condition(filters or Filters(), 2)
    if not clauses:
        return None
    rows: Sequence[Any] = await session.fetch(
        f"""
        SELECT x.numbers
        FROM document d
        JOIN indexed_document x ON x.space_id = d.space_id AND x.document_id = d.id
        WHERE d.space_id = $1{clauses}
        """,  # noqa: S608 - made of our own parts
        session.scope.space_id,
        *values,
    )
    lists = [np.array(row["numbers"], np.int64) for row in rows]
    return Allowed(np.concatenate(lists) if lists else np.zeros(0, np.int64))
