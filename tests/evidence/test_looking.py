"""What a file is, by its bytes; nothing a sender says about it is believed."""

import io
import zipfile

import pytest
from PIL import Image

from assent.evidence.files import file_name
from assent.evidence.looking import Look, look_at
from assent.evidence.pictures import CannotDraw, without_hidden_data

PDF = b"%PDF-1.7\n" + b"1 0 obj\n" * 200


def look(name: str, data: bytes) -> Look:
    return look_at(name, data[:65536], data[-65536:], data)


def archive(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in entries.items():
            packed.writestr(name, data)
    return out.getvalue()


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **saved: object) -> bytes:
    out = io.BytesIO()
    drawn = Image.new("RGB", size, "white")
    drawn.paste("red", (0, 0, size[0] // 2, size[1]))
    drawn.save(out, kind, **saved)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type", "remarks"),
    [
        ("letter.pdf", PDF, "application/pdf", ()),
        ("face.jpg", picture(), "image/jpeg", ()),
        ("notes.txt", "نامه".encode() * 20_000, "text/plain", ()),
        ("notes.csv", b"a,b\n", "text/plain", ()),
        ("noise", bytes(range(256)), "application/octet-stream", ()),
        ("no ending", PDF, "application/pdf", ()),
        ("face.jpg", PDF, "application/pdf", ("not_as_named",)),
        ("letter.pdf", picture(), "image/jpeg", ("not_as_named",)),
        ("face.png", b"just words", "text/plain", ("not_as_named",)),
        ("report.docx", archive({"word/document.xml": b"<w/>"}), "application/zip", ()),
        ("letter.pdf", PDF + archive({"a": b"b"}), "application/pdf", ("two_in_one",)),
        ("face.jpg", picture() + archive({"a": b"b"}), "image/jpeg", ("two_in_one",)),
        ("run.pdf", b"MZ" + bytes(300), "application/x-msdownload", ("not_as_named", "program")),
        ("page.html", b"<!DOCTYPE html><script>alert(1)</script>", "text/plain", ("markup",)),
        ("mark.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "text/plain", ("not_as_named", "markup")),
        ("bomb.zip", archive({"a": bytes(20_000_000)}), "application/zip", ("packed_trap",)),
        ("half.zip", archive({"a": bytes(20_000_000)})[:300], "application/zip", ()),
    ],
)  # fmt: skip
def test_it_is_known_by_its_bytes(
    name: str, data: bytes, media_type: str, remarks: tuple[str, ...]
) -> None:
    found = look(name, data)
    if name == "report.docx":
        assert found.media_type.startswith("application/")
    else:
        assert found.media_type == media_type
    assert set(found.remarks) == set(remarks)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_time_camera_and_comments(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    data = picture(kind, exif=exif.tobytes())
    assert b"Secret camera" in data
    bare = without_hidden_data(data, f"image/{kind.lower()}")
    assert b"Secret camera" not in bare
    with Image.open(io.BytesIO(bare)) as drawn:
        assert not drawn.getexif()
        assert drawn.size == (40, 20)
        assert set(drawn.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "loop",
            "background",
            "timestamp",
            "duration",
        }


def test_a_picture_taken_sideways_stays_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(
        io.BytesIO(without_hidden_data(picture(exif=exif.tobytes()), "image/jpeg"))
    ) as drawn:
        assert drawn.size == (20, 40)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (picture()[:300], "image/jpeg"),
        (b"", "image/png"),
        (picture("PNG"), "image/jpeg"),
        (PDF, "application/pdf"),
        (picture("PNG", (20_000, 6_000)), "image/png"),
    ],
)
def test_what_cannot_be_drawn_is_not_guessed_at(data: bytes, media_type: str) -> None:
    with pytest.raises(CannotDraw):
        without_hidden_data(data, media_type)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("letter.pdf", "letter.pdf"),
        ("C:\\Users\\lena\\letter.pdf", "letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("\u202efdp.exe", "fdp.exe"),
        ("نامه.pdf", "نامه.pdf"),
        ("a\0b\nc.txt", "abc.txt"),
        ("", "file"),
        ("/", "file"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert file_name(name) == kept
