"""One file to a parsed document, whatever its kind. Only a child calls this."""

from dataclasses import replace
from importlib import import_module

from adapters.parsing import language, readers
from domain.parsing import document, kinds
from domain.parsing.metadata import merge
from domain.parsing.structure import StructuredText
from domain.ports.knowledge import Metadata
from domain.ports.parsing import ParsedDocument
from models.errors import UnsupportedError
from models.payloads.knowledge import Chunking


def read(media_type: str, data: bytes, name: str, chunking: Chunking) -> ParsedDocument:
    """Read and cut one file. Raises what `domain.parsing.document.parse` does, and what the
    readers of binary formats say: document_encrypted, needs_ocr, document_expands,
    document_unsafe, document_parse_failed."""
    structured = structure(media_type, data, name)
    # Templates say `en` whatever is written into them: what is read counts first.
    read_as = Metadata(language=language.of(structured.text))
    return document.cut(replace(structured, metadata=merge(read_as, structured.metadata)), chunking)


def structure(media_type: str, data: bytes, name: str) -> StructuredText:
    if media_type not in kinds.READ:
        raise UnsupportedError(f"Files of type {media_type[:100]} are not read. {kinds.WHAT}")
    module = readers.module(media_type)
    if module is None:
        return document.read(media_type, data)
    structured: StructuredText = import_module(module).read(media_type, data, name)
    return structured
