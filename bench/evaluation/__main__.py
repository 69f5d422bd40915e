"""`python -m bench.evaluation`: measure retrieval and answers, and write `docs/eval.md`."""

import argparse
import asyncio
import logging
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from activities.enhancement import Enhancer
from bench import machine
from bench.evaluation import answers, baseline, chunks, corpus, questions, report
from bench.evaluation.answers import Answering, sample
from bench.evaluation.figures import Figures, Rankings, percentiles, stored
from bench.evaluation.place import Place, opened
from bench.evaluation.questions import Question, Questions
from bench.evaluation.stages import FUSED, LEXICAL, RERANKED_STAGE, STAGES, VECTOR, WHOLE, Stages
from domain.catalogue import GENERAL
from domain.query import Standalone

ENHANCED = ", enhanced"
PARTS = ("stages", "answers", "chunks")
# Answerable and unanswerable questions. The small model reads 2,000 tokens for each.
ASKED = {"offline": (140, 97), "smollm2": (24, 12)}
# The whole evaluation stays below ten minutes.
ANSWERING_SECONDS = 240.0
# It reads some 100 tokens a second on a busy processor: few passages, little history.
SMALL = {"top_k": 3, "passage_tokens": 800, "output_tokens": 128, "context_tokens": 2_000}
COMPARED = (
    (FUSED, baseline.PLAIN),
    (FUSED, baseline.STEMMED),
    (FUSED, LEXICAL),
    (FUSED, VECTOR),
    (RERANKED_STAGE, FUSED),
    (WHOLE, RERANKED_STAGE),
    *((f"{name}{ENHANCED}", name) for name in STAGES),
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--model", choices=[*ASKED], default="offline", help="what answers")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--most", type=int, help="questions at most, to see that it works")
    parser.add_argument("--dry", action="store_true", help="write no report")
    parser.add_argument("--data", type=Path, default=questions.FILE, help="mtrag-un's file")
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    logging.disable(logging.INFO)
    if not given.data.exists():
        raise SystemExit(f"{given.data} is missing: the shared material is needed for this.")
    asked = questions.loaded(given.data)
    figures = _begun(given, asked)
    asyncio.run(_measured(given, asked, figures))
    if "chunks" in given.only:
        with _timed(figures, "chunks"):
            figures.chunks = chunks.compared(asked)
    for line in report.lines(figures):
        print(line)
    if not given.dry:
        figures.written()
        report.write(figures)


def _begun(given: argparse.Namespace, asked: Questions) -> Figures:
    """Parts that are not measured this time stay what they were."""
    kept = stored() if tuple(given.only) != PARTS or given.model != "offline" else None
    return kept or Figures(
        machine=str(machine.this()),
        command="`make eval`, and `make eval ARGS='--model smollm2 --only answers'`",
        passages=len(asked.passages),
        questions=len(asked.findable[: given.most]),
    )


async def _measured(given: argparse.Namespace, asked: Questions, figures: Figures) -> None:
    if not {"stages", "answers"} & set(given.only):
        return
    async with opened(given.model) as place:
        with _timed(figures, "taking in"):
            held = await corpus.taken_in(
                place.database, place.documents, place.embedder, asked.passages
            )
        if "stages" in given.only:
            stages = Stages(held, place.embedder, place.reranker, place.retriever)
            with _timed(figures, "stages"):
                await _ranked(stages, place.enhancer, asked, given.most, figures)
        if "answers" in given.only:
            with _timed(figures, "answers"):
                await _answered(given, place, held, asked, figures)


async def _ranked(
    stages: Stages,
    enhancer: Enhancer | None,
    asked: Questions,
    most: int | None,
    figures: Figures,
) -> None:
    findable = asked.findable[:most]
    rankings = Rankings(findable)
    # Warm: connections, plans and vectors are there before anything is timed.
    await stages.rank(Standalone(findable[0].text))
    stages.times.of.clear()
    plain = {one.id: await stages.rank(Standalone(one.text)) for one in findable}
    figures.times = percentiles(stages.times.of)
    figures.rewritten = 0
    for one in findable:
        rankings.add(plain[one.id])
        question = await _enhanced(enhancer, one)
        figures.rewritten += question is not None
        found = plain[one.id] if question is None else await stages.rank(question)
        rankings.add(found, ENHANCED)
    texts = [one.text for one in findable]
    for name, stemmed in ((baseline.PLAIN, False), (baseline.STEMMED, True)):
        rankings.ways[name] = baseline.rankings(asked.passages, texts, stemmed=stemmed)
    order = [baseline.PLAIN, baseline.STEMMED, *STAGES, *(f"{n}{ENHANCED}" for n in STAGES)]
    figures.rows = [rankings.row(way) for way in order]
    figures.comparisons = [rankings.compared(ours, theirs) for ours, theirs in COMPARED]


async def _enhanced(enhancer: Enhancer | None, question: Question) -> Standalone | None:
    """None where the message's own words are searched for."""
    if enhancer is None or not enhancer.pays(question.text, has_history=bool(question.history)):
        return None
    found = await enhancer.enhance(question.history, question.text)
    return found.question if found.rewritten else None


async def _answered(
    given: argparse.Namespace,
    place: Place,
    held: corpus.Corpus,
    asked: Questions,
    figures: Figures,
) -> None:
    agent = GENERAL.model_copy(update={"tools": ()})
    if given.model == "smollm2":
        agent = agent.model_copy(update=SMALL)
    answering = Answering(
        held.scope, held.names, place.retriever, place.enhancer, place.model, agent
    )
    able, unable = ASKED[given.model]
    chosen: Sequence[Question] = [
        *sample(asked.all, answers.ANSWERABLE, min(able, given.most or able)),
        *sample(asked.all, answers.UNANSWERABLE, min(unable, given.most or unable)),
    ]
    # Mixed, so that whatever there was time for is of both kinds.
    mixed = sorted(chosen, key=lambda one: zlib.crc32(one.id.encode()))
    until = time.monotonic() + ANSWERING_SECONDS
    said: list[answers.Answer] = []
    for one in mixed:
        if time.monotonic() > until:
            print(f"Time for {len(said)} answers of {len(mixed)}.")
            break
        said.append(await answering.answer(one))
    for code, times in Counter(one.failed for one in said if one.failed).items():
        print(f"{times} answers failed: {code}")
    others = [one for one in figures.answers if one.model != given.model]
    figures.answers = [*others, answers.judged(given.model, said)]


@contextmanager
def _timed(figures: Figures, name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    figures.seconds[name] = time.monotonic() - began
    print(f"{name}: {figures.seconds[name]:.0f} s", flush=True)


if __name__ == "__main__":
    main()
