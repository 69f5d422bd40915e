"""Pictures of nobody: made from a seed, and changed as copies of pictures are."""

import io
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

SIZE: Final = (480, 320)


@cache
def drawn(seed: int) -> Image.Image:
    """A chart, a slide, a scene or an advertisement."""
    random = Random(seed)  # noqa: S311 -- a drawing, not a secret
    picture = Image.new("RGB", SIZE, _colour(random, 150, 255))
    kinds = (_chart, _slide, _scene, _advertisement)
    kinds[seed % len(kinds)](ImageDraw.Draw(picture), random)
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _colour(random: Random, low: int = 0, high: int = 255) -> tuple[int, int, int]:
    return random.randint(low, high), random.randint(low, high), random.randint(low, high)


def _words(random: Random, count: int) -> str:
    return " ".join(
        "".join(random.choices("aeioulnrst", k=random.randint(2, 9))) for _ in range(count)
    )


def _chart(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = SIZE
    bars, colour = random.randint(4, 12), _colour(random, 0, 160)
    step = (width - 80) // bars
    for bar in range(bars):
        top = random.randint(50, height - 60)
        left = 50 + bar * step
        draw.rectangle((left, top, left + step * 0.7, height - 40), fill=colour)
    draw.line((40, 30, 40, height - 40, width - 20, height - 40), fill="black", width=2)
    draw.text((60, 10), _words(random, 3), fill="black", font=ImageFont.load_default(18))


def _slide(draw: ImageDraw.ImageDraw, random: Random) -> None:
    draw.rectangle((0, 0, SIZE[0], random.randint(40, 80)), fill=_colour(random, 0, 180))
    draw.text((20, 15), _words(random, 3), fill="white", font=ImageFont.load_default(24))
    for line in range(random.randint(3, 8)):
        place = (30 + random.choice((0, 20)), 100 + line * 26)
        draw.text(
            place,
            _words(random, random.randint(2, 7)),
            fill="black",
            font=ImageFont.load_default(16),
        )


def _scene(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = SIZE
    horizon = random.randint(100, 240)
    draw.rectangle((0, horizon, width, height), fill=_colour(random, 30, 160))
    for _ in range(random.randint(4, 10)):
        x, y, r = random.randint(0, width), random.randint(0, height), random.randint(15, 90)
        shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
        shape((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=_colour(random))


def _advertisement(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = SIZE
    x, y, r = random.randint(80, 400), random.randint(80, 240), random.randint(40, 110)
    draw.ellipse((x - r, y - r, x + r, y + r), fill=_colour(random, 0, 220))
    points = [(random.randint(0, width), random.randint(0, height)) for _ in range(3)]
    draw.polygon(points, fill=_colour(random))
    draw.text(
        (random.randint(10, 120), random.randint(10, 260)),
        _words(random, 2).upper(),
        fill=_colour(random, 0, 80),
        font=ImageFont.load_default(34),
    )


def cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    """A share cut from the left and the top, half of it from the other sides."""

    def change(picture: Image.Image) -> Image.Image:
        w, h = picture.size
        return picture.crop(
            (int(w * share), int(h * share), int(w * (1 - share / 2)), int(h * (1 - share / 2)))
        )

    return change


def _resized(share: float) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: picture.resize((int(picture.width * share), int(picture.height * share)))


def _marked(picture: Image.Image) -> Image.Image:
    marked = picture.copy()
    place = (marked.width * 0.6, marked.height * 0.85)
    ImageDraw.Draw(marked).text(place, "© SAMPLE", fill="white", font=ImageFont.load_default(22))
    return marked


CHANGES: Final[dict[str, Callable[[Image.Image], Image.Image]]] = {
    "saved again": lambda picture: picture,
    "half the size": _resized(0.5),
    "half as large again": _resized(1.5),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.3),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.6),
    "less contrast": lambda picture: ImageEnhance.Contrast(picture).enhance(0.6),
    "without colour": lambda picture: picture.convert("L").convert("RGB"),
    "marked": _marked,
    "cropped a little": cropped(0.04),
}


def as_png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def as_jpeg(picture: Image.Image, quality: int = 40) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()
