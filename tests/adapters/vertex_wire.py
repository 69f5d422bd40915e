"""Vertex AI's prediction service on this machine: real gRPC, with answers of the recorded shape."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc  # type: ignore[import-untyped]  # has no stubs
from google.cloud.aiplatform_v1 import (
    PredictionServiceAsyncClient,
    PredictRequest,
    PredictResponse,
)
from google.cloud.aiplatform_v1.services.prediction_service.transports.grpc_asyncio import (
    PredictionServiceGrpcAsyncIOTransport,
)
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # has no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # has no stubs

from adapters.vertex import Vertex

Json = dict[str, Any]
Script = Callable[[Json], list[Json]]


class RefusedError(Exception):
    """What the service answers instead; `wait` is in seconds."""

    def __init__(self, code: grpc.StatusCode, *, wait: float | None = None) -> None:
        super().__init__(code.name)
        self.code = code
        self.wait = wait


@dataclass
class VertexWire:
    """Answers each request with what `script` makes of it."""

    script: Script
    requests: list[Json] = field(default_factory=list)
    address: str = ""

    async def predict(self, request: Any, context: Any) -> bytes:  # noqa: ANN401 -- untyped
        asked = MessageToDict(PredictRequest.pb(request))
        self.requests.append(asked)
        try:
            answers = self.script(asked)
        except RefusedError as refused:
            await context.abort(refused.code, "quoting nobody", _details(refused))
        response = ParseDict({"predictions": answers}, PredictResponse.pb(PredictResponse()))
        raw: bytes = response.SerializeToString()
        return raw

    async def connect(self, _location: str) -> PredictionServiceAsyncClient:
        channel = grpc.aio.insecure_channel(
            self.address, options=[("grpc.max_receive_message_length", -1)]
        )
        return PredictionServiceAsyncClient(
            transport=PredictionServiceGrpcAsyncIOTransport(channel=channel)
        )


def _details(refused: RefusedError) -> tuple[tuple[str, bytes], ...]:
    """As Google packs them: a status in the trailing metadata."""
    if refused.wait is None:
        return ()
    told, packed = RetryInfo(), Packed()
    told.retry_delay.FromNanoseconds(int(refused.wait * 1e9))
    packed.Pack(told)
    status = Status(code=refused.code.value[0], message="quoting nobody", details=[packed])
    return (("grpc-status-details-bin", status.SerializeToString()),)


@asynccontextmanager
async def serving_vertex(
    script: Script, *, seconds: float = 10
) -> AsyncIterator[tuple[VertexWire, Vertex]]:
    wire = VertexWire(script)
    server = grpc.aio.server()
    method = grpc.unary_unary_rpc_method_handler(
        wire.predict, request_deserializer=PredictRequest.deserialize, response_serializer=bytes
    )
    service = "google.cloud.aiplatform.v1.PredictionService"
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {"Predict": method}),)
    )
    wire.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    vertex = Vertex("p1", "europe-west4", seconds=seconds, connect=wire.connect)
    try:
        yield wire, vertex
    finally:
        await vertex.close()
        await server.stop(None)
