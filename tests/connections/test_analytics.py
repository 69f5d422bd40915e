"""Reports of Google Analytics, over a real connection to a server of its shape."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from starlette.responses import JSONResponse, Response

from adapters.connections.google import ANALYTICS
from domain.ports.analytics import Report, ReportRequest
from domain.ports.connections import ConnectionState
from domain.tools.analytics import report_tool
from domain.tools.tool import ArgumentsError, ToolContext
from models.errors import AppError
from models.payloads.scope import TurnKey
from tests.connections.conftest import Desk

REQUEST = ReportRequest(
    property_id="123456",
    metrics=("activeUsers",),
    dimensions=("date", "country"),
    start=date(2026, 10, 1),
    end=date(2026, 10, 31),
)


async def refusal(desk: Desk, request: ReportRequest = REQUEST) -> AppError:
    with pytest.raises(AppError) as refused:
        await desk.analytics().run_report(desk.scope, request)
    return refused.value


async def test_a_report_is_a_table(desk: Desk) -> None:
    await desk.connected()
    report = await desk.analytics().run_report(desk.scope, REQUEST)
    assert report == Report(
        header=("date", "country", "activeUsers"),
        rows=[(f"date {row}", f"country {row}", str(row)) for row in range(3)],
        total=12,
    )
    assert desk.google.reports == [
        {
            "property": "123456",
            "dateRanges": [{"startDate": "2026-10-01", "endDate": "2026-10-31"}],
            "metrics": [{"name": "activeUsers"}],
            "dimensions": [{"name": "date"}, {"name": "country"}],
            "limit": "100",
        }
    ]


async def test_the_model_reads_markdown_and_how_much_there_is(desk: Desk) -> None:
    await desk.connected()
    turn = TurnKey(scope=desk.scope, conversation_id=uuid4(), turn_id=uuid4())
    tool = report_tool(desk.analytics())
    arguments = tool.validate(
        '{"property_id": "1", "metrics": ["sessions"], "start": "2026-10-01", "end": "2026-10-02"}'
    )
    text = await tool.run(ToolContext(turn, uuid4()), arguments)
    assert text.splitlines()[:3] == ["| sessions |", "| --- |", "| 0 |"]
    assert "These are 3 of 12 rows." in text


@pytest.mark.parametrize(
    "raw",
    [
        '{"property_id": "1; DROP", "metrics": ["x"], "start": "2026-10-01", "end": "2026-10-02"}',
        '{"property_id": "1", "metrics": [], "start": "2026-10-01", "end": "2026-10-02"}',
        '{"property_id": "1", "metrics": ["x"], "start": "yesterday", "end": "2026-10-02"}',
        '{"property_id": "", "metrics": ["x"], "start": "2026-10-01", "end": "2026-10-02"}',
        '{"x": 1}',
    ],
)
def test_bad_arguments_are_refused(raw: str) -> None:
    with pytest.raises(ArgumentsError):
        report_tool(Never()).validate(raw)


class Never:
    async def run_report(self, scope: object, request: object) -> Report:
        raise AssertionError("nothing is asked")


@pytest.mark.parametrize(
    "change",
    [
        {"property_id": "12/../34"},
        {"metrics": ()},
        {"metrics": ("x",) * 11},
        {"metrics": ("a b",)},
        {"dimensions": ("x",) * 10},
        {"start": date(2026, 11, 1)},
        {"limit": 0},
        {"limit": 1_001},
    ],
)
async def test_a_report_that_cannot_be_is_not_asked_for(desk: Desk, change: dict[str, Any]) -> None:
    fields = {name: getattr(REQUEST, name) for name in REQUEST.__slots__}
    refused = await refusal(desk, ReportRequest(**fields | change))
    assert refused.code == "report_invalid"
    assert not desk.google.token_calls


async def test_a_token_taken_back_early_is_exchanged_once(desk: Desk) -> None:
    await desk.connected()
    desk.google.access_tokens.clear()
    report = await desk.analytics().run_report(desk.scope, REQUEST)
    assert report.total == 12
    assert desk.google.token_calls == ["authorization_code", "refresh_token"]


async def test_a_grant_taken_back_says_reconnect(desk: Desk) -> None:
    await desk.connected()
    desk.google.take_back()
    refused = await refusal(desk)
    assert refused.code == "reconnect"
    assert "connect it again" in refused.detail
    (connection,) = await desk.process().all(desk.scope)
    assert connection.state is ConnectionState.RECONNECT


async def test_without_a_connection_it_says_so(desk: Desk) -> None:
    assert (await refusal(desk)).code == "not_connected"


ERROR = {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Field x is not valid."}}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (JSONResponse(ERROR, 400), "report_invalid"),
        (JSONResponse({}, 403), "report_invalid"),
        (JSONResponse({}, 429, {"retry-after": "30"}), "provider_quota"),
        (Response("oops", 500), "provider_away"),
        (Response("", 302, {"location": "http://127.0.0.1:1/"}), "provider_away"),
        (Response("not JSON"), "provider_away"),
        (JSONResponse([1, 2]), "provider_away"),
        (JSONResponse({"rows": [1]}), "provider_away"),
        (Response(b" " * (5 * 1024 * 1024)), "report_invalid"),
    ],
)
async def test_what_google_answers_otherwise_is_named(
    desk: Desk, answer: Response, code: str
) -> None:
    await desk.connected()
    desk.google.report = answer
    refused = await refusal(desk)
    assert refused.code == code
    if code == "provider_quota":
        assert refused.retry_after == 30
    assert ANALYTICS not in desk.google.secrets
    assert [secret for secret in desk.google.secrets if secret in str(refused)] == []
    assert desk.google.reports[-1]["property"] == "123456"


async def test_googles_explanation_reaches_the_model(desk: Desk) -> None:
    await desk.connected()
    desk.google.report = JSONResponse(ERROR, 400)
    assert (await refusal(desk)).detail == "Field x is not valid."
