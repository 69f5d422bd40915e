"""The reranker that the settings name."""

from contextlib import AsyncExitStack
from typing import Literal, Protocol

from pydantic import SecretStr

from adapters.rerank.cohere import COHERE_URL, CohereReranker
from adapters.rerank.local import LocalReranker
from adapters.rerank.service import rerank_client
from adapters.rerank.vertex import MODEL, GoogleToken, VertexReranker
from domain.ports.search import Reranker

COHERE_MODEL = "rerank-v3.5"


class RerankChoice(Protocol):
    """What the settings say."""

    @property
    def provider(self) -> Literal["local", "cohere", "vertex", "none"]: ...
    @property
    def name(self) -> str | None: ...
    @property
    def url(self) -> str | None: ...
    @property
    def api_key(self) -> SecretStr: ...
    @property
    def project(self) -> str: ...


def reranker(choice: RerankChoice, stack: AsyncExitStack) -> Reranker | None:
    """None for "none". The stack closes it."""
    if choice.provider == "none":
        return None
    if choice.provider == "local":
        local = LocalReranker()
        stack.callback(local.close)
        local.preload()
        return local
    client = rerank_client()
    stack.push_async_callback(client.aclose)
    if choice.provider == "vertex":
        return VertexReranker(
            client, choice.project, name=choice.name or MODEL, token=GoogleToken()
        )
    return CohereReranker(
        client,
        choice.name or COHERE_MODEL,
        api_key=choice.api_key,
        url=choice.url or COHERE_URL,
    )
