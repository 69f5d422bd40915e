"""Google's vectors of pictures, from answers of the recorded shape over real gRPC."""

import base64
import io

import grpc  # type: ignore[import-untyped]  # has no stubs
import pytest
from PIL import Image

from adapters.pictures.vertex import VertexPictureEmbedder
from models.errors import InvalidError, ModelGarbledError, ModelOverloadedError
from tests.adapters.pictures.drawing import as_jpeg, as_png, drawn
from tests.adapters.vertex_wire import Json, RefusedError, serving_vertex


async def test_each_picture_gets_a_unit_vector() -> None:
    values = [[3.0] + [0.0] * 1_407, [0.0] * 1_407 + [0.5]]
    async with serving_vertex(lambda _: [{"imageEmbedding": values[len(wire.requests) - 1]}]) as (
        wire,
        vertex,
    ):
        embedder = VertexPictureEmbedder(vertex)
        vectors, _ = await embedder.embed([as_png(drawn(1)), as_jpeg(drawn(2))])

    assert [vector.index(1.0) for vector in vectors] == [0, 1_407]
    request = wire.requests[0]
    assert request["endpoint"].endswith("/publishers/google/models/multimodalembedding@001")
    assert request["parameters"] == {"dimension": 1_408}
    [instance] = request["instances"]
    sent = Image.open(io.BytesIO(base64.b64decode(instance["image"]["bytesBase64Encoded"])))
    assert (sent.format, sent.size) == ("PNG", (480, 320))


@pytest.mark.parametrize(
    "answer",
    [
        {"imageEmbedding": [1.0]},
        {"textEmbedding": [1.0] * 1_408},
        {"imageEmbedding": [0.0] * 1_408},
    ],
)
async def test_vectors_that_cannot_be_stored_are_refused(answer: Json) -> None:
    async with serving_vertex(lambda _: [answer]) as (_, vertex):
        with pytest.raises(ModelGarbledError):
            await VertexPictureEmbedder(vertex).embed([as_png(drawn(1))])


async def test_what_is_no_picture_is_not_sent_and_a_busy_service_says_when() -> None:
    def busy(_: Json) -> list[Json]:
        raise RefusedError(grpc.StatusCode.RESOURCE_EXHAUSTED, wait=2)

    async with serving_vertex(busy) as (wire, vertex):
        with pytest.raises(InvalidError):
            await VertexPictureEmbedder(vertex).embed([b"not one"])
        assert wire.requests == []
        with pytest.raises(ModelOverloadedError) as caught:
            await VertexPictureEmbedder(vertex).embed([as_png(drawn(1))])
    assert caught.value.retry_after == 2
