"""The passages of documents that a message names: those that answer it first, then the rest."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from activities.outcome import outcome_of
from domain.ports.knowledge import Documents
from domain.ports.search import Finder, FindRequest, Found, PassageIndex
from domain.ports.transcript import Passage, UsageEntry
from domain.query import Standalone
from models.errors import AppError
from models.payloads.agent import Agent
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope

# A message names a few; the edge says so too.
MOST_REFERENCES = 20
# Best for the question.
MOST_FOUND = 20
# Of each document from its beginning, for a question that none of its passages stands out for:
# "summarise this". More than these do not fit a usual budget.
MOST_READ = 30


@dataclass(frozen=True, slots=True)
class Referenced:
    """`missing` are documents that gave nothing: unknown here, or not ready yet."""

    passages: Sequence[Passage] = ()
    usage: tuple[UsageEntry, ...] = ()
    error: str | None = None
    missing: tuple[UUID, ...] = ()


class References:
    def __init__(self, finder: Finder, index: PassageIndex, documents: Documents) -> None:
        self._finder = finder
        self._index = index
        self._documents = documents

    async def find(
        self, scope: Scope, references: Sequence[UUID], question: Standalone, agent: Agent
    ) -> Referenced:
        """What a person names may be read, whatever collections the agent searches. `error` is
        document_not_found or document_not_ready for what is missing, else a search's code."""
        asked = list(dict.fromkeys(references))[:MOST_REFERENCES]
        known, found, read = await asyncio.gather(
            outcome_of(self._documents.known(scope, asked)),
            outcome_of(self._finder.find(scope, _request(asked, question, agent))),
            asyncio.gather(*(self._read(scope, one) for one in asked)),
        )
        ids = [key for keys in read if not isinstance(keys, AppError) for key in keys]
        best = found.passages if isinstance(found, Found) else ()
        missing = [one for one, keys in zip(asked, read, strict=True) if keys == []]
        unknown = frozenset(asked) if isinstance(known, AppError) else frozenset(asked) - known
        errors = [
            "document_not_found" if one in unknown else "document_not_ready" for one in missing
        ]
        errors += [outcome.code for outcome in (found, *read) if isinstance(outcome, AppError)]
        if isinstance(found, Found) and found.error:
            errors.append(found.error)
        return Referenced(
            passages=[*best, *await self._rest(scope, ids, best, question)],
            usage=found.usage if isinstance(found, Found) else (),
            error=errors[0] if errors else None,
            missing=tuple(missing),
        )

    async def _read(self, scope: Scope, document: UUID) -> list[UUID] | AppError:
        found = await outcome_of(self._index.of_documents(scope, [document], limit=MOST_READ))
        return found if isinstance(found, AppError) else list(found)

    async def _rest(
        self, scope: Scope, ids: Sequence[UUID], best: Sequence[Passage], question: Standalone
    ) -> list[Passage]:
        """The other passages, in their documents' order."""
        seen = {passage.source.passage_id for passage in best}
        others = [key for key in ids if key not in seen][:MOST_READ]
        if not others:
            return []
        loaded = await outcome_of(self._index.load(scope, others, query=question.query))
        return [] if isinstance(loaded, AppError) else [item.passage for item in loaded]


def _request(asked: Sequence[UUID], question: Standalone, agent: Agent) -> FindRequest:
    return FindRequest.by(
        agent,
        question.query.strip() or "summary",
        MOST_FOUND,
        alternatives=question.alternatives,
        filters=Filters(documents=tuple(asked)),
    )
