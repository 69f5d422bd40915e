"""Passages for captions that are still to come."""

from dataclasses import replace

from domain.ports.knowledge import NewPassage
from domain.ports.parsing import ParsedDocument


def with_places(parsed: ParsedDocument) -> ParsedDocument:
    """Each picture of which the file says nothing gets a passage of its own, after the others:
    what a vision model says of it is found there. Offsets are those of the text's end."""
    passages, pictures = list(parsed.passages), []
    end = max((passage.end for passage in passages), default=0)
    for picture in parsed.pictures:
        placed = picture
        if picture.passage is None:
            page = "" if picture.page is None else f" on page {picture.page}"
            text = f"Picture {picture.index + 1}{page}. {picture.caption}".strip()
            place = NewPassage(len(passages), text, "", end, end, picture.page)
            passages.append(place)
            placed = replace(picture, passage=place.index)
        pictures.append(placed)
    return replace(parsed, passages=passages, pictures=pictures)
