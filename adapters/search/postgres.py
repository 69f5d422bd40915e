"""The index in Postgres, behind its port."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from adapters.search import lexical, loading, pictures, semantic
from adapters.search.filtering import allowed
from adapters.search.vector import own, unit
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.lexical import asked
from domain.ports.search import MOST_CANDIDATES, Candidate, Loaded, PictureHit
from models.errors import InvalidError
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope

Result = TypeVar("Result")


class PostgresPassages(Repository):
    """Implements `domain.ports.search.PassageIndex`. Each call reads one moment."""

    async def lexical(
        self, scope: Scope, text: str, *, limit: int, filters: Filters | None = None
    ) -> Sequence[Candidate]:
        """InvalidError top_k_invalid."""
        _check(limit)
        terms = asked(text)
        if not terms:
            return []

        async def work(session: Session) -> Sequence[Candidate]:
            left = await allowed(session, filters)
            return await lexical.search(session, terms, limit, left)

        return await self._read(scope, work)

    async def semantic(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[Candidate]:
        """InvalidError top_k_invalid; ModelGarbledError for what is no vector; ConflictError
        embedding_model_changed."""
        _check(limit)
        whole = unit(vector)

        async def work(session: Session) -> Sequence[Candidate]:
            left = await allowed(session, filters)
            return await semantic.search(session, whole, model, limit, left)

        return await self._read(scope, work)

    async def load(
        self, scope: Scope, ids: Sequence[UUID], *, query: str, vectors: bool = False
    ) -> Sequence[Loaded]:
        """InvalidError top_k_invalid for more than can be found at once."""
        if not ids:
            return []
        _check(len(ids))

        async def work(session: Session) -> Sequence[Loaded]:
            return await loading.load(session, ids, query, vectors=vectors)

        return await self._read(scope, work)

    async def of_documents(
        self, scope: Scope, documents: Sequence[UUID], *, limit: int
    ) -> Sequence[UUID]:
        """InvalidError top_k_invalid."""
        _check(limit)

        async def work(session: Session) -> Sequence[UUID]:
            return await loading.of_documents(session, documents, limit)

        return await self._read(scope, work)

    async def pictures(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[PictureHit]:
        """InvalidError top_k_invalid; ModelGarbledError for what is no vector."""
        _check(limit)
        numbers = own(vector)

        async def work(session: Session) -> Sequence[PictureHit]:
            return await pictures.search(session, numbers, model, limit, filters)

        return await self._read(scope, work)

    async def _read(self, scope: Scope, work: Callable[[Session], Awaitable[Result]]) -> Result:
        async def steady(session: Session) -> Result:
            await session.snapshot()
            return await work(session)

        return await self._run(scope, steady)


def _check(limit: int) -> None:
    if not 1 <= limit <= MOST_CANDIDATES:
        raise InvalidError(
            f"{limit} results are asked for; it may be 1 to {MOST_CANDIDATES}.",
            code="top_k_invalid",
        )
