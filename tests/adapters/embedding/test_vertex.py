"""Google's embeddings, from answers of the recorded shape over real gRPC."""

import math
import subprocess
import sys
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # has no stubs
import pytest
from google.protobuf.struct_pb2 import Value

from adapters.embedding.vertex import AT_ONCE, VertexEmbedder
from domain.ports.model import Purpose
from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from models.payloads.chat import Usage
from tests.adapters.vertex_wire import Json, RefusedError, Script, serving_vertex

TWO = ["a", "b"]


def prediction(*values: object, tokens: int = 4) -> Json:
    statistics = {"token_count": tokens, "truncated": False}
    return {"embeddings": {"statistics": statistics, "values": list(values)}}


def always(*answers: Json) -> Script:
    return lambda _: list(answers)


def refusing(code: grpc.StatusCode, *, wait: float | None = None) -> Script:
    def refuse(_: Json) -> list[Json]:
        raise RefusedError(code, wait=wait)

    return refuse


async def embedded(script: Script, texts: list[str]) -> tuple[list[list[float]], Usage]:
    async with serving_vertex(script) as (_, vertex):
        return await VertexEmbedder(vertex, dimension=2).embed(texts)


async def test_texts_become_unit_vectors_for_the_task_they_are_for() -> None:
    script = always(prediction(3, 4), prediction(0, 2, tokens=6))
    async with serving_vertex(script) as (wire, vertex):
        embedder = VertexEmbedder(vertex, dimension=2)
        found = await embedder.embed(["a", ""])
        await embedder.embed(TWO, Purpose.QUERY)

    assert found == ([[0.6, 0.8], [0, 1]], Usage(input_tokens=10))
    first, second = wire.requests
    assert first["endpoint"] == (
        "projects/p1/locations/europe-west4/publishers/google/models/gemini-embedding-001"
    )
    assert first["instances"] == [
        {"content": "a", "task_type": "RETRIEVAL_DOCUMENT"},
        {"content": " ", "task_type": "RETRIEVAL_DOCUMENT"},
    ]
    assert first["parameters"] == {"autoTruncate": True, "outputDimensionality": 2}
    assert {one["task_type"] for one in second["instances"]} == {"RETRIEVAL_QUERY"}


async def test_no_texts_cost_no_call() -> None:
    assert await embedded(refusing(grpc.StatusCode.INTERNAL), []) == ([], Usage())


async def test_a_full_batch_is_one_call_and_a_larger_one_is_refused() -> None:
    async with serving_vertex(lambda asked: [prediction(1, 0)] * len(asked["instances"])) as served:
        wire, vertex = served
        embedder = VertexEmbedder(vertex, dimension=2)
        vectors, _ = await embedder.embed(["word"] * embedder.batch)
        with pytest.raises(ModelRefusedError) as refused:
            await embedder.embed(["word"] * (embedder.batch + 1))

    assert (len(vectors), len(wire.requests), embedder.batch) == (250, 1, 250)
    assert refused.value.code == "embedding_batch_too_large"


async def test_a_model_that_takes_one_text_a_request_is_found_out_once() -> None:
    def one_only(asked: Json) -> list[Json]:
        [*instances] = asked["instances"]
        if len(instances) > 1:
            raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT)
        return [prediction(1, int(instances[0]["content"]))]

    async with serving_vertex(one_only) as (wire, vertex):
        embedder = VertexEmbedder(vertex, dimension=2)
        vectors, _ = await embedder.embed([str(n) for n in range(20)])
        await embedder.embed(["1", "2"])

    assert [round(y / x) for x, y in vectors] == list(range(20))
    assert len(wire.requests) == 1 + 20 + 2
    assert embedder.batch == AT_ONCE


async def test_a_refused_text_does_not_make_a_model_one_of_single_texts() -> None:
    async with serving_vertex(refusing(grpc.StatusCode.INVALID_ARGUMENT)) as (_, vertex):
        embedder = VertexEmbedder(vertex, dimension=2)
        with pytest.raises(ModelRefusedError):
            await embedder.embed(TWO)

    assert embedder.batch == 250


@pytest.mark.parametrize(
    "answers",
    [
        [prediction(1, 0)],
        [prediction(1, 0)] * 3,
        [prediction(1, 0), prediction(1, 0, 0)],
        [prediction(1, 0), prediction(1)],
        [prediction(1, 0), prediction(0, 0)],
        [prediction(1, 0), prediction(1, None)],
        [prediction(1, 0), prediction("1", 0)],
        [prediction(1, 0), {}],
        [prediction(1, 0), {"embeddings": "nothing"}],
    ],
)
async def test_vectors_that_cannot_be_stored_are_refused(answers: list[Json]) -> None:
    with pytest.raises(ModelGarbledError):
        await embedded(always(*answers), TWO)


def test_numbers_that_are_none_are_refused() -> None:
    answer = Value()
    values = answer.struct_value.fields["embeddings"].struct_value.fields["values"].list_value
    values.values.add().number_value = math.nan
    values.values.add().number_value = 1
    with pytest.raises(ModelGarbledError):
        VertexEmbedder(None, dimension=2)._vector(answer)  # type: ignore[arg-type]  # asks nobody


@pytest.mark.parametrize(
    ("code", "kind", "named"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, ModelOverloadedError, "model_overloaded"),
        (grpc.StatusCode.UNAVAILABLE, ModelUnavailableError, "model_unavailable"),
        (grpc.StatusCode.INTERNAL, ModelUnavailableError, "model_unavailable"),
        (grpc.StatusCode.UNAUTHENTICATED, ModelRefusedError, "model_key_rejected"),
        (grpc.StatusCode.PERMISSION_DENIED, ModelRefusedError, "model_key_rejected"),
        (grpc.StatusCode.NOT_FOUND, ModelRefusedError, "model_not_found"),
        (grpc.StatusCode.INVALID_ARGUMENT, ModelRefusedError, "model_rejected"),
    ],
)
async def test_failures_have_the_names_that_chat_has(
    code: grpc.StatusCode, kind: type[ModelError], named: str
) -> None:
    with pytest.raises(kind) as caught:
        await embedded(refusing(code), ["a"])
    assert caught.value.code == named
    assert "quoting" not in caught.value.detail


async def test_a_busy_service_says_when_to_come_again() -> None:
    with pytest.raises(ModelOverloadedError) as caught:
        await embedded(refusing(grpc.StatusCode.RESOURCE_EXHAUSTED, wait=7.5), TWO)
    assert caught.value.retry_after == 7.5


async def test_nobody_there_and_a_service_that_hangs_have_names() -> None:
    async with serving_vertex(always()) as (wire, vertex):
        wire.address = "127.0.0.1:1"
        with pytest.raises(ModelUnavailableError):
            await VertexEmbedder(vertex).embed(TWO)
    async with serving_vertex(refusing(grpc.StatusCode.DEADLINE_EXCEEDED)) as (_, vertex):
        with pytest.raises(ModelQuietError):
            await VertexEmbedder(vertex).embed(TWO)


def test_who_does_not_ask_google_loads_nothing_of_it() -> None:
    # Temporal loads grpc by itself where it is there.
    heavy = ["google.cloud.aiplatform_v1", "google.genai", "google.auth", "google.api_core"]
    code = f"import sys, worker, api.app; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "[]"
