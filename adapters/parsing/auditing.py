"""Measure one page. Only a child calls this."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from markdown_it import MarkdownIt

from adapters.parsing import language
from domain.parsing.auditing import audit
from domain.parsing.decoding import decode

_MARKDOWN = MarkdownIt("commonmark").enable("table")


def run(request: Mapping[str, Any], data: bytes) -> bytes:
    """The measures as a line of JSON."""
    text = decode(data)
    html = text if request["html"] else _MARKDOWN.render(text)
    measured = audit(html, request["url"])
    # Templates say `en` whatever is written into them: what is read counts first.
    read_as = language.of(measured.text)
    if read_as and read_as != measured.language:
        measured = audit(html, request["url"], language=read_as)
    return orjson.dumps(asdict(measured))
