"""A decision signed with a passkey: by its owner alone, to exactly this, once; and checked later without us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from assent.ledger.store import read_case_records
from assent.settings import ROOT
from tests.coalition import Coalition
from tests.people.devices import Device
from tests.web.visitors import Visitors


async def enrolled(browser: httpx2.AsyncClient, device: Device) -> httpx2.Response:
    """Two taps: a button, and the device's own question."""
    options = (await browser.post("/passkeys/options")).json()
    return await browser.post("/passkeys", data={"credential": device.make(options)})


async def put(
    browser: httpx2.AsyncClient, coalition: Coalition, action: UUID, decision: str = "yes"
) -> tuple[dict[str, str], dict[str, Any]]:
    """The form as it is filled in, and what the device is asked to sign."""
    form = {
        "digest": (await coalition.revision(action)).digest, "language": "fa", "decision": decision,
    }  # fmt: skip
    given = (await browser.post(f"/actions/{action}/decide/statement", data=form)).json()
    return form | {"statement": given["statement"]}, given["options"]


@pytest.fixture
async def phone(coalition: Coalition, visitors: Visitors) -> httpx2.AsyncClient:
    """The mother's."""
    return await visitors.browser(coalition.mother)


async def test_signed_recorded_and_checked_without_us(
    coalition: Coalition, phone: httpx2.AsyncClient, visitors: Visitors, tmp_path: Path
) -> None:
    device = Device()
    assert (await enrolled(phone, device)).status_code == 303
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    form, options = await put(phone, coalition, action)
    form["credential"] = device.sign(options)
    assert (await phone.post(f"/actions/{action}/decide", data=form)).status_code == 303
    (given,) = (await coalition.facts(action)).facts.consents
    assert given.channel == "passkey"
    assert await coalition.missing(action) == set()
    desk = await visitors.browser(coalition.coordinator)
    assert "signed with a passkey" in (await desk.get(f"/actions/{action}")).text
    # A second time it is refused: the challenge is spent.
    again = await phone.post(f"/actions/{action}/decide", data=form)
    assert again.status_code == 422
    async with coalition.database.session(job=True) as session:
        records = await read_case_records(session, coalition.case_id, limit=100)
    signed = next(r.record["body"]["signed"] for r in records if "signed" in r.record["body"])
    assert json.loads(signed["statement"])["digest"] == form["digest"]
    file = tmp_path / "decision.json"
    file.write_text(json.dumps(signed), encoding="utf-8")
    check = [sys.executable, "-I", str(ROOT / "tools" / "check-decision"), str(file)]
    done = subprocess.run(check, capture_output=True, text=True, check=True)  # noqa: ASYNC221
    assert f"Signed: yes, to the text with the digest {form['digest']}" in done.stdout
    changes = {
        "statement": signed["statement"].replace('"yes"', '"no"'),
        "signature": signed["signature"][:-6] + "AAAAAA",
    }
    for name, other in changes.items():
        file.write_text(json.dumps(signed | {name: other}), encoding="utf-8")
        done = subprocess.run(check, capture_output=True, text=True, check=False)  # noqa: ASYNC221
        assert done.returncode == 1, name


async def test_what_does_not_fit_is_refused_and_records_nothing(
    coalition: Coalition, phone: httpx2.AsyncClient, visitors: Visitors
) -> None:
    device = Device()
    await enrolled(phone, device)
    action = await coalition.a_statement()

    async def refused(form: dict[str, str]) -> None:
        answer = await phone.post(f"/actions/{action}/decide", data=form)
        assert answer.status_code == 422

    form, options = await put(phone, coalition, action)
    await refused(form | {"credential": device.sign(options), "decision": "no"})
    form, options = await put(phone, coalition, action)
    await refused(form | {"credential": device.sign(options), "statement": form["statement"] + " "})
    for other in (
        Device(key=device.key, id=device.id, count=9, origin="https://assent.example"),
        Device(key=device.key, id=device.id, count=9, server="assent.example"),
        Device(key=device.key, id=device.id, count=9, flags=0x01),
        Device(id=device.id, count=9),
        Device(count=9),
    ):
        form, options = await put(phone, coalition, action)
        await refused(form | {"credential": other.sign(options)})
    form, options = await put(phone, coalition, action)
    await refused(form | {"credential": device.sign(options | {"challenge": "AAAA"})})
    for nonsense in (
        "{}",
        "x",
        "[]",
        '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}',
    ):
        await refused(form | {"credential": nonsense})
    # A copy of the device that has signed less often than the device itself.
    form, options = await put(phone, coalition, action)
    device.count = 20
    assert (
        await phone.post(
            f"/actions/{action}/decide", data=form | {"credential": device.sign(options)}
        )
    ).status_code == 303
    form, options = await put(phone, coalition, action, "no")
    copy = Device(key=device.key, id=device.id, count=3)
    await refused(form | {"credential": copy.sign(options)})
    # Somebody else's statement, and somebody else's passkey.
    brothers = await visitors.browser(coalition.brother)
    form, options = await put(brothers, coalition, action)
    await refused(form | {"credential": device.sign(options)})
    assert len((await coalition.facts(action)).facts.consents) == 1


async def test_a_text_changed_meanwhile_is_not_agreed_to(
    coalition: Coalition, phone: httpx2.AsyncClient
) -> None:
    device = Device()
    await enrolled(phone, device)
    action = await coalition.a_statement()
    form, options = await put(phone, coalition, action)
    await coalition.writes(action, form={"n": 2})
    answer = await phone.post(
        f"/actions/{action}/decide", data=form | {"credential": device.sign(options)}
    )
    assert answer.status_code == 409
    assert (await coalition.facts(action)).facts.consents == ()


async def test_signing_in_and_ending(
    coalition: Coalition, phone: httpx2.AsyncClient, visitors: Visitors
) -> None:
    device = Device()
    await enrolled(phone, device)
    nobody = await visitors.nobody()
    options = (await nobody.post("/sign-in/passkey/options")).json()
    answer = device.sign(options)
    elsewhere = await visitors.nobody()
    refused = await elsewhere.post("/sign-in/passkey", data={"credential": answer})
    assert refused.status_code == 422
    signed_in = await nobody.post("/sign-in/passkey", data={"credential": answer, "next": "/said"})
    assert signed_in.headers["location"] == "/said"
    assert (await nobody.get("/said")).status_code == 200
    replayed = await visitors.nobody()
    assert (await replayed.post("/sign-in/passkey", data={"credential": answer})).status_code == 422
    async with coalition.database.session(job=True) as session:
        (passkey,) = await session.scalars(text("select id from assent.passkeys"))
    brothers = await visitors.browser(coalition.brother)
    assert (await brothers.post(f"/passkeys/{passkey}/end")).status_code == 404
    assert (await phone.post(f"/passkeys/{passkey}/end")).status_code == 303
    options = (await elsewhere.post("/sign-in/passkey/options")).json()
    ended = await elsewhere.post("/sign-in/passkey", data={"credential": device.sign(options)})
    assert ended.status_code == 422


async def test_enrolled_once_by_its_owner_and_vouched_for_by_two_organisations(
    coalition: Coalition, phone: httpx2.AsyncClient, visitors: Visitors
) -> None:
    device = Device()
    for other in (Device(origin="https://assent.example"), Device(flags=0x01)):
        assert (await enrolled(phone, other)).status_code == 422
    options = (await phone.post("/passkeys/options")).json()
    made = device.make(options)
    thief = await visitors.browser(coalition.brother)
    assert (await thief.post("/passkeys", data={"credential": made})).status_code == 422
    assert (await phone.post("/passkeys", data={"credential": made})).status_code == 303
    assert (await phone.post("/passkeys", data={"credential": made})).status_code == 422
    async with coalition.database.session(job=True) as session:
        (passkey,) = await session.scalars(text("select id from assent.passkeys"))
    await phone.get("/language/en")
    path = f"/cases/teacher/passkeys/{passkey}/vouch"
    for who, status in [
        ("aunt", 403), ("stranger", 404), ("coordinator", 303), ("harbour_officer", 409), ("lantern_officer", 303),
    ]:  # fmt: skip
        assert "not checked by two" in (await phone.get("/devices")).text
        browser = await visitors.browser(coalition.people[who])
        assert (await browser.post(path)).status_code == status, who
    assert "two organisations have checked" in (await phone.get("/devices")).text
