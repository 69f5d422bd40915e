"""A picture's near-duplicates are found again; what cannot be read is refused."""

import asyncio
import io
import struct
import zlib
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from adapters.pictures.descriptor import ClassicalDescriptor, described
from adapters.pictures.opening import opened
from models.errors import InvalidError
from tests.adapters.pictures.drawing import CHANGES, as_jpeg, as_png, drawn

MADE = 40


@cache
def library() -> npt.NDArray[np.float64]:
    return np.array([described(drawn(seed)) for seed in range(MADE)])


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_nearest_to_what_it_was_made_of(change: str) -> None:
    copies = [as_jpeg(CHANGES[change](drawn(seed))) for seed in range(0, MADE, 2)]
    vectors = np.array([described(opened(copy, 256)) for copy in copies])

    found = (vectors @ library().T).argmax(axis=1)

    assert found.tolist() == [*range(0, MADE, 2)]


async def test_vectors_are_of_unit_length_and_the_same_each_time() -> None:
    descriptor = ClassicalDescriptor()
    pictures = [as_png(drawn(seed)) for seed in range(4)]
    plain = [as_png(Image.new("RGB", (9, 9), colour)) for colour in ("white", "black", "red")]

    vectors, _ = await descriptor.embed(pictures + plain)
    again, _ = await descriptor.embed(pictures)

    assert vectors[:4] == again
    assert {len(vector) for vector in vectors} == {descriptor.dimension}
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)


async def test_another_layout_is_far_and_the_same_layout_near() -> None:
    def slide(*, left: bool, words: int) -> bytes:
        page = Image.new("RGB", (400, 300), "white")
        page.paste("navy", (0, 0, 400, 50))
        page.paste("teal", (20, 80, 180, 260) if left else (220, 80, 380, 260))
        for line in range(words):
            start = 210 if left else 20
            page.paste("black", (start, 90 + 20 * line, start + 150, 96 + 20 * line))
        return as_png(page)

    vectors, _ = await ClassicalDescriptor().embed(
        [slide(left=True, words=6), slide(left=True, words=8), slide(left=False, words=6)]
    )
    same, other = np.dot(vectors[0], vectors[1]), np.dot(vectors[0], vectors[2])

    assert same > 0.9
    assert other < 0.7


async def test_shape_transparency_and_a_camera_held_upright_do_not_matter() -> None:
    picture = drawn(3)
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    picture.transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG", exif=exif, quality=95)
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.paste(picture, (0, 0))

    vectors, _ = await ClassicalDescriptor().embed(
        [as_png(picture), turned.getvalue(), as_png(clear)]
    )

    assert np.dot(vectors[0], vectors[1]) > 0.99
    assert np.dot(vectors[0], vectors[2]) > 0.99


def huge() -> bytes:
    """A PNG that says it has 100,000 by 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_unreadable"),
        (as_png(Image.new("RGB", (300, 300)))[:120], "picture_unreadable"),
        (as_jpeg(drawn(1))[:900], "picture_unreadable"),
        (huge(), "picture_unreadable"),
        (as_png(Image.new("1", (5_000, 5_000))), "picture_too_large"),
    ],
)
async def test_what_is_no_picture_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        await ClassicalDescriptor().embed([data])
    assert refused.value.code == code


async def test_many_at_once_wait_for_each_other() -> None:
    descriptor, picture = ClassicalDescriptor(), as_png(drawn(0))
    answers = await asyncio.gather(*(descriptor.embed([picture]) for _ in range(8)))
    assert len({tuple(vectors[0]) for vectors, _ in answers}) == 1
