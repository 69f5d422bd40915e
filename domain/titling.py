"""What a conversation is called before anybody has thought about it."""

from typing import Final

LENGTH: Final = 60


def beginning(text: str, length: int = LENGTH) -> str:
    """The first words, in one line: what shows nothing, or turns what is shown around, is left
    out."""
    words = ("".join(sign for sign in word if sign.isprintable()) for word in text.split())
    flat = " ".join(word for word in words if word)
    if len(flat) <= length:
        return flat
    cut = flat[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > length // 2 else cut).rstrip(" ,;:.-") + "…"
