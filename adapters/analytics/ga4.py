"""Google Analytics 4: the Data API's `runReport`, as its REST reference describes it."""

import re
from typing import Any, Final

import httpx2
import orjson

from adapters.connections.google import ANALYTICS
from adapters.retry_after import retry_after
from domain.ports.analytics import Report, ReportRequest
from domain.ports.connections import Connections
from models.errors import AppError, InvalidError, LimitError, UnavailableError
from models.payloads.scope import Scope

URL: Final = "https://analyticsdata.googleapis.com"
# A report of a thousand rows and twenty columns is 1 MB.
LONGEST_ANSWER: Final = 4 * 1024 * 1024
TIMEOUT: Final = httpx2.Timeout(20.0, connect=3.0, pool=3.0)
CONNECTIONS: Final = httpx2.Limits(max_connections=50, max_keepalive_connections=10)
# What the API takes in one report.
MOST_METRICS: Final = 10
MOST_DIMENSIONS: Final = 9
MOST_ROWS: Final = 1_000
_PROPERTY: Final = re.compile(r"[0-9]{1,20}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}(:[A-Za-z0-9_\[\]-]{1,60})?")
_SAID_CHARACTERS: Final = 500


def analytics_client() -> httpx2.AsyncClient:
    """Close it at the end. What carries a token follows nobody."""
    return httpx2.AsyncClient(
        timeout=TIMEOUT, limits=CONNECTIONS, follow_redirects=False, trust_env=False
    )


class GoogleAnalytics:
    """Implements `domain.ports.analytics.Analytics`."""

    def __init__(
        self, client: httpx2.AsyncClient, connections: Connections, *, url: str = URL
    ) -> None:
        self._client = client
        self._connections = connections
        self._url = url

    async def run_report(self, scope: Scope, request: ReportRequest) -> Report:
        _check(request)
        try:
            token = await self._token(scope)
            answer = await self._asked(request, token)
            if answer.status_code == httpx2.codes.UNAUTHORIZED:
                # Taken back at Google, where nobody tells us: the next refresh does.
                await self._connections.refused(scope, ANALYTICS, token)
                answer = await self._asked(request, await self._token(scope))
            if not answer.is_success:
                raise _failure(answer)
            return _report(orjson.loads(answer.content))
        except httpx2.HTTPError:
            raise _away() from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _away("Google Analytics answered in a way that could not be read.") from None

    async def _token(self, scope: Scope) -> str:
        try:
            return await self._connections.token(scope, ANALYTICS)
        except UnavailableError as error:
            if error.code != "provider_not_configured":
                raise
            raise UnavailableError(error.detail, code="not_configured", retryable=False) from None

    async def _asked(self, request: ReportRequest, token: str) -> httpx2.Response:
        """The whole answer, bounded."""
        path = f"{self._url}/v1beta/properties/{request.property_id}:runReport"
        sent = self._client.build_request(
            "POST", path, json=_body(request), headers={"Authorization": f"Bearer {token}"}
        )
        response = await self._client.send(sent, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LONGEST_ANSWER:
                    raise _invalid("The report is too large: ask for fewer rows or columns.")
        finally:
            await response.aclose()
        headers = {name: value for name, value in response.headers.items() if name == "retry-after"}
        return httpx2.Response(response.status_code, headers=headers, content=bytes(body))


def _check(request: ReportRequest) -> None:
    if not _PROPERTY.fullmatch(request.property_id):
        raise _invalid("A property's id is digits only.")
    if not 0 < len(request.metrics) <= MOST_METRICS or len(request.dimensions) > MOST_DIMENSIONS:
        raise _invalid(f"1 to {MOST_METRICS} metrics and up to {MOST_DIMENSIONS} dimensions fit.")
    for name in (*request.metrics, *request.dimensions):
        if not _NAME.fullmatch(name):
            raise _invalid(f"{name[:60]!r} is no name of a metric or dimension.")
    if request.start > request.end:
        raise _invalid("The report would end before it begins.")
    if not 0 < request.limit <= MOST_ROWS:
        raise _invalid(f"1 to {MOST_ROWS} rows fit.")


def _body(request: ReportRequest) -> dict[str, Any]:
    dates = {"startDate": request.start.isoformat(), "endDate": request.end.isoformat()}
    return {
        "dateRanges": [dates],
        "metrics": [{"name": name} for name in request.metrics],
        "dimensions": [{"name": name} for name in request.dimensions],
        "limit": str(request.limit),
    }


def _report(said: dict[str, Any]) -> Report:
    header = [one["name"] for one in said.get("dimensionHeaders", [])]
    header += [one["name"] for one in said.get("metricHeaders", [])]
    rows = [
        tuple(
            str(cell.get("value", ""))
            for cell in (*row.get("dimensionValues", []), *row.get("metricValues", []))
        )
        for row in said.get("rows", [])
    ]
    metadata = said.get("metadata", {})
    sampled = bool(metadata.get("samplingMetadatas") or metadata.get("dataLossFromOtherRow"))
    return Report(tuple(header), rows, int(said.get("rowCount", len(rows))), sampled)


def _failure(answer: httpx2.Response) -> AppError:
    status = answer.status_code
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        return LimitError(
            "Google Analytics has no quota left for this property now.",
            code="provider_quota",
            retry_after=retry_after(answer.headers),
        )
    if status in {httpx2.codes.FORBIDDEN, httpx2.codes.NOT_FOUND}:
        return _invalid("The connected account cannot read this property.")
    if status == httpx2.codes.BAD_REQUEST:
        return _invalid(_said(answer.content))
    return _away()


def _said(body: bytes) -> str:
    """Google's explanation names the metric or dimension that is wrong: for the model to mend."""
    try:
        message = str(orjson.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = "Google Analytics does not take this report."
    return message[:_SAID_CHARACTERS]


def _invalid(why: str) -> InvalidError:
    return InvalidError(why, code="report_invalid")


def _away(why: str = "Google Analytics does not answer now.") -> UnavailableError:
    return UnavailableError(why, code="provider_away")
