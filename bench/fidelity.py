"""How much of a document's text and structure survives reading: `python -m bench.fidelity`.

Each source of the shared material is read, and its text compared with the ground truth beside it.
Writes docs/fidelity.md.
"""

import html
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from rapidfuzz.distance import Indel

from adapters.parsing.document import structure
from domain.parsing import kinds
from models.errors import AppError

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT.parent / "shared" / "data" / "documents" / "docling"
PAGE = ROOT / "docs" / "fidelity.md"
FORMATS = ("docx", "pptx", "xlsx", "html", "md", "csv")

# Both sides are brought to one manner of writing, so that words and order count and not style.
_LINK = re.compile(r"!?\[([^\]\n]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!<>|~-])")
_RULE = re.compile(r"^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Score:
    """From 0 to 1. `headings` and `rows` are None where the truth has none and neither have we."""

    name: str
    text: float
    headings: float | None
    rows: float | None


def normalised(markdown: str) -> str:
    """White space is one blank; links are their words; escapes and comments are gone."""
    text = unicodedata.normalize("NFC", html.unescape(_COMMENT.sub(" ", markdown)))
    text = _ESCAPE.sub(r"\1", _LINK.sub(r"\1", text))
    return " ".join(_RULE.sub("", text).replace("**", "").split())


def compared(name: str, ours: str, truth: str) -> Score:
    return Score(
        name,
        Indel.normalized_similarity(normalised(ours), normalised(truth)),
        _overlap(_headings(ours), _headings(truth)),
        _overlap(_rows(ours), _rows(truth)),
    )


def _headings(markdown: str) -> Counter[str]:
    return Counter(normalised(heading) for heading in _HEADING.findall(markdown))


def _rows(markdown: str) -> Counter[str]:
    """Of tables, cell by cell."""
    rows = (row for row in _ROW.findall(_RULE.sub("", markdown)))
    return Counter(
        "|".join(" ".join(cell.split()) for cell in normalised(row).split("|")) for row in rows
    )


def _overlap(ours: Counter[str], truth: Counter[str]) -> float | None:
    """F1: found of what there is, and true of what was found."""
    total = ours.total() + truth.total()
    return 2 * (ours & truth).total() / total if total else None


def scores(form: str, sources: Path = SOURCES) -> list[Score]:
    return list(_scores(sources / form))


def _scores(folder: Path) -> Iterator[Score]:
    for path in sorted((folder / "sources").iterdir()):
        truth = folder / "groundtruth" / f"{path.name}.md"
        if not truth.exists():
            continue
        data = path.read_bytes()
        try:
            ours = structure(kinds.detect(path.name, "", data), data, path.name).text
        except AppError as error:
            ours = error.code
        yield compared(path.name, ours, truth.read_text())


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{fmean(known):.3f}" if known else "–"


def _row(form: str, found: Sequence[Score]) -> str:
    worst = min(found, key=lambda score: score.text)
    cells = (
        form,
        str(len(found)),
        _mean([score.text for score in found]),
        f"{worst.text:.3f} ({worst.name})",
        _mean([score.headings for score in found]),
        _mean([score.rows for score in found]),
    )
    return f"| {' | '.join(cells)} |"


def page(found: dict[str, list[Score]]) -> str:
    rows = "\n".join(_row(form, found[form]) for form in found)
    return f"""# How much of a document survives

Measured by `python -m bench.fidelity` on the documents and ground truths of docling's own tests,
which causes were mended on. **Text** is the similarity of both texts as Markdown (1 - edit
distance by insertions and deletions / length of both), with white space, escapes, bold and the
addresses of links made alike. **Headings** and **table rows** are F1 over those lines, exactly.

| Format | Files | Text, mean | Text, worst | Headings | Table rows |
|---|---|---|---|---|---|
{rows}

The truth of Word, PowerPoint and Excel files was written by the reader that they go through here
(docling), so those rows say that nothing is lost on the way, not that the reader is right. Sheet
names (headings) and speaker notes are ours: the truth has none. Of web pages the truth keeps menus,
footers and hidden text, which are left out here on purpose. PDF has no truth in this material:
its tests are by hand (tests/knowledge/test_parsing_pdf.py).
"""


def main() -> None:
    if not SOURCES.exists():
        sys.exit(f"{SOURCES} is missing: nothing to compare.")
    found = {form: scores(form) for form in FORMATS}
    for form, of_form in found.items():
        for score in sorted(of_form, key=lambda one: one.text)[:8]:
            print(f"{form:5} {score.text:.3f} {score.headings} {score.rows} {score.name}")
    PAGE.write_text(page(found))
    print(page(found))


if __name__ == "__main__":
    main()
