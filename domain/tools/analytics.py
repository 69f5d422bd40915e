"""Read a website's figures."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from domain.ports.analytics import Analytics, ReportRequest
from domain.tools.markdown import table
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool

_Name = Annotated[str, Field(min_length=1, max_length=120)]


def report_tool(analytics: Analytics) -> Tool:
    async def run_report(
        context: ToolContext,
        property_id: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")],
        metrics: Annotated[list[_Name], Field(min_length=1, max_length=10)],
        start: date,
        end: date,
        dimensions: Annotated[list[_Name], Field(max_length=9)] = [],  # noqa: B006 - never changed
        limit: Annotated[int, Field(ge=1, le=250)] = 50,
    ) -> str:
        """Run a report of Google Analytics 4 on the customer's website.

        Args:
            property_id: The GA4 property, digits only.
            metrics: Such as activeUsers, sessions, screenPageViews, conversions, totalRevenue.
            start: The first day, as YYYY-MM-DD.
            end: The last day, as YYYY-MM-DD.
            dimensions: What to break it down by: date, sessionDefaultChannelGroup, pagePath,
                country, deviceCategory, …
            limit: The most rows.
        """
        report = await analytics.run_report(
            context.turn.scope,
            ReportRequest(property_id, tuple(metrics), tuple(dimensions), start, end, limit),
        )
        if not report.rows:
            return "The report has no rows: nothing was measured in that time."
        text, shown = table(report.header, report.rows)
        notes = []
        if shown < report.total:
            notes.append(f"These are {shown} of {report.total} rows.")
        if report.sampled:
            notes.append("Google computed these figures from a sample.")
        return "\n\n".join([text, *notes])

    return tool(
        run_report,
        effect=Effect.READ,
        reach=Reach.ACCOUNT,
        cost="quota of the customer's account",
        timeout=timedelta(seconds=45),
    )
