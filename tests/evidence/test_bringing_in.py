"""Files from end to end: brought in, found again, given out; and every way in which it goes wrong on the way."""

import hashlib
import io
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlalchemy import text

from assent.evidence import storage
from assent.evidence.files import find_file, open_file, store_file
from assent.evidence.queries import published_copy
from assent.evidence.refusals import Infected, ScannerAway
from assent.evidence.uploads import forget_abandoned
from tests.coalition import Coalition
from tests.evidence.test_scanning import clamd
from tests.web.visitors import Visitors

LETTER = "A letter from the cell. نامه".encode()
HERE = "cases/teacher/evidence"


def form(**changes: str) -> dict[str, str]:
    return {"title": "A letter", "tier": "primary"} | changes


async def brought_in(
    client: httpx2.AsyncClient, data: bytes = LETTER, name: str = "letter.txt", **changes: str
) -> dict[str, Any]:
    answer = await client.post(HERE, data=form(**changes), files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def lying_there() -> list[str]:
    folder = storage.current().folder
    assert folder is not None
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_file_comes_out_as_it_went_in_and_lies_sealed(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    made = await brought_in(drafter, visibility="case")
    assert made["sha256"] == hashlib.sha256(LETTER).hexdigest()
    assert (made["size"], made["media_type"], made["remarks"]) == (len(LETTER), "text/plain", [])
    assert made["visibility"] == "case"
    answer = await drafter.get(f"evidence/{made['id']}/file")
    assert answer.content == LETTER
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''letter.txt"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    folder = storage.current().folder
    assert folder is not None
    [part] = lying_there()
    assert part.startswith(f"{coalition.case_id}/")
    stored = (folder / part).read_bytes()
    assert LETTER[:10] not in stored
    [listed] = (await drafter.get(HERE)).json()["items"]
    assert listed["id"] == made["id"]


async def test_the_narrowest_label_and_who_sees_it(
    coalition: Coalition, visitors: Visitors
) -> None:
    ours = await brought_in(await visitors.program(coalition.drafter))
    theirs = await brought_in(await visitors.program(coalition.mother), tier="1")
    assert (ours["visibility"], ours["organisation"]) == ("organisation", "harbour")
    assert (theirs["visibility"], theirs["organisation"], theirs["tier"]) == (
        "family",
        None,
        "primary",
    )
    seen = {
        "drafter": {ours["id"]}, "mother": {theirs["id"]}, "coordinator": {ours["id"], theirs["id"]},
        "lantern_drafter": set(), "observer": set(),
    }  # fmt: skip
    for who, ids in seen.items():
        program = await visitors.program(coalition.people[who])
        assert {item["id"] for item in (await program.get(HERE)).json()["items"]} == ids, who
        for one in (ours["id"], theirs["id"]):
            expected = 200 if one in ids else 404
            assert (await program.get(f"evidence/{one}")).status_code == expected
            assert (await program.get(f"evidence/{one}/file")).status_code == expected
    stranger = await visitors.program(coalition.stranger)
    assert (await stranger.get(HERE)).status_code == 404
    assert (await stranger.post(HERE, data=form(), files={"file": ("a", b"a")})).status_code == 404
    observer = await visitors.program(coalition.observer)
    assert (await observer.post(HERE, data=form(), files={"file": ("a", b"a")})).status_code == 403


async def test_a_picture_gets_a_copy_without_hidden_data(
    coalition: Coalition, visitors: Visitors
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(out, "JPEG", exif=exif.tobytes())
    coordinator = await visitors.program(coalition.coordinator)
    made = await brought_in(coordinator, out.getvalue(), "face.jpg", visibility="case")
    copy = (await coordinator.get(f"evidence/{made['copy_without_hidden_data']}")).json()
    assert (copy["derived_from"], copy["derivation"], copy["visibility"]) == (
        made["id"],
        "stripped",
        "case",
    )
    kept = (await coordinator.get(f"evidence/{made['id']}/file")).content
    bare = (await coordinator.get(f"evidence/{copy['id']}/file")).content
    assert kept == out.getvalue()
    assert b"Secret camera" in kept
    assert b"Secret camera" not in bare
    async with coalition.database.session(coalition.observer.person_id) as session:
        for sha256 in (made["sha256"], copy["sha256"]):
            found = await published_copy(session, coalition.case_id, sha256)
            assert found is not None
            assert found.sha256 == copy["sha256"]
        assert await published_copy(session, coalition.case_id, "0" * 64) is None


async def test_a_redacted_copy_names_its_original(coalition: Coalition, visitors: Visitors) -> None:
    coordinator = await visitors.program(coalition.coordinator)
    made = await brought_in(coordinator, visibility="case")
    copy = await brought_in(
        coordinator, b"A letter from ###", visibility="case", derived_from=made["id"], derivation="redacted"
    )  # fmt: skip
    assert copy["derived_from"] == made["id"]
    for wrong in (
        {"derived_from": made["id"]}, {"derivation": "redacted"}, {"derived_from": "none", "derivation": "redacted"},
        {"derived_from": made["id"], "derivation": "stripped"},
        {"derived_from": str(coalition.case_id), "derivation": "redacted"},
    ):  # fmt: skip
        answer = await coordinator.post(HERE, data=form(**wrong), files={"file": ("a", b"a")})
        assert answer.status_code == 422, answer.text


BAD_FORMS: list[tuple[dict[str, Any], int, str]] = [
    ({"data": form(), "files": {"file": ("a.txt", b"")}}, 422, "empty-file"),
    ({"data": form(), "files": {"other": ("a.txt", b"a")}}, 422, "file-missing"),
    ({"data": form(tier="9"), "files": {"file": ("a", b"a")}}, 422, "unknown-tier"),
    ({"data": form(title=" "), "files": {"file": ("a", b"a")}}, 422, "unfit-text"),
    ({"data": form(visibility="secret"), "files": {"file": ("a", b"a")}}, 422, "invalid"),
    ({"data": form(visibility="family"), "files": {"file": ("a", b"a")}}, 422, "invalid"),
    ({"data": {}, "files": {"file": ("a", b"a")}}, 422, "unfit-text"),
    ({"json": {}}, 415, "not-multipart"),
    ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 415, "not-multipart"),
    ({"content": b"--b\r\nno", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422, "cut-off"),
    ({"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422, "invalid"),
    ({"content": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it',
      "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422, "cut-off"),
    ({"data": form(title="x" * 30_000), "files": {"file": ("a", b"a")}}, 422, "invalid"),
]  # fmt: skip


async def test_what_does_not_fit_leaves_nothing_behind(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    drafter = await visitors.program(coalition.drafter)
    for sent, status, kind in BAD_FORMS:
        with subtests.test(kind + str(sent)[:60]):
            answer = await drafter.post(HERE, **sent)
            assert answer.status_code == status, answer.text
            assert answer.json()["type"] == f"/api/docs#problem-{kind}"
            assert lying_there() == []
    async with coalition.database.session(job=True) as session:
        assert (await session.execute(text("select count(*) from assent.uploads"))).scalar() == 0
    fields_last = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nwords\r\n' + b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in form().items()
    )  # fmt: skip
    of_form = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await drafter.post(HERE, content=fields_last + b"--b--\r\n", headers=of_form)
    assert answer.status_code == 201, answer.text
    assert answer.json()["title"] == "A letter"


async def test_more_than_may_be_is_refused_on_the_way(
    coalition: Coalition, visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before all of it has been read, and before a byte where its size was announced."""
    monkeypatch.setattr(storage.current(), "most", 3_000_000)
    drafter = await visitors.program(coalition.drafter)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(400):
            sent += 100_000
            yield b"x" * 100_000

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await drafter.post(HERE, content=endless(), headers=kind)
    assert (answer.status_code, answer.json()["type"]) == (413, "/api/docs#problem-file-too-large")
    assert lying_there() == []
    announced = {"name": "a", "size": 3_000_001} | form()
    assert (await drafter.post("cases/teacher/uploads", json=announced)).status_code == 413
    assert (
        await drafter.post("cases/teacher/uploads", json=announced | {"size": 0})
    ).status_code == 422


async def test_a_file_in_pieces_goes_on_where_it_stopped(
    coalition: Coalition, visitors: Visitors
) -> None:
    data = os.urandom(5_000_000)
    drafter = await visitors.program(coalition.drafter)
    announced = {"name": "film.bin", "size": len(data), "fingerprint": "film"} | form()
    begun = (await drafter.post("cases/teacher/uploads", json=announced)).json()
    here = f"uploads/{begun['id']}"

    async def piece(start: int, end: int, broken: bool = False) -> httpx2.Response:
        async def body() -> AsyncIterator[bytes]:
            yield data[start:end]
            if broken:
                raise ConnectionError

        return await drafter.patch(here, content=body(), headers={"Upload-Offset": str(start)})

    assert (await piece(0, 2_000_000)).json()["offset"] == 2_000_000
    assert (await piece(2_000_000, 3_000_000, broken=True)).status_code == 503
    again = (await drafter.post("cases/teacher/uploads", json=announced)).json()
    assert again == {"id": begun["id"], "offset": 2_000_000, "size": len(data)}
    wrong = await piece(1_000_000, 2_000_000)
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 2_000_000)
    early = await drafter.post(f"{here}/completion")
    assert (early.status_code, early.json()["offset"]) == (409, 2_000_000)
    assert (await piece(2_000_000, 2_000_000)).status_code == 422
    beyond = await drafter.patch(
        here, content=bytes(3_000_001), headers={"Upload-Offset": "2000000"}
    )
    assert beyond.status_code == 413
    assert (await piece(2_000_000, 5_000_000)).json()["offset"] == len(data)
    for who in ("coordinator", "stranger"):
        other = await visitors.program(coalition.people[who])
        assert (await other.get(here)).status_code == 404
        assert (await other.post(f"{here}/completion")).status_code == 404
    made = (await drafter.post(f"{here}/completion")).json()
    assert made["sha256"] == hashlib.sha256(data).hexdigest()
    assert (await drafter.get(f"evidence/{made['id']}/file")).content == data
    assert (await drafter.post(f"{here}/completion")).status_code == 404
    assert (await drafter.get(here)).status_code == 404


async def test_what_is_given_up_or_abandoned_goes(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.program(coalition.drafter)
    announced = {"name": "film.bin", "size": 10} | form()
    for _ in range(2):
        begun = (await drafter.post("cases/teacher/uploads", json=announced)).json()
        here = f"uploads/{begun['id']}"
        await drafter.patch(here, content=b"half", headers={"Upload-Offset": "0"})
    assert len(lying_there()) == 2
    assert (await drafter.delete(here)).status_code == 204
    assert len(lying_there()) == 1
    async with coalition.database.session(job=True) as session:
        assert await forget_abandoned(session) == 0
        await session.execute(
            text("update assent.uploads set changed_at = now() - interval '4 days'")
        )
        assert await forget_abandoned(session) == 1
    assert lying_there() == []


async def test_what_is_damaged_in_the_store_is_not_given_out(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    made = await brought_in(drafter)
    folder = storage.current().folder
    assert folder is not None
    part = folder / lying_there()[0]
    whole = part.read_bytes()
    for bad in (whole[:-1], whole[:20], whole[:-3] + b"abc", b""):
        part.write_bytes(bad)
        answer = await drafter.get(f"evidence/{made['id']}/file")
        assert answer.json()["type"] == "/api/docs#problem-file-damaged"
    part.unlink()
    assert (await drafter.get(f"evidence/{made['id']}/file")).status_code == 500


async def test_the_scanner_is_asked_where_there_is_one(
    app: FastAPI, coalition: Coalition, visitors: Visitors, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:  # fmt: skip
    drafter = await visitors.program(coalition.drafter)

    def judge(data: bytes) -> bytes:
        return b"stream: Eicar FOUND\0" if b"harm" in data else b"stream: OK\0"

    async with clamd(tmp_path / "clamd", judge, most=1000) as address:
        monkeypatch.setattr(storage.current(), "scanner", address)
        await brought_in(drafter)
        bad = await drafter.post(HERE, data=form(), files={"file": ("a", b"harm")})
        assert bad.json()["type"] == f"/api/docs#problem-{Infected.type}"
        assert len(lying_there()) == 1
        assert (await brought_in(drafter, b"x" * 5000))["remarks"] == ["not_scanned"]
    away = await drafter.post(HERE, data=form(), files={"file": ("a", b"a")})
    assert (away.status_code, away.json()["type"]) == (503, f"/api/docs#problem-{ScannerAway.type}")
    assert len(lying_there()) == 2


async def test_who_it_comes_from_is_for_named_people(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter, coordinator, other = [
        await visitors.program(coalition.people[who]) for who in ("drafter", "coordinator", "lantern_drafter")
    ]  # fmt: skip
    made = await brought_in(drafter, visibility="case")
    here = f"evidence/{made['id']}/source"
    assert (await drafter.get(here)).status_code == 404
    assert (await drafter.put(here, json={"source": "A guard, by phone"})).status_code == 204
    assert (await drafter.get(here)).json() == {
        "source": "A guard, by phone",
        "readers": ["Drafter"],
    }
    for kept_out in (coordinator, other):
        assert (await kept_out.get(here)).status_code == 404
        assert (await kept_out.put(here, json={"source": "x"})).status_code == 409
        ask = {"person": coalition.lantern_drafter.email}
        assert (await kept_out.post(f"{here}/readers", json=ask)).status_code == 404
    unknown = await drafter.post(f"{here}/readers", json={"person": coalition.stranger.email})
    assert unknown.status_code == 422
    assert (
        await drafter.post(f"{here}/readers", json={"person": coalition.coordinator.email})
    ).status_code == 204
    assert (await coordinator.get(here)).json()["readers"] == ["Drafter", "Coordinator"]
    assert (await other.get(here)).status_code == 404
    async with coalition.database.session(job=True) as session:
        sealed = (
            await session.execute(text("select sealed from assent.evidence_sources"))
        ).scalar_one()
    assert b"guard" not in bytes(sealed)
    ledger = (await coordinator.get("cases/teacher/ledger?limit=200")).json()
    assert "guard" not in json.dumps(ledger)


async def test_a_source_agrees_to_one_government_and_not_to_another(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    here = f"evidence/{(await brought_in(drafter))['id']}/agreements"
    for country, agrees, status in [
        ("GB", True, 201), ("GB", True, 409), ("EU", False, 201), ("GB", False, 201), ("GB", True, 201),
        ("gb", True, 422), ("XX", True, 422),
    ]:  # fmt: skip
        answer = await drafter.post(here, json={"country": country, "agrees": agrees})
        assert answer.status_code == status, answer.text
    assert (await drafter.get(here)).json()["items"] == [
        {"country": "EU", "agrees": False}, {"country": "GB", "agrees": True},
    ]  # fmt: skip


async def test_other_rooms_keep_files_by_digest(coalition: Coalition) -> None:
    async def scan() -> AsyncIterator[bytes]:
        yield LETTER[:5]
        yield LETTER[5:]

    who = coalition.mother
    async with coalition.database.session(who.person_id) as session:
        kept = await store_file(session, who, coalition.case_id, scan(), name="scan.txt")
    assert (kept.visibility, kept.sha256) == ("family", hashlib.sha256(LETTER).hexdigest())
    async with coalition.database.session(coalition.coordinator.person_id) as session:
        found = await find_file(session, coalition.case_id, kept.sha256)
        assert found is not None
        pieces = await open_file(session, found)
    assert b"".join([piece async for piece in pieces]) == LETTER
    async with coalition.database.session(coalition.drafter.person_id) as session:
        assert await find_file(session, coalition.case_id, kept.sha256) is None


async def test_pages_work_without_scripts(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.browser(coalition.drafter)
    page = await drafter.get("/cases/teacher/evidence")
    assert page.status_code == 200
    sent = await drafter.post(
        "/cases/teacher/evidence", data=form(visibility="case"), files={"file": ("face.jpg", b"words")}
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    here = sent.headers["location"]
    one = await drafter.get(here)
    assert "another kind of file" in one.text
    assert (await drafter.get(f"{here}/file")).content == b"words"
    assert (await drafter.post(f"{here}/source", data={"source": "A guard"})).status_code == 303
    assert "A guard" in (await drafter.get(here)).text
    observer = await visitors.browser(coalition.observer)
    assert "A guard" not in (await observer.get(here)).text
    said = {"country": "gb", "agrees": "yes"}
    assert (await drafter.post(f"{here}/agreements", data=said)).status_code == 303
    assert (await drafter.post(f"{here}/agreements", data=said)).status_code == 409
    empty = await drafter.post("/cases/teacher/evidence", data=form(), files={"file": ("a", b"")})
    assert empty.status_code == 422
    assert "This file is empty." in empty.text
    assert (await observer.post("/cases/teacher/evidence", data=form())).status_code == 403


async def test_the_pages_script_sends_pieces(coalition: Coalition, visitors: Visitors) -> None:
    drafter = await visitors.browser(coalition.drafter)
    said = form(name="film.bin", size="6", fingerprint="f", visibility="case")
    begun = (await drafter.post("/cases/teacher/uploads", data=said)).json()
    here = f"/uploads/{begun['id']}"
    await drafter.patch(here, content=b"abc", headers={"Upload-Offset": "0"})
    assert "film.bin" in (await drafter.get("/cases/teacher/evidence")).text
    assert (await drafter.get(here)).json()["offset"] == 3
    await drafter.patch(here, content=b"def", headers={"Upload-Offset": "3"})
    page = (await drafter.post(f"{here}/completion")).json()["page"]
    assert (await drafter.get(f"{page}/file")).content == b"abcdef"
    begun = (await drafter.post("/cases/teacher/uploads", data=said)).json()
    gone = await drafter.post(f"/uploads/{begun['id']}/forget", data={"case": "teacher"})
    assert gone.headers["location"] == "/cases/teacher/evidence"
