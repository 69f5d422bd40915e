"""Which module reads which kind of file. Importing this loads none of them."""

from collections.abc import Sequence

from domain.parsing import kinds

_OFFICE = "adapters.parsing.office"
_MODULES = {
    kinds.DOCX: _OFFICE,
    kinds.PPTX: _OFFICE,
    kinds.XLSX: _OFFICE,
    kinds.PDF: "adapters.parsing.pdf",
    kinds.EMAIL: "adapters.parsing.mail",
    **dict.fromkeys(kinds.IMAGES, "adapters.parsing.image"),
}


def module(media_type: str) -> str | None:
    """None for what the domain itself reads."""
    return _MODULES.get(media_type)


def modules(media_type: str) -> Sequence[str]:
    """What a child for such a file should find loaded."""
    if media_type == kinds.EMAIL:
        # Its attachments may be anything.
        return sorted(set(_MODULES.values()))
    own = module(media_type)
    return [own] if own else []
