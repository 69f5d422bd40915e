"""Cut a structured text into passages that stand on their own and say where they come from."""

from collections.abc import Callable, Iterator, Mapping

from domain.chunking import linear, semantic
from domain.chunking.cut import Cut, passages
from domain.parsing.structure import StructuredText
from domain.ports.knowledge import NewPassage
from models.payloads.knowledge import Chunker, Chunking

_CHUNKERS: Mapping[Chunker, Callable[[StructuredText, Chunking], Iterator[Cut]]] = {
    Chunker.SEMANTIC: semantic.cuts,
    Chunker.FIXED: linear.fixed,
    Chunker.RECURSIVE: linear.recursive,
    Chunker.SENTENCE: linear.sentence,
}


def chunk(document: StructuredText, chunking: Chunking) -> list[NewPassage]:
    """Every character that is no white space is in a passage; none is longer than the size; they
    come in the order of the text."""
    return list(passages(document, _CHUNKERS[chunking.chunker](document, chunking)))


__all__ = ["chunk"]
