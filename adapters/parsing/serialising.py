"""A docling document as our Markdown: compact tables, marks where pictures are."""

from docling_core.transforms.serializer.base import BaseDocSerializer, SerializationResult
from docling_core.transforms.serializer.common import create_ser_result
from docling_core.transforms.serializer.markdown import (
    MarkdownDocSerializer,
    MarkdownParams,
    MarkdownPictureSerializer,
    MarkdownTableSerializer,
)
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.picture.picture import PictureItem
from docling_core.types.doc.items.table.table_data import TableData

from adapters.parsing.gallery import Gallery
from domain.parsing import marked
from domain.parsing.tables import table


class _Pictures(MarkdownPictureSerializer):
    _gallery: Gallery

    def serialize(
        self,
        *,
        item: PictureItem,
        doc_serializer: BaseDocSerializer,  # noqa: ARG002 - docling's signature
        doc: DoclingDocument,
        **kwargs: object,  # noqa: ARG002 - docling's signature
    ) -> SerializationResult:
        """Charts give their numbers, pictures a mark."""
        caption = item.caption_text(doc)
        meta = item.meta
        parts = []
        if meta is not None and meta.tabular_chart is not None and meta.tabular_chart.chart_data:
            parts = [caption, _kind(item), _table(meta.tabular_chart.chart_data)]
        elif item.image is not None and item.image.pil_image is not None:
            said = meta.description.text if meta is not None and meta.description else ""
            mark = self._gallery.add(item.image.pil_image, said or caption)
            # A caption beside an alternative text is text of the document.
            parts = [mark, caption if said or not mark else ""]
        text = "\n\n".join(part for part in parts if part)
        return create_ser_result(text=text, span_source=item)


def spaced(text: str) -> str:
    """Tables and pictures with empty lines around them: in a list docling writes none, and then
    Markdown takes them for the list's text. Bars in cells as Markdown has them."""
    lines: list[str] = []
    before = ""
    fenced = False
    for line in text.split("\n"):
        kind = _sort(line)
        fenced ^= line.lstrip().startswith("```")
        apart = kind != before or kind == "picture"
        if not fenced and before and kind and apart:
            lines.append("")
        lines.append(line.replace("&#124;", "\\|") if kind == "row" else line)
        before = kind
    return "\n".join(lines)


def _sort(line: str) -> str:
    if line.startswith("|"):
        return "row"
    if marked.is_picture(line):
        return "picture"
    return "text" if line.strip() else ""


def _kind(item: PictureItem) -> str:
    """`Bar chart`, where the file says so."""
    meta = item.meta
    found = meta.classification.predictions if meta and meta.classification else []
    return found[0].class_name.replace("_", " ").capitalize() if found else ""


def _table(data: TableData) -> str:
    head, *body = [[cell.text for cell in row] for row in data.grid] or [[]]
    return table([head, *body]) if head else ""


def serialiser(document: DoclingDocument, gallery: Gallery) -> MarkdownDocSerializer:
    pictures = _Pictures()
    pictures._gallery = gallery  # noqa: SLF001 - a pydantic model takes no argument of ours
    return MarkdownDocSerializer(
        doc=document,
        picture_serializer=pictures,
        table_serializer=MarkdownTableSerializer(),
        # Escapes would keep `snake_case` and `R&D` from being found.
        params=MarkdownParams(
            compact_tables=True,
            escape_underscores=False,
            escape_html=False,
            image_placeholder="",
            include_picture_classification=False,
            # It stands where the picture does, once.
            allowed_meta_names=set(),
        ),
    )
