"""What looks at pictures, as a deployment's settings choose it."""

from contextlib import AsyncExitStack
from typing import Literal, Protocol

from pydantic import SecretStr

from adapters.llm.connection import openai_client
from adapters.pictures.captioner import Cost, VisionCaptioner
from adapters.pictures.descriptor import ClassicalDescriptor
from domain.ports.pictures import Captioner, PictureEmbedder


class PictureChoice(Protocol):
    """What the settings say."""

    @property
    def provider(self) -> Literal["classical", "vertex"]: ...
    @property
    def name(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def caption_model(self) -> str: ...
    @property
    def caption_base_url(self) -> str | None: ...
    @property
    def caption_api_key(self) -> SecretStr: ...


def picture_embedder(choice: PictureChoice, stack: AsyncExitStack) -> PictureEmbedder:
    """The stack closes it."""
    if choice.provider == "classical":
        return ClassicalDescriptor()
    # Google's packages take more than a second to import: for those alone who use them.
    from adapters.pictures.vertex import VertexPictureEmbedder  # noqa: PLC0415 -- as said above
    from adapters.vertex import Vertex  # noqa: PLC0415 -- as said above

    vertex = Vertex(choice.project, choice.location)
    stack.push_async_callback(vertex.close)
    return VertexPictureEmbedder(vertex, choice.name)


def captioner(
    choice: PictureChoice, stack: AsyncExitStack, cost: Cost, price_version: str
) -> Captioner | None:
    """None where no vision model is configured: captions stay what the files say."""
    if not choice.caption_model:
        return None
    client = openai_client(
        api_key=choice.caption_api_key.get_secret_value(), base_url=choice.caption_base_url
    )
    stack.push_async_callback(client.close)
    return VisionCaptioner(client, choice.caption_model, cost=cost, price_version=price_version)
