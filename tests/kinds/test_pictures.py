"""A statement's pictures: bare, described, seen by whoever decides, public with it and gone with it."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import httpx2
from docx import Document as OpenedDocx
from PIL import Image
from pypdf import PdfReader

from tests.coalition import STATEMENT, Coalition
from tests.web.visitors import Visitors

ALT, RIGHTS = "She stands at a blackboard, chalk in hand.", "The family; may be used freely."


async def _photograph(drafter: httpx2.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """A picture with the place it was taken at, and the copy made of it."""
    drawn = Image.new("RGB", (60, 40), "teal")
    exif = drawn.getexif()
    exif[0x010F] = "A CAMERA MAKER"
    out = io.BytesIO()
    drawn.save(out, "JPEG", exif=exif)
    made = await drafter.post(
        "cases/teacher/evidence",
        data={"title": "At school", "tier": "primary", "visibility": "case"},
        files={"file": ("school.jpg", out.getvalue())},
    )
    original = made.json()
    copy = await drafter.get(f"evidence/{original['copy_without_hidden_data']}")
    return original, copy.json()


def _with(sha256: str, *attached: str) -> dict[str, Any]:
    about = {"sha256": sha256, "alt": ALT, "rights": RIGHTS}
    return {
        "form": {"form": "statement", "pictures": {"about": [about]}},
        "attachments": [{"sha256": a, "kind": "photograph", "title": "At school"} for a in attached],
    }  # fmt: skip


async def test_a_picture_is_public_with_its_statement_and_gone_with_it(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    _, copy = await _photograph(drafter)
    digest = copy["sha256"]
    action = await coalition.ready(**_with(digest, digest))
    consent = (await coalition.facts(action)).facts.consents[0]
    decide = (
        await (await visitors.browser(coalition.mother)).get(f"/actions/{action}/decide")
    ).text
    [seen] = re.findall(r'<img src="([^"]+)"', decide)
    mother = await visitors.browser(coalition.mother)
    assert hashlib.sha256((await mother.get(seen)).content).hexdigest() == digest
    stranger = await visitors.browser(coalition.stranger)
    assert (await stranger.get(seen)).status_code == 404
    path = (await coalition.publishes(action)).path
    nobody = await visitors.nobody()
    page = (await nobody.get(f"{nobody.base_url.copy_with(path=path)}")).text
    assert f'alt="{ALT}"' in page
    assert RIGHTS in page
    address = str(nobody.base_url.copy_with(path=f"{path}/pictures/{digest}"))
    picture = await nobody.get(address)
    assert hashlib.sha256(picture.content).hexdigest() == digest
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"] == "public, no-cache"
    assert b"A CAMERA MAKER" not in picture.content
    again = await nobody.get(address, headers={"If-None-Match": picture.headers["etag"]})
    assert again.status_code == 304
    assert (await nobody.get(address.replace(digest, "0" * 64))).status_code == 404
    pdf = await nobody.get(str(nobody.base_url.copy_with(path=f"{path}.pdf")))
    pages = PdfReader(io.BytesIO(pdf.content)).pages
    assert sum(len(page.images) for page in pages) == 1
    docx = await nobody.get(str(nobody.base_url.copy_with(path=f"{path}.docx")))
    assert len(OpenedDocx(io.BytesIO(docx.content)).inline_shapes) == 1
    await coalition.withdraws(coalition.mother, consent.id)  # type: ignore[arg-type]
    assert (await nobody.get(address)).status_code == 410


async def test_what_a_public_picture_lacks_is_named(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    original, copy = await _photograph(drafter)
    action = await coalition.an_action()
    wrong = {
        "picture-not-stripped": _with(original["sha256"], original["sha256"]),
        "attachment-not-kept": _with("0" * 64, "0" * 64),
        "unfit-content": _with(copy["sha256"]),
    }
    for problem, more in wrong.items():
        body = {"content": {"languages": STATEMENT, "audience": "public"} | more}
        refused = await drafter.post(f"actions/{action}/revisions", json=body)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith(problem)


async def test_a_writer_picks_a_picture_on_the_page(
    coalition: Coalition, visitors: Visitors
) -> None:
    _, copy = await _photograph(await visitors.program(coalition.drafter))
    action = await coalition.an_action()
    page = await visitors.browser(coalition.drafter)
    assert f'<option value="{copy["sha256"]}"' in (await page.get(f"/actions/{action}/edit")).text
    fields = {
        "do": "submit", "language": "en", "title.en": "Free her", "body.en": "Now.", "audience": "public",
        "form_shown": "statement", "form.form": "statement", "cosigners": "harbour",
        "form.pictures.about.0.sha256": copy["sha256"], "form.pictures.about.0.alt": ALT,
        "form.pictures.about.0.rights": RIGHTS,
    }  # fmt: skip
    sent = await page.post(f"/actions/{action}/edit", data=fields)
    assert sent.status_code == 303, sent.text
    content = (await coalition.revision(action)).content or {}
    assert [a["sha256"] for a in content["attachments"]] == [copy["sha256"]]
