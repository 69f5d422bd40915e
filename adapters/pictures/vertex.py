"""Vectors of pictures from Google's multimodal embedding model on Vertex AI."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Final

import numpy as np
from google.protobuf.struct_pb2 import Value

from adapters.embedding.vector import unit
from adapters.pictures.opening import as_png, opened
from adapters.vertex import Vertex
from models.errors import ModelGarbledError
from models.payloads.chat import Usage

DIMENSION: Final = 1_408
# The model looks at 512 pixels a side, and says so: more is only sent.
SIDE: Final = 512


class VertexPictureEmbedder:
    """Implements `domain.ports.pictures.PictureEmbedder`. A request takes one picture."""

    def __init__(
        self, vertex: Vertex, name: str = "multimodalembedding@001", *, dimension: int = DIMENSION
    ) -> None:
        self.name = name
        self.dimension = dimension
        self._vertex = vertex

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        """One unit vector a picture, in order. InvalidError picture_unreadable."""
        vectors = [await self._embedded(picture) for picture in pictures]
        # It is paid by the picture and counts no tokens.
        return vectors, Usage()

    async def _embedded(self, picture: bytes) -> list[float]:
        # Opened here too: what is not read here would be the provider's to judge, and paid.
        sent = await asyncio.to_thread(lambda: as_png(opened(picture, SIDE)))
        image = {"bytesBase64Encoded": base64.b64encode(sent).decode(), "mimeType": "image/png"}
        [answer] = await self._vertex.predict(
            self.name, [{"image": image}], {"dimension": self.dimension}
        )
        values = answer.struct_value.fields.get("imageEmbedding", Value()).list_value.values
        if not all(value.HasField("number_value") for value in values):
            raise ModelGarbledError("The model gave a vector that is no list of numbers.")
        numbers = np.fromiter((value.number_value for value in values), np.float64, len(values))
        return unit(numbers, self.dimension)
