"""PNG files of charts: a palette where it has room, RGB else, and the same pixels."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from plainrecord.publishing.bitmaps import SIGNATURE, shrink_bitmap


def write_png(pixels: np.ndarray, *, step: int = 1) -> bytes:
    """Pixels (height, width, RGBA) as a PNG file whose lines have the filter Sub, or none."""
    height, width, _ = pixels.shape
    before = np.zeros_like(pixels)
    before[:, 1:] = pixels[:, :-1] * step
    lines = np.full((height, 1 + 4 * width), step, np.uint8)
    lines[:, 1:] = (pixels - before).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def read_png(content: bytes) -> tuple[int, np.ndarray]:
    """The kind of colours of a file without filters, and its pixels in RGB."""
    chunks, place = {}, 8
    while place < len(content):
        size, name = struct.unpack(">I4s", content[place : place + 8])
        chunks[name] = content[place + 8 : place + 8 + size]
        crc = struct.unpack(">I", content[place + 8 + size : place + 12 + size])[0]
        assert crc == zlib.crc32(name + chunks[name])
        place += 12 + size
    width, height, _, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, -1)
    assert not lines[:, 0].any()
    drawn = lines[:, 1:]
    if kind == 3:
        return kind, np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)[drawn]
    return kind, drawn.reshape(height, width, 3)


@pytest.mark.parametrize(("colors", "kind"), [(1, 3), (256, 3), (257, 2)])
def test_the_pixels_stay_the_same(colors: int, kind: int) -> None:
    numbers = np.arange(40 * 30, dtype=np.uint32).reshape(30, 40) % colors
    pixels = (numbers * 70_001 | 0xFF00_0000).view(np.uint8).reshape(30, 40, 4)
    found, shown = read_png(shrink_bitmap(write_png(pixels)))
    assert found == kind
    assert (shown == pixels[:, :, :3]).all()


def test_what_is_transparent_or_has_other_filters_stays_as_it_is() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    opaque = np.full((4, 4, 4), 255, np.uint8)
    for content in (write_png(clear), write_png(opaque, step=0)):
        assert shrink_bitmap(content) == content
    small = shrink_bitmap(write_png(opaque))
    assert shrink_bitmap(small) == small
