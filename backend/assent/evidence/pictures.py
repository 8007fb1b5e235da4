"""Pictures without what they carry unseen: place, time, camera, thumbnails, comments.

The picture is drawn anew from its points and nothing else is taken along; the original keeps everything.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps

MOST_BYTES = 64 * 1024 * 1024
MOST_POINTS = 100_000_000
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class CannotDraw(Exception):
    """No picture of usual size: broken, truncated, moving, or far too many points."""


def is_picture(media_type: str) -> bool:
    """Whether a copy without hidden data can be made of this kind of file."""
    return media_type in _FORMATS


def without_hidden_data(data: bytes, media_type: str) -> bytes:
    """Return the picture drawn anew, in the same format, turned the way it was meant to be seen.

    Raises:
        CannotDraw
    """
    kind = _FORMATS.get(media_type)
    if kind is None or len(data) > MOST_BYTES:
        raise CannotDraw
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_POINTS or getattr(picture, "n_frames", 1) > 1:
                raise CannotDraw
            turned = ImageOps.exif_transpose(picture)
            mode = "RGB" if kind == "JPEG" else ("RGBA" if turned.has_transparency_data else "RGB")
            turned = turned.convert(mode)
            bare = Image.new(mode, turned.size)
            bare.paste(turned)
    except CannotDraw:
        raise
    except Exception as error:  # decoders of strangers' bytes raise whatever they like
        raise CannotDraw from error
    out = io.BytesIO()
    bare.save(out, kind, **({"quality": 92} if kind != "PNG" else {}))
    return out.getvalue()
