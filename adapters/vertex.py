"""Google's models on Vertex AI, through its prediction service.

Importing this takes more than a second: composition roots do it only where it is configured.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import google.auth
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.exceptions import GoogleAuthError
from google.cloud.aiplatform_v1 import PredictionServiceAsyncClient
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Value
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # has no stubs

from models.errors import (
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
# As for every provider: a longer wait is more likely a mistake than a wait.
LONGEST_RETRY_AFTER: Final = 3_600.0

Connect = Callable[[str], Awaitable[PredictionServiceAsyncClient]]


async def connect(location: str) -> PredictionServiceAsyncClient:
    """A client with the environment's own credentials. Looking for them reads files and may ask
    the machine's metadata server: in a thread."""
    credentials, _ = await asyncio.to_thread(google.auth.default, scopes=SCOPES)
    host = "aiplatform.googleapis.com"
    if location != "global":
        host = f"{location}-{host}"
    return PredictionServiceAsyncClient(
        credentials=credentials, client_options=ClientOptions(api_endpoint=host)
    )


class Vertex:
    """One project in one location. Connects at the first call; never retries."""

    def __init__(
        self, project: str, location: str, *, seconds: float = 30.0, connect: Connect = connect
    ) -> None:
        """`seconds` bounds one call."""
        self._place = f"projects/{project}/locations/{location}"
        self._location = location
        self._seconds = seconds
        self._connect = connect
        self._client: asyncio.Future[PredictionServiceAsyncClient] | None = None

    async def predict(
        self, model: str, instances: Sequence[dict[str, Any]], parameters: dict[str, Any]
    ) -> Sequence[Value]:
        """What the model says of each instance, in order. ModelError; ModelGarbledError for
        another number of answers."""
        with translated():
            client = await self._connected()
            response = await client.predict(
                endpoint=f"{self._place}/publishers/google/models/{model}",
                instances=[ParseDict(instance, Value()) for instance in instances],
                parameters=ParseDict(parameters, Value()),
                retry=None,
                timeout=self._seconds,
            )
        # The wrapped lists are slow to walk: a thousand numbers cost milliseconds.
        answers: Sequence[Value] = type(response).pb(response).predictions
        if len(answers) != len(instances):
            raise ModelGarbledError(f"{len(answers)} answers came for {len(instances)} instances.")
        return answers

    async def _connected(self) -> PredictionServiceAsyncClient:
        """One connection, however many ask for it first."""
        if self._client is None or (self._client.done() and self._client.exception() is not None):
            self._client = asyncio.ensure_future(self._connect(self._location))
        return await asyncio.shield(self._client)

    async def close(self) -> None:
        if self._client is not None and self._client.done() and not self._client.exception():
            await self._client.result().transport.close()  # type: ignore[no-untyped-call]  # has none


@contextmanager
def translated() -> Iterator[None]:
    """Turn what Google's libraries raise into ModelError. Their texts may quote what was asked:
    only the error's name is repeated."""
    try:
        yield
    except GoogleAuthError as error:
        raise ModelRefusedError(
            f"Google gave no credentials ({type(error).__name__}).", code="model_key_rejected"
        ) from error
    except exceptions.GoogleAPICallError as error:
        raise _named(error) from error


def _named(error: exceptions.GoogleAPICallError) -> ModelError:
    detail, wait = f"Vertex AI answered {type(error).__name__}.", _retry_after(error)
    match error:
        case exceptions.TooManyRequests():
            return ModelOverloadedError(detail, retry_after=wait)
        case exceptions.DeadlineExceeded() | exceptions.GatewayTimeout():
            return ModelQuietError(detail)
        case exceptions.Unauthenticated() | exceptions.PermissionDenied():
            return ModelRefusedError(detail, code="model_key_rejected")
        case exceptions.NotFound():
            return ModelRefusedError(detail, code="model_not_found")
        case exceptions.ServerError() | exceptions.Cancelled() | exceptions.Aborted():
            return ModelUnavailableError(detail, retry_after=wait)
        case _:
            return ModelRefusedError(detail)


def _retry_after(error: exceptions.GoogleAPICallError) -> float | None:
    """Seconds, as the answer's own details say."""
    for detail in error.details:
        if isinstance(detail, RetryInfo):
            seconds: float = detail.retry_delay.seconds + detail.retry_delay.nanos / 1e9
            return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
    return None
