"""`python -m bench.safety`: figures on messages, documents, answers and redaction; writes
`docs/safety.md`."""

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path

from bench import machine
from bench.safety import judged, redacted, timed
from bench.safety.corpus import DATA, Corpus
from domain.safety.answer import CONTAMINATED
from domain.safety.incoming import MALICIOUS, SUSPICIOUS
from domain.safety.instructing import INSTRUCTS
from local.paths import PROJECT

PAGE = PROJECT / "docs" / "safety.md"
METHOD = Path(__file__).with_name("method.md")


def _table(*columns: str, rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *rows])


def _counted(rows: Iterable[judged.Row], *columns: str) -> str:
    return _table("Texts", "how many", *columns, rows=(row.cells() for row in rows))


def figures(corpus: Corpus) -> dict[str, str]:
    """The page's tables by their names in `method.md`."""
    chosen_messages, chosen_documents = judged.choosing(corpus)
    at = [f"≥ {each}" for each in judged.THRESHOLDS]
    needless = redacted.needless(corpus)
    return {
        "machine": str(machine.this()),
        "thresholds": f"suspicious {SUSPICIOUS}, malicious {MALICIOUS}, instructs {INSTRUCTS}, "
        f"contaminated {CONTAMINATED}",
        "choosing_messages": _counted(chosen_messages, *at),
        "choosing_documents": _counted(chosen_documents, *at),
        "messages": _counted(judged.messages(corpus), "at least suspicious", "malicious"),
        "documents": _counted(judged.documents(corpus), "told"),
        "answers": _counted(judged.answers(corpus), "told"),
        "redaction": _table(
            "Kind",
            "labelled",
            "recall",
            "precision",
            rows=(one.cells() for one in redacted.figures(corpus, 1)),
        ),
        "needless": ", ".join(f"{name} {count}" for name, count in needless.items()),
        "times": _table(
            "Looked at", "p50, ms", "p99, ms", rows=(one.cells() for one in timed.times(corpus))
        ),
        "waits": _table(
            "What is held",
            "first word, ms later",
            "shown at once",
            "CPU a delta, µs",
            rows=(one.cells() for one in asyncio.run(timed.waits(corpus))),
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.safety", description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of shared data")
    given = parser.parse_args()
    text = METHOD.read_text(encoding="utf-8")
    for name, table in figures(Corpus(given.data)).items():
        text = text.replace(f"{{{name}}}", table)
    if given.dry:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
