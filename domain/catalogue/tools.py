"""The tools that agents of this code may name. A deployment that lacks one leaves it out."""

from typing import Final

BUILT_IN: Final = frozenset(
    {
        *("ask_user", "calculator", "compare_competitors", "content_audit", "content_calendar"),
        *("current_time", "draft_content", "fetch_page", "keyword_research", "publish_note"),
        *("query_tables", "revise_content", "run_python", "run_report", "search_documents"),
        *("sequence_check", "serp_analysis", "style_guide_lookup", "subject_line_check"),
        *("submit_for_review", "tone_checker", "voice_analyzer", "web_search"),
    }
)
# Between the name of a server of the Model Context Protocol and that of its tool.
OF_SERVER: Final = "__"
