"""Pictures to compare, and one that is not meant to be opened."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def drawn(seed: int) -> Image.Image:
    """A picture of 25 ellipses, different for each seed."""
    generator = np.random.default_rng(seed)
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, size = generator.integers(0, 300, 3)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(generator.integers(0, 255, 3).tolist()))
    return image


def write_bomb(path: Path, side: int) -> None:
    """Write a PNG of a few bytes that says it is side × side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
