"""A text read aloud: bound to one version and language, sound and nothing else, for whoever may read that version."""

from __future__ import annotations

import hashlib
from uuid import UUID

import httpx2
import pytest

from tests.coalition import Coalition
from tests.web.visitors import Visitors

# Two seconds of silence are not needed: players find out, the server looks at how it begins.
SOUND = b"\xff\xfb\x90\x64" + bytes(range(256)) * 40
M4A = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom" + bytes(600)


async def attaches(
    browser: httpx2.AsyncClient,
    coalition: Coalition,
    action: UUID,
    sound: bytes = SOUND,
    **other: str,
) -> httpx2.Response:
    form = {"digest": (await coalition.revision(action)).digest, "language": "fa"} | other
    return await browser.post(
        f"/actions/{action}/readings", data=form, files={"file": ("aloud.mp3", sound)}
    )


@pytest.fixture
async def desk(coalition: Coalition, visitors: Visitors) -> httpx2.AsyncClient:
    """The drafter's."""
    return await visitors.browser(coalition.drafter)


async def test_offered_in_its_language_of_this_version_and_played_in_parts(
    coalition: Coalition, visitors: Visitors, desk: httpx2.AsyncClient
) -> None:
    action = await coalition.a_statement()
    assert (await attaches(desk, coalition, action)).status_code == 303
    phone = await visitors.browser(coalition.mother)
    page = (await phone.get(f"/actions/{action}/decide")).text
    [address] = [
        part.split('"')[0] for part in page.split('src="')[1:] if part.startswith("/readings/")
    ]
    assert '<audio controls preload="none"' in page
    assert "<audio" not in (await phone.get(f"/actions/{action}/decide?read=en")).text
    heard = await phone.get(address)
    assert (heard.content, heard.headers["content-type"]) == (SOUND, "audio/mpeg")
    assert heard.headers["content-security-policy"].startswith("sandbox")
    for wanted, part in (
        ("bytes=0-1", SOUND[:2]),
        ("bytes=5000-", SOUND[5000:]),
        ("bytes=-7", SOUND[-7:]),
    ):
        got = await phone.get(address, headers={"Range": wanted})
        assert (got.status_code, got.content) == (206, part)
    assert (await phone.get(address, headers={"Range": "bytes=9-1"})).content == SOUND
    # Read anew, the newer is offered; a new text has none.
    before = (await coalition.revision(action)).digest
    await attaches(desk, coalition, action, M4A)
    newer = (await phone.get(f"/actions/{action}/decide")).text
    assert address not in newer
    assert "<audio" in newer
    await coalition.writes(action, audience=["The ambassador"])
    assert "<audio" not in (await phone.get(f"/actions/{action}/decide")).text
    assert (await attaches(desk, coalition, action, digest=before)).status_code == 409


async def test_heard_by_whoever_may_read_the_text(coalition: Coalition, visitors: Visitors) -> None:
    program = await visitors.program(coalition.coordinator)
    kept = {"kind": "public_statement", "title": "For the family", "visibility": "family"}
    action = UUID((await program.post("cases/teacher/actions", json=kept)).json()["id"])
    await coalition.writes(action, by=coalition.coordinator)
    form = {"digest": (await coalition.revision(action)).digest, "language": "en"}
    made = await program.post(
        f"actions/{action}/readings", data=form, files={"file": ("aloud.m4a", M4A)}
    )
    assert made.status_code == 201
    path = f"readings/{made.json()['id']}/file"
    for who, status in (("mother", 200), ("aunt", 200), ("observer", 404), ("stranger", 404)):
        their = await visitors.program(coalition.people[who])
        got = await their.get(path)
        assert got.status_code == status, who
        assert (got.content == M4A) == (status == 200)
        page = await visitors.browser(coalition.people[who])
        assert (await page.get(f"/readings/{made.json()['id']}")).status_code == status
    nobody = await visitors.nobody()
    assert (await nobody.get(f"/readings/{made.json()['id']}")).status_code == 303


@pytest.mark.parametrize(
    "file",
    [
        b"Only words.",
        b"\x89PNG\r\n\x1a\n" + bytes(300),
        b"\0\0\0\x20ftypisom\0\0\0\0isommp42" + bytes(300),
        SOUND + b"PK\x05\x06" + bytes(18),
        b"",
    ],
    ids=["words", "picture", "film", "sound and archive", "nothing"],
)
async def test_only_sound(coalition: Coalition, desk: httpx2.AsyncClient, file: bytes) -> None:
    action = await coalition.a_statement()
    refused = await attaches(desk, coalition, action, file)
    assert refused.status_code == 422
    assert 'id="reading-file-wrong"' in refused.text


async def test_of_a_language_there_is_and_by_those_who_write(
    coalition: Coalition, visitors: Visitors, desk: httpx2.AsyncClient
) -> None:
    action = await coalition.a_statement()
    assert (await attaches(desk, coalition, action, language="ru")).status_code == 422
    for who, status in (("observer", 403), ("mother", 403), ("stranger", 404)):
        browser = await visitors.browser(coalition.people[who])
        assert (await attaches(browser, coalition, action)).status_code == status, who


async def test_it_says_plainly_that_nobody_else_has_listened_until_somebody_has(
    coalition: Coalition, visitors: Visitors, desk: httpx2.AsyncClient
) -> None:
    action = await coalition.a_statement()
    await attaches(desk, coalition, action)
    phone = await visitors.browser(coalition.mother)
    unchecked = "Nobody else has compared it with the text yet."
    page = (await phone.get(f"/actions/{action}/decide?lang=en")).text
    assert unchecked in page
    [reading] = [part.split('"')[0] for part in page.split('src="/readings/')[1:]]
    # Neither whoever attached it, nor a relative, nor a stranger says that it is the text.
    own = await desk.post(f"/readings/{reading}/check", data={"fits": "yes"})
    assert own.status_code == 409
    for who, status in (("mother", 403), ("stranger", 404)):
        browser = await visitors.browser(coalition.people[who])
        refused = await browser.post(f"/readings/{reading}/check", data={"fits": "yes"})
        assert refused.status_code == status
    other = await visitors.browser(coalition.reviewer)
    assert unchecked in (await other.get(f"/actions/{action}")).text
    assert (await other.post(f"/readings/{reading}/check", data={"fits": "yes"})).status_code == 303
    page = (await phone.get(f"/actions/{action}/decide?lang=en")).text
    assert unchecked not in page
    assert "Compared with the text for Lantern." in page
    # Said once: the same again changes nothing, nor does the contrary.
    await other.post(f"/readings/{reading}/check", data={"fits": "no"})
    assert reading in (await phone.get(f"/actions/{action}/decide")).text


async def test_one_that_is_not_the_text_is_offered_no_more(
    coalition: Coalition, visitors: Visitors, desk: httpx2.AsyncClient
) -> None:
    action = await coalition.a_statement()
    await attaches(desk, coalition, action)
    program = await visitors.program(coalition.lantern_officer)
    [reading] = (await program.get(f"actions/{action}/readings")).json()["items"]
    assert reading["checked"] is False
    said = await program.post(f"readings/{reading['id']}/check", json={"fits": False})
    assert (said.status_code, said.json()["fits"]) == (201, False)
    assert (await program.get(f"actions/{action}/readings")).json()["items"] == []
    phone = await visitors.browser(coalition.mother)
    assert "<audio" not in (await phone.get(f"/actions/{action}/decide")).text


async def test_which_recording_was_offered_is_kept_with_the_answer(
    coalition: Coalition, visitors: Visitors, desk: httpx2.AsyncClient
) -> None:
    action = await coalition.a_statement()
    await attaches(desk, coalition, action)
    phone = await visitors.browser(coalition.mother)
    digest = (await coalition.revision(action)).digest
    for language, offered in (("fa", hashlib.sha256(SOUND).hexdigest()), ("en", "")):
        form = {
            "digest": digest,
            "language": language,
            "decision": "question",
            "question": language,
        }
        assert (await phone.post(f"/actions/{action}/decide", data=form)).status_code == 303
        said = (await phone.get("/said.json")).json()["said"][0]
        assert said["reading"] == offered
        note = (await phone.get(f"/said/{said['id']}/note.json")).text
        assert ("recording that was offered" in note) == bool(offered)
    page = (await phone.get("/said?lang=en")).text
    assert page.count("Whether it was heard is not known.") == 1
    # A program is offered nothing to listen to.
    program = await visitors.program(coalition.mother)
    await program.post(
        f"actions/{action}/consents", json={"digest": digest, "decision": "no", "language": "fa"}
    )
    assert (await phone.get("/said.json")).json()["said"][0]["reading"] == ""
