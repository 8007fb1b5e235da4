"""An administrator's people: invited, named administrator, removed at once and everywhere."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from assent.cases.leaving import remove_staff
from assent.gate.roles import Role
from assent.people.models import Membership, Organisation, Person
from assent.refusal import Refusal
from tests.coalition import Coalition
from tests.web.visitors import Visitors

HERE = "organisations/lantern"


async def staff(program: httpx2.AsyncClient) -> dict[str, Any]:
    """By name."""
    answer = await program.get(f"{HERE}/staff")
    assert answer.status_code == 200, answer.text
    return {line["name"]: line for line in answer.json()["items"]}


async def test_who_may_come_here(
    coalition: Coalition, visitors: Visitors, subtests: pytest.Subtests
) -> None:
    who = {
        "nobody": (None, 401, 303),
        "a stranger": (coalition.stranger, 404, 404),
        "another organisation's": (coalition.harbour_officer, 404, 404),
        "a relative": (coalition.mother, 404, 404),
        "a colleague": (coalition.lantern_officer, 403, 403),
        "the administrator": (coalition.administrator, 200, 200),
    }
    for name, (caller, for_program, for_browser) in who.items():
        with subtests.test(name):
            program = await (visitors.program(caller) if caller else visitors.nobody())
            browser = await (visitors.browser(caller) if caller else visitors.nobody())
            asked = await program.get(f"/api/v1/{HERE}/staff" if not caller else f"{HERE}/staff")
            assert asked.status_code == for_program
            assert (await browser.get(f"/{HERE}")).status_code == for_browser
    administrator = await visitors.program(coalition.administrator)
    elsewhere = await administrator.get("organisations/harbour/staff")
    nowhere = await administrator.get("organisations/no-such-one/staff")
    assert elsewhere.status_code == nowhere.status_code == 404
    assert elsewhere.json() == nowhere.json()


async def test_somebody_is_invited(coalition: Coalition, visitors: Visitors) -> None:
    program = await visitors.program(coalition.administrator)
    wanted = {"email": "New.One@lantern.example", "name": "Noor Ahmadi", "language": "fa"}
    made = await program.post(f"{HERE}/staff", json=wanted)
    assert made.status_code == 201, made.text
    assert made.json()["email"] == "new.one@lantern.example"
    assert not made.json()["has_signed_in"]
    again = await program.post(f"{HERE}/staff", json=wanted)
    assert again.json()["id"] == made.json()["id"]
    browser = await visitors.browser(coalition.administrator)
    assert "Noor Ahmadi" in (await browser.get(f"/{HERE}")).text


@pytest.mark.parametrize(
    ("email", "name", "status", "kind"),
    [
        ("nowhere", "Ada", 422, "unfit-address"),
        ("mother.teacher@family.example", "Ada", 422, "unknown-person"),
        ("drafter.teacher@harbour.example", "Ada", 422, "unknown-person"),
        ("somebody@harbour.example", "Ada", 409, "address-elsewhere"),
        ("ada@lantern.example", "\u0410da", 422, "look-alike-name"),
        ("ada@lantern.example", " ", 422, "unfit-text"),
    ],
)
async def test_who_cannot_be_invited(
    coalition: Coalition, visitors: Visitors, email: str, name: str, status: int, kind: str
) -> None:
    program = await visitors.program(coalition.administrator)
    before = set(await staff(program))
    answer = await program.post(f"{HERE}/staff", json={"email": email, "name": name})
    assert (answer.status_code, answer.json()["type"].rpartition("problem-")[2]) == (status, kind)
    browser = await visitors.browser(coalition.administrator)
    page = await browser.post(f"/{HERE}/staff", data={"email": email, "name": name})
    assert page.status_code == status
    assert f'value="{email}"' in page.text
    assert set(await staff(program)) == before


async def test_the_last_administrator_stays(coalition: Coalition, visitors: Visitors) -> None:
    program = await visitors.program(coalition.administrator)
    me = f"{HERE}/staff/{coalition.administrator.person_id}"
    other = f"{HERE}/staff/{coalition.reviewer.person_id}"
    for answer in (
        await program.patch(me, json={"administrator": False}),
        await program.delete(me),
    ):
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("last-administrator")
    named = await program.patch(other, json={"administrator": True})
    assert named.json()["administrator"]
    assert (await program.patch(me, json={"administrator": False})).json()["administrator"] is False
    assert (await program.get(f"{HERE}/staff")).status_code == 403
    successor = await visitors.program(coalition.reviewer)
    assert (await successor.patch(other, json={"administrator": False})).status_code == 409


async def test_of_two_administrators_who_step_down_at_once_one_stays(
    coalition: Coalition, visitors: Visitors
) -> None:
    program = await visitors.program(coalition.administrator)
    me = f"{HERE}/staff/{coalition.administrator.person_id}"
    other = f"{HERE}/staff/{coalition.reviewer.person_id}"
    await program.patch(other, json={"administrator": True})
    second = await visitors.program(coalition.reviewer)
    answers = await asyncio.gather(
        program.patch(me, json={"administrator": False}),
        second.patch(other, json={"administrator": False}),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]


async def test_whoever_is_removed_is_out_at_once_and_their_word_with_them(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.ready()
    assert (await coalition.gate(action)).open
    officer = coalition.lantern_officer
    phone, script = await visitors.browser(officer), await visitors.program(officer)
    assert (await phone.get("/")).status_code == 200
    program = await visitors.program(coalition.administrator)
    gone = await program.delete(f"{HERE}/staff/{officer.person_id}")
    assert gone.status_code == 204, gone.text
    assert (await script.get("me")).status_code == 401
    assert (await phone.get("/")).status_code == 303
    assert await coalition.missing(action) == {"clearance:clearance_officer:lantern"}
    assert officer.name not in await staff(program)
    assert (await program.delete(f"{HERE}/staff/{officer.person_id}")).status_code == 404
    async with coalition.database.session(job=True) as session:
        query = select(Membership).where(
            Membership.person_id == officer.person_id, Membership.ended_at.is_(None)
        )
        assert (await session.scalars(query)).all() == []
    back = await program.post(f"{HERE}/staff", json={"email": officer.email, "name": officer.name})
    assert back.json()["id"] == str(officer.person_id)
    assert await coalition.missing(action) == {"clearance:clearance_officer:lantern"}


async def test_a_form_on_its_way_waits_for_whoever_was_removed_by_mistake(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter = coalition.lantern_drafter
    phone, script = await visitors.browser(drafter), await visitors.program(drafter)
    program = await visitors.program(coalition.administrator)
    action = await coalition.a_statement()
    await program.delete(f"{HERE}/staff/{drafter.person_id}")
    assert (await script.get(f"actions/{action}")).status_code == 401
    answer = await phone.post(f"/actions/{action}/edit", data={"title.en": "Words of mine"})
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["location"])
    assert parts.path == "/sign-in"
    (kept,) = parse_qs(parts.query)["next"]
    assert kept.startswith("/kept/")
    assert (await phone.get(kept)).status_code == 303
    await program.post(f"{HERE}/staff", json={"email": drafter.email, "name": drafter.name})
    assert (await phone.get(kept)).status_code == 303, "what was ended stays ended"
    assert (await script.get("me")).status_code == 401
    again = await visitors.browser(drafter)
    assert "Words of mine" in (await again.get(kept)).text


async def test_a_case_is_not_left_without_a_coordinator(
    coalition: Coalition, visitors: Visitors
) -> None:
    async with coalition.database.session(job=True) as session:
        harbour = await session.get_one(Organisation, coalition.organisations["harbour"])
        with pytest.raises(Refusal, match="Nobody else coordinates"):
            await remove_staff(session, coalition.drafter, harbour, coalition.coordinator.person_id)
    async with coalition.database.session(job=True) as session:
        harbour = await session.get_one(Organisation, coalition.organisations["harbour"])
        await remove_staff(
            session,
            coalition.drafter,
            harbour,
            coalition.coordinator.person_id,
            coalition.drafter.person_id,
        )
    async with coalition.database.session(job=True) as session:
        query = select(Membership.person_id).where(
            Membership.role == Role.COORDINATOR.value, Membership.ended_at.is_(None)
        )
        assert (await session.scalars(query)).all() == [coalition.drafter.person_id]
        removed = await session.get_one(Person, coalition.coordinator.person_id)
        assert removed.removed_at is not None


async def test_removing_against_clearing(coalition: Coalition, visitors: Visitors) -> None:
    """Whichever comes first: afterwards the one who was removed has no say."""
    action = await coalition.a_statement()
    program = await visitors.program(coalition.administrator)
    officer = await visitors.program(coalition.lantern_officer)
    digest = (await coalition.revision(action)).digest
    word = {"digest": digest, "role": "clearance_officer", "decision": "cleared"}
    cleared, gone = await asyncio.gather(
        officer.post(f"actions/{action}/clearances", json=word),
        program.delete(f"{HERE}/staff/{coalition.lantern_officer.person_id}"),
    )
    assert gone.status_code == 204
    assert cleared.status_code in (201, 401, 403, 404)
    assert "clearance:clearance_officer:lantern" in await coalition.missing(action)


async def test_in_the_page_without_scripts(coalition: Coalition, visitors: Visitors) -> None:
    browser = await visitors.browser(coalition.administrator)
    first = await browser.get("/")
    assert f'href="/{HERE}"' in first.text
    data = {"email": "noor@lantern.example", "name": "Noor", "language": "fa"}
    assert (await browser.post(f"/{HERE}/staff", data=data)).status_code == 303
    page = (await browser.get(f"/{HERE}")).text
    assert "Noor" in page
    program = await visitors.program(coalition.administrator)
    noor = (await staff(program))["Noor"]["id"]
    named = await browser.post(f"/{HERE}/staff/{noor}/administrator", data={"wanted": "yes"})
    assert named.status_code == 303
    assert (await staff(program))["Noor"]["administrator"]
    me = coalition.administrator.person_id
    gone = await browser.post(f"/{HERE}/staff/{me}/administrator", data={"wanted": "no"})
    assert gone.headers["location"] == "/"
    assert (await browser.post(f"/{HERE}/staff/{noor}/remove", data={})).status_code == 403
