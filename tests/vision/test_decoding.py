"""What pictures are taken, and that nothing is decoded before its size is known."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.vision.decoding import decode
from backend.vision.errors import ImageTooLarge, UnreadableImage
from backend.vision.headers import read_header


def encoded(kind: str, width: int = 60, height: int = 40, *options: int) -> bytes:
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(kind, picture, options)[1].tobytes()


def png_claiming(width: int, height: int) -> bytes:
    """A real PNG whose header claims another size, with a right checksum."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    good = encoded(".png")
    return good[:12] + body + struct.pack(">I", zlib.crc32(body)) + good[33:]


def jpeg_claiming(width: int, height: int) -> bytes:
    good = bytearray(encoded(".jpg"))
    at = good.index(b"\xff\xc0") + 5
    good[at:at + 4] = struct.pack(">HH", height, width)
    return bytes(good)


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an EXIF segment that holds nothing but the orientation."""
    tiff = b"MM\x00*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0) + bytes(4)
    exif = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp", ".bmp"])
def test_the_usual_formats_are_read_with_the_size_their_header_tells(kind, settings):
    data = encoded(kind)
    header = read_header(data)
    assert (header.width, header.height, header.complete) == (60, 40, True)
    assert decode(data, settings).shape == (40, 60, 3)


def test_lossless_webp_and_progressive_jpeg(settings):
    lossless = encoded(".webp", 61, 40, cv2.IMWRITE_WEBP_QUALITY, 101)
    assert (read_header(lossless).width, read_header(lossless).height) == (61, 40)
    progressive = encoded(".jpg", 60, 40, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert decode(progressive, settings).shape == (40, 60, 3)


def test_a_grey_picture_and_one_with_transparency_become_colour(settings):
    grey = cv2.imencode(".png", np.zeros((20, 30), np.uint8))[1].tobytes()
    clear = cv2.imencode(".png", np.zeros((20, 30, 4), np.uint8))[1].tobytes()
    assert decode(grey, settings).shape == decode(clear, settings).shape == (20, 30, 3)


@pytest.mark.parametrize("forged", [png_claiming(25_000, 20_000), jpeg_claiming(25_000, 20_000)],
                         ids=["png", "jpeg"])
def test_five_hundred_megapixels_are_refused_without_taking_the_memory(forged, settings):
    tracemalloc.start()
    try:
        with pytest.raises(ImageTooLarge, match="25000 × 20000") as caught:
            decode(forged, settings)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert (caught.value.code, caught.value.status) == ("image_too_large", 422)


def test_a_file_with_too_many_bytes_is_refused(settings):
    with pytest.raises(ImageTooLarge, match="MB"):
        decode(bytes(20_000), settings.but(max_image_bytes=10_000))


@pytest.mark.parametrize(("data", "said"), [
    (b"", "empty"),
    (b"hello", "no picture"),
    (b"\xff\xd8\xff\xe0", "no picture"),
    (b"\x89PNG\r\n\x1a\n", "no picture"),
    (b"\x00\x00\x00\x18ftypheic" + bytes(50), "HEIC"),
    (b"GIF89a" + bytes(50), "GIF"),
    (b"%PDF-1.7" + bytes(50), "PDF"),
    (encoded(".jpg")[:-300], "cut off"),
    (encoded(".png")[:-300], "cut off"),
    (encoded(".webp")[:-300], "cut off"),
    (png_claiming(0, 40), "cut off"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_no_picture_is_refused_in_words(data, said, settings):
    with pytest.raises(UnreadableImage, match=said) as caught:
        decode(data, settings)
    assert (caught.value.code, caught.value.status) == ("unreadable_image", 422)


def test_damaged_pixels_are_refused(settings):
    data = encoded(".png")
    with pytest.raises(UnreadableImage):
        decode(data[:60] + bytes(len(data) - 60 - 64) + data[-64:], settings)


def test_a_picture_of_a_phone_held_sideways_is_turned_upright(settings):
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :30] = 255  # white on the left
    lying = with_orientation(cv2.imencode(".jpg", picture)[1].tobytes(), 6)  # turn by 90° clockwise
    upright = decode(lying, settings)
    assert upright.shape == (60, 40, 3)
    assert upright[:20].mean() > 250 and upright[40:].mean() < 5  # white on top


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM",
                                                 b"RIFF\x00\x00\x00\x00WEBPVP8 ", b""]))
def test_no_bytes_break_the_header_reader(data, start):
    header = read_header(start + data)
    assert header is None or (header.width >= 0 and header.height >= 0)
