"""Measure a page or a text, and say what an editor should look at."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.audit_findings import findings
from domain.page_audit import PageAudit
from domain.ports.citing import Citings
from domain.ports.page_audits import Measured, PageAudits
from domain.tools.cited import cited, marked, page_passage, shown
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import InvalidError

_TIMEOUT = timedelta(seconds=30)
_MOST_HEADINGS = 40


def content_audit_tool(audits: PageAudits, citings: Citings) -> Tool:
    async def content_audit(
        context: ToolContext,
        url: Annotated[str, Field(max_length=2_000)] = "",
        text: Annotated[str, Field(max_length=60_000)] = "",
        keyword: Annotated[str, Field(max_length=200)] = "",
    ) -> str:
        """Audit a web page or a text: title, description, headings, readability, links, images,
        structure, and where a keyword stands. Give either an address or a text.

        Args:
            url: The address of a public page.
            text: A text in Markdown or HTML, when it is not published.
            keyword: A keyword to look for; empty for none.
        """
        scope = context.turn.scope
        if bool(url.strip()) == bool(text.strip()):
            raise InvalidError("Give either url or text.", code="audit_target_invalid")
        if text.strip():
            html = text.lstrip().startswith("<")
            measured = await audits.of_text(scope, text, html=html)
            return _report(measured, "the text", keyword, page=False)
        measured = await audits.of_page(scope, url)
        audit = measured.audit
        kept = await cited(
            context, citings, [page_passage(scope, audit.url, audit.title, audit.text)]
        )
        name = f"{shown(audit.url, 2_000)}{marked(kept[0])}"
        return _report(measured, name, keyword, page=True)

    return tool(content_audit, effect=Effect.READ, reach=Reach.WEB, timeout=_TIMEOUT)


def _report(measured: Measured, name: str, keyword: str, *, page: bool) -> str:
    audit = measured.audit
    found = findings(audit, size=measured.bytes, page=page, keyword=keyword)
    lines = [f"Audit of {name}", "", "Findings:"]
    lines += [f"- {finding.weight.value}: {finding.text}" for finding in found]
    lines += ["", "Figures:", *_figures(audit, measured.bytes, page=page), "", "Headings:"]
    lines += [
        f"{'  ' * (heading.level - 1)}- h{heading.level} {shown(heading.text)}"
        for heading in audit.headings[:_MOST_HEADINGS]
    ] or ["none"]
    if audit.images.shown:
        lines += ["", f"Images without alt: {shown(', '.join(audit.images.shown), 1_000)}"]
    return "\n".join(lines)


def _figures(audit: PageAudit, size: int, *, page: bool) -> list[str]:
    read, links = audit.readability, audit.links
    ease = "" if read.ease is None else f", reading ease {read.ease}"
    grade = "" if read.grade is None else f", school grade {read.grade}"
    lines = [
        (
            f"- {read.words} words, {read.sentences} sentences, {audit.paragraphs} paragraphs; "
            f"{read.words_per_sentence} words a sentence, LIX {read.lix}{ease}{grade}"
        ),
        (
            f"- language: {shown(audit.language) or 'not said'}; lists: {audit.lists}, tables: "
            f"{audit.tables}, images: {audit.images.total}"
        ),
        (
            f"- links: {links.inside} inside, {links.outside} to {len(links.hosts)} other sites, "
            f"{links.nofollow} nofollow"
        ),
    ]
    if page:
        lines += [
            f"- title: {shown(audit.title, 300) or 'none'}",
            f"- description: {shown(audit.description, 400) or 'none'}",
            (
                f"- canonical: {shown(audit.canonical, 300) or 'none'}; robots: "
                f"{shown(audit.robots) or 'none'}"
            ),
            (
                f"- structured data: {shown(', '.join(audit.schemas), 300) or 'none'}; social: "
                f"{shown(', '.join(audit.social), 300) or 'none'}; {size:,} bytes of HTML"
            ),
        ]
    return lines
