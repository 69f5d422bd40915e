"""Who is asked: models that answer, search, judge and see."""

from datetime import timedelta
from typing import Literal

from pydantic import SecretStr

from settings.group import Group


class ModelSettings(Group):
    """The model that answers, for agents that name none of their own."""

    provider: Literal["openai", "offline", "chat", "azure", "gemini"] = "offline"
    """openai and offline speak the Responses API; chat any server of Chat Completions; gemini
    goes through google-genai, at Vertex AI when `project` is set."""
    name: str = "offline-1"
    fallback: str | None = None
    """Another model of the same provider, for agents that name no fallback of their own."""
    base_url: str | None = None
    """Of the server; None: the provider's own. Azure has no other."""
    api_key: SecretStr = SecretStr("none")
    first_token: timedelta = timedelta(seconds=60)
    """A model that is silent for longer failed; the attempt ends."""
    between_tokens: timedelta = timedelta(seconds=20)
    context_tokens: int | None = None
    """The model's limit, when it is below what agents assume."""
    output_tokens: int | None = None
    """The same for what it may say at once."""
    azure_api_version: str = "2024-10-21"
    project: str = ""
    """Of Google Cloud; its credentials are the environment's own."""
    location: str = ""
    """Of Vertex AI, such as `europe-west4`."""
    thinking_tokens: int | None = None
    """What Gemini may think before it answers; None: as it likes."""


class EnhancementSettings(Group):
    """The fast model that makes questions stand alone before they are searched for."""

    provider: Literal["openai", "offline", "chat", "azure", "gemini"] | None = None
    """None: messages are searched as they stand."""
    name: str = "gemini-2.5-flash"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    first_token: timedelta = timedelta(seconds=5)
    between_tokens: timedelta = timedelta(seconds=5)
    azure_api_version: str = "2024-10-21"
    project: str = ""
    location: str = ""
    thinking_tokens: int | None = 0
    within: timedelta = timedelta(seconds=1.5)
    """A reader waits for it; later than this the message's own words must do."""


class ModerationSettings(Group):
    """Who is asked about messages and answers of spaces that have them moderated."""

    provider: Literal["openai"] | None = None
    """openai: OpenAI, or any server of its moderation API; None: nobody."""
    name: str = "omni-moderation-latest"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    within: timedelta = timedelta(seconds=3)
    """A reader waits for it; later than this the text counts as not objected to."""


class EmbeddingSettings(Group):
    """The model that makes vectors of passages and questions."""

    provider: Literal["openai", "azure", "vertex"] = "openai"
    """openai: OpenAI, the offline server, or any server of its embeddings API."""
    name: str = "text-embedding-3-large"
    base_url: str | None = None
    api_key: SecretStr = SecretStr("none")
    dimension: int = 3072
    azure_api_version: str = "2024-10-21"
    project: str = ""
    location: str = "us-central1"
    """Of Vertex AI, whose credentials are the environment's own."""


class RerankSettings(Group):
    """What judges passages again."""

    provider: Literal["local", "cohere", "vertex", "none"] = "local"
    """local: words and vectors on this machine; cohere: any server of Cohere's rerank API."""
    name: str | None = None
    """The model; None: the provider's usual one."""
    url: str | None = None
    """The whole address of a cohere server's rerank endpoint; None: Cohere's own."""
    api_key: SecretStr = SecretStr("none")
    project: str = ""
    """Of Google Cloud, whose credentials are the environment's own."""


class PictureSettings(Group):
    """What pictures in documents are found by."""

    provider: Literal["classical", "vertex"] = "classical"
    """classical: a description of layout and colour made here, which knows no meanings."""
    name: str = "multimodalembedding@001"
    project: str = ""
    location: str = "us-central1"
    caption_model: str = ""
    """A model of the Responses API that sees pictures; empty: captions stay what files say."""
    caption_base_url: str | None = None
    caption_api_key: SecretStr = SecretStr("none")
