"""A brand guide as a PDF of two pages, made here: its second page speaks of tone."""

from typing import Final

from tests.chaos.faults.poison_files import page_of, pdf

NAME: Final = "brand-guide.pdf"
TONE: Final = "The tone of voice is warm and brief"


def brand_guide() -> bytes:
    history = (
        "Brand guide of the Aurora bakery, in its third edition.",
        *(
            f"In {year} the bakery beside the old harbour baked {year * 7} loaves of rye, and"
            for year in range(1911, 1946)
        ),
        "that is how its history ended.",
    )
    voice = (
        f"{TONE}: short sentences, no slang.",
        "Headlines name the bread first and the price last.",
        "The tone of voice is the same in every language that we print.",
    )
    return pdf([_headed("Brand guide", *history), _headed("Tone of voice", *voice)])


def _headed(heading: str, *lines: str) -> bytes:
    return page_of(heading, size=20) + b" " + page_of(*lines, top=720)
