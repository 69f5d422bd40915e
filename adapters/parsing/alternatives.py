"""docling's readers of Word and PowerPoint, which also keep what pictures say of themselves.

They hang on three methods that are docling's own: its version is pinned, and a test reads an
alternative text from both formats.
"""

from base64 import b64encode
from io import BytesIO
from typing import Any

from docling.backend import msexcel_backend, mspowerpoint_backend, msword_backend
from docling.backend.mspowerpoint_backend import MsPowerpointDocumentBackend
from docling.backend.msword_backend import MsWordDocumentBackend
from docling_core.types.doc.base import Size
from docling_core.types.doc.common.meta import DescriptionMetaField
from docling_core.types.doc.common.reference import ImageRef, ProvenanceItem
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.picture.meta import PictureMeta
from docling_core.types.doc.items.picture.picture import PictureItem
from PIL import Image as Pillow

from adapters.parsing.gallery import reduced

# Of lxml, python-docx and python-pptx, which say no types.
Element = Any
Elements = Any

_UNIT = Size(width=1, height=1)
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_CONTAINERS = ("inline", "anchor")


# docling keeps every picture whole, as PNG in Base64: 12 photographs of 12 megapixels took more
# than a gigabyte and a minute. All its readers open pictures through this name of theirs.
for _reader in (msword_backend, mspowerpoint_backend, msexcel_backend):
    vars(_reader)["normalize_image_for_png"] = reduced


def _written(picture: Pillow.Image) -> str:
    """As docling keeps it, for a moment: small enough already, so that speed counts."""
    written = BytesIO()
    picture.save(written, "PNG", compress_level=1)
    return b64encode(written.getvalue()).decode()


ImageRef._to_img_str_pil = staticmethod(_written)  # type: ignore[assignment, method-assign]  # noqa: SLF001 - as above


class Word(MsWordDocumentBackend):
    def _handle_pictures(self, drawing_blip: Elements, doc: DoclingDocument) -> Elements:
        references: Elements = super()._handle_pictures(drawing_blip, doc)
        for blip, reference in zip(drawing_blip or (), references, strict=False):
            _describe(reference.resolve(doc), _alternative_of(blip))
        return references


class PowerPoint(MsPowerpointDocumentBackend):
    _placed: tuple[Element, ProvenanceItem] | None = None

    def _generate_prov(
        self, shape: Element, slide_ind: int, text: str = "", slide_size: Element = _UNIT
    ) -> ProvenanceItem:
        """Once a shape: docling asks for each paragraph, and looks through the layouts for it."""
        if self._placed and self._placed[0] is shape:
            return self._placed[1].model_copy(update={"charspan": (0, len(text))})
        place: ProvenanceItem = super()._generate_prov(  # type: ignore[no-untyped-call]  # as below
            shape, slide_ind, text, slide_size
        )
        self._placed = shape, place
        return place

    def _handle_pictures(
        self,
        shape: Element,
        parent_slide: Element,
        slide_ind: int,
        doc: DoclingDocument,
        slide_size: Element,
    ) -> None:
        before = len(doc.pictures)
        super()._handle_pictures(  # type: ignore[no-untyped-call]  # docling leaves it so
            shape, parent_slide, slide_ind, doc, slide_size
        )
        for picture in doc.pictures[before:]:
            properties = shape._element.xpath(".//p:cNvPr/@descr")  # noqa: SLF001 - as python-pptx has no way
            _describe(picture, properties[0] if properties else "")


def _alternative_of(blip: Element) -> str:
    for container in blip.iterancestors():
        if container.tag.rpartition("}")[2] in _CONTAINERS:
            properties = container.find(_DRAWING)
            return "" if properties is None else str(properties.get("descr") or "")
    return ""


def _describe(picture: object, words: str) -> None:
    if isinstance(picture, PictureItem) and words.strip():
        picture.meta = PictureMeta(description=DescriptionMetaField(text=words.strip()))
