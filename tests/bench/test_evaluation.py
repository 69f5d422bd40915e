"""The evaluation counts what it says it counts."""

from pathlib import Path
from uuid import uuid4

import pytest

from bench.evaluation import chunks, report
from bench.evaluation.answers import Answer, judged
from bench.evaluation.chunks import Piece, Span
from bench.evaluation.figures import Figures, Rankings, stored
from bench.evaluation.questions import Question, SourcePassage
from bench.evaluation.scoring import difference, ndcg, recall


def question(
    *gold: str, conversation: str = "", answerable: str = "ANSWERABLE", name: str = ""
) -> Question:
    return Question(
        id=name or str(uuid4()),
        conversation=conversation or str(uuid4()),
        subject="brand",
        text="what",
        history=(),
        gold=frozenset(gold),
        answer="blue",
        answerable=answerable,
    )


def passage(name: str, text: str, start: int) -> SourcePassage:
    return SourcePassage(name, "one", "", text, start, start + len(text))


def test_all_gold_first_is_one_and_later_is_less() -> None:
    assert ndcg(["a", "b", "x"], {"a", "b"}) == 1
    assert 0 < ndcg(["x", "a", "b"], {"a", "b"}) < 1
    assert ndcg(["x"], {"a"}) == 0
    assert ndcg([*"0123456789", "a"], {"a"}) == 0


def test_recall_is_the_share_found_so_far() -> None:
    assert recall(["a", "x", "b"], {"a", "b"}, 2) == 0.5
    assert recall(["a", "x", "b"], {"a", "b"}, 3) == 1


def test_a_sure_difference_has_an_interval_above_zero() -> None:
    groups = [str(number) for number in range(40)]
    sure = difference([0.9] * 40, [0.5] * 40, groups)
    unsure = difference([1.0, 0.0] * 20, [0.0, 1.0] * 20, groups)

    assert (sure.low, sure.high) == pytest.approx((0.4, 0.4))
    assert unsure.low < 0 < unsure.high


def test_questions_of_one_conversation_are_drawn_together() -> None:
    alone = difference([1.0, 0.0] * 20, [0.0] * 40, [str(number) for number in range(40)])
    together = difference([1.0, 0.0] * 20, [0.0] * 40, [str(number % 4) for number in range(40)])

    assert together.high - together.low > alone.high - alone.low


def test_what_neighbours_share_stands_once_and_spans_keep_their_text() -> None:
    both = "The launch is in May and everybody knows it by now. "
    passages = [
        passage("first", f"Red is warm. {both}", 0),
        passage("next", f"{both}Blue is cold.", 13),
    ]

    library = chunks.joined(passages)

    assert library.texts["one"].count("The launch") == 1
    for one in passages:
        span = library.spans[one.id]
        assert library.texts["one"][span.start : span.end] == one.text


def test_gold_is_counted_by_its_characters() -> None:
    given = [Piece(Span("one", 0, 60), "", ""), Piece(Span("one", 40, 100), "", "")]

    covered, pure = chunks._overlap(given, [Span("one", 50, 150), Span("two", 0, 100)])

    assert covered == pytest.approx(50 / 200)
    assert pure == pytest.approx(50 / 100)


def answer(asked: Question, text: str, *cited: str, given: tuple[str, ...] = ()) -> Answer:
    return Answer(asked, text, frozenset(given), frozenset(cited), 0, 1.0)


def test_citations_are_counted_over_the_answers_that_cite() -> None:
    found = judged(
        "m",
        [
            answer(question("a", "b"), "It is blue.", "a", "x", given=("a", "x")),
            answer(question("a"), "The passages do not answer this.", given=("a",)),
            answer(question(answerable="UNANSWERABLE"), "I could not find that."),
            answer(question(answerable="UNANSWERABLE"), "It is blue, surely.", "x"),
        ],
    )

    assert (found.precision, found.recall, found.citing) == (0.5, 0.25, 0.5)
    assert (found.given, found.wrongly, found.declined) == (0.75, 0.5, 0.5)


def test_a_report_comes_back_as_it_was_written(tmp_path: Path) -> None:
    # One in each half: random ones were both outside of the held-out one at times.
    asked = [question("a", conversation="a", name="1"), question("b", conversation="e", name="2")]
    rankings = Rankings(asked)
    for _ in asked:
        rankings.add({"fused": ["b", "a"], "lexical": ["a", "b"]})
    figures = Figures("a machine", "`make eval`", 2, 2)
    figures.rows = [rankings.row("fused"), rankings.row("lexical")]
    figures.comparisons = [rankings.compared("fused", "lexical")]

    figures.written(tmp_path / "results.json")
    report.write(figures, tmp_path)

    assert stored(tmp_path / "results.json") == figures
    page = (tmp_path / "eval.md").read_text()
    assert "| fused – lexical |" in page
    assert "<svg" in (tmp_path / "eval.svg").read_text()
