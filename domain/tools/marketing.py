"""The tools of the marketing team that need nothing but what is named here."""

from dataclasses import dataclass

from domain.ports.citing import Citings
from domain.ports.identity import Spaces
from domain.ports.page_audits import PageAudits
from domain.ports.pages import PageReader
from domain.ports.search import Finder
from domain.tools.calendar import CONTENT_CALENDAR
from domain.tools.cited import Searches
from domain.tools.competitors import competitors_tool
from domain.tools.content_audit import content_audit_tool
from domain.tools.email import SEQUENCE_CHECK, SUBJECT_LINE_CHECK
from domain.tools.guide import Guides
from domain.tools.keywords import keyword_tool
from domain.tools.serp import serp_tool
from domain.tools.style_guide import style_guide_tool
from domain.tools.tone import tone_tool
from domain.tools.tool import Tool
from domain.tools.voice import voice_tool
from domain.tools.web import fetch_page_tool, web_search_tool


@dataclass(frozen=True, slots=True)
class WebReach:
    """What tools reach on the web."""

    searches: Searches
    reader: PageReader
    audits: PageAudits


def marketing_tools(web: WebReach, finder: Finder, citings: Citings, spaces: Spaces) -> list[Tool]:
    guides = Guides(spaces, finder, citings)
    return [
        web_search_tool(web.searches, citings),
        fetch_page_tool(web.reader, citings),
        keyword_tool(web.searches, finder, citings),
        serp_tool(web.searches, web.audits, citings),
        content_audit_tool(web.audits, citings),
        style_guide_tool(guides),
        tone_tool(guides),
        voice_tool(guides),
        competitors_tool(finder, citings),
        SUBJECT_LINE_CHECK,
        SEQUENCE_CHECK,
        CONTENT_CALENDAR,
    ]
