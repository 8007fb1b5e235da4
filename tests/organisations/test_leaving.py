"""What ends, and what does not, when somebody leaves; what an administrator learns of cases they are not in."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text

from assent.cases.members import record_membership
from assent.database.session import lock_case, present
from assent.gate.roles import Role
from assent.ledger import sealing
from assent.ledger.store import open_record
from assent.people.caller import Caller
from assent.people.links import make_link
from assent.people.models import BrowserSession, Membership, OrganisationRole, Person
from tests.coalition import Coalition, a_coalition
from tests.web.visitors import Visitors

HERE = "organisations/lantern"


async def joins(
    coalition: Coalition, who: Caller, role: Role, organisation: str | None = None
) -> None:
    """Give somebody a role in the case, for an organisation or for the family."""
    on_behalf = coalition.organisations[organisation] if organisation else None
    async with coalition.database.session(job=True) as session:
        await record_membership(session, None, coalition.case_id, who.person_id, role, on_behalf)


async def roles_of(coalition: Coalition, who: Caller) -> set[str]:
    """What somebody is in the case now."""
    query = select(Membership.role).where(
        Membership.case_id == coalition.case_id,
        Membership.person_id == who.person_id,
        Membership.ended_at.is_(None),
    )
    async with coalition.database.session(job=True) as session:
        return set(await session.scalars(query))


async def test_an_administrator_counts_only_cases_they_are_in(
    coalition: Coalition, visitors: Visitors
) -> None:
    administrator, officer = coalition.administrator, coalition.lantern_officer
    second = await a_coalition(coalition.database, slug="poet")
    await joins(second, officer, Role.CLEARANCE_OFFICER, "lantern")
    program = await visitors.program(administrator)

    async def counted() -> dict[str, int]:
        lines = (await program.get(f"{HERE}/staff")).json()["items"]
        return {one["id"]: one["cases"] for one in lines}

    assert set((await counted()).values()) == {0}
    await joins(second, administrator, Role.OBSERVER, "lantern")
    assert (await counted())[str(officer.person_id)] == 1
    await joins(second, coalition.reviewer, Role.INFORMED_RELATIVE)
    assert (await counted())[str(coalition.reviewer.person_id)] == 0, "a relative is nobody's staff"
    page = (await (await visitors.browser(administrator)).get(f"/{HERE}")).text
    assert "Cases you are both in: 1" in page
    assert "/cases/" not in page
    assert "The teacher" not in page


async def test_another_organisations_administrator_learns_nothing(
    coalition: Coalition, visitors: Visitors
) -> None:
    officer = coalition.harbour_officer
    async with coalition.database.session(job=True) as session:
        values = {
            "person_id": officer.person_id, "organisation_id": coalition.organisations["harbour"],
            "role": Role.ORGANISATION_ADMIN.value, "granted_at": await present(session),
        }  # fmt: skip
        await session.execute(insert(OrganisationRole).values(**values))
    program, browser = await visitors.program(officer), await visitors.browser(officer)
    assert (await program.get("organisations/harbour/staff")).status_code == 200
    lanterns = coalition.lantern_officer.person_id
    for at in ("lantern", "no-such-one"):
        answers = [
            await program.get(f"organisations/{at}/staff"),
            await program.post(
                f"organisations/{at}/staff", json={"email": "a@b.example", "name": "A"}
            ),
            await program.delete(f"organisations/{at}/staff/{lanterns}"),
            await program.get(f"organisations/{at}/provider"),
        ]
        assert {a.status_code for a in answers} == {404}
        assert len({a.text for a in answers}) == 1
        assert (await browser.get(f"/organisations/{at}")).status_code == 404
        asked = await browser.post(f"/organisations/{at}/staff/{lanterns}/remove", data={})
        assert asked.status_code == 404
    through_own = await program.delete(f"organisations/harbour/staff/{lanterns}")
    assert through_own.status_code == 404
    assert await roles_of(coalition, coalition.lantern_officer) == {"clearance_officer"}


async def test_an_invitation_is_cancelled_and_its_link_with_it(
    coalition: Coalition, visitors: Visitors
) -> None:
    program = await visitors.program(coalition.administrator)
    browser = await visitors.browser(coalition.administrator)
    noor: dict[str, Any] = {"email": "noor@lantern.example", "name": "Noor"}
    invited = (await program.post(f"{HERE}/staff", json=noor)).json()
    assert invited["signed_in_by"] is None
    assert "Cancel the invitation" in (await browser.get(f"/{HERE}")).text
    async with coalition.database.session(job=True) as session:
        link = await make_link(session, UUID(invited["id"]), "operator")
    phone = await visitors.nobody()
    assert (await phone.get(link)).status_code == 200
    gone = await browser.post(f"/{HERE}/staff/{invited['id']}/remove", data={})
    assert gone.status_code == 303
    assert "Noor" not in (await browser.get(f"/{HERE}")).text
    assert (await phone.get(link)).status_code == 410
    again = await program.post(f"{HERE}/staff", json=noor)
    assert again.json()["id"] == invited["id"]
    assert (await phone.post(link)).status_code == 410


async def test_an_employer_takes_away_no_relatives_say(
    coalition: Coalition, visitors: Visitors
) -> None:
    officer = coalition.lantern_officer
    await joins(coalition, officer, Role.DECISION_MAKER)
    phone, script = await visitors.browser(officer), await visitors.program(officer)
    program = await visitors.program(coalition.administrator)
    assert (await program.delete(f"{HERE}/staff/{officer.person_id}")).status_code == 204
    assert (await phone.get("/devices")).status_code == 303
    assert (await script.get("me")).status_code == 401
    assert await roles_of(coalition, officer) == {"decision_maker"}
    again = await visitors.browser(officer)
    assert (await again.get("/cases/teacher")).status_code == 200
    assert (await again.get(f"/{HERE}")).status_code == 404
    lines = (await program.get(f"{HERE}/staff")).json()["items"]
    assert str(officer.person_id) not in {one["id"] for one in lines}
    asked = await program.post(f"{HERE}/staff", json={"email": officer.email, "name": "Somebody"})
    assert asked.status_code == 422


async def test_the_page_asks_for_a_successor_only_where_one_is_needed(
    coalition: Coalition, visitors: Visitors
) -> None:
    drafter, observer = coalition.lantern_drafter, coalition.observer
    other = await a_coalition(coalition.database, slug="poet")
    async with coalition.database.session(job=True) as session:
        lantern = coalition.organisations["lantern"]
        await record_membership(
            session, None, other.case_id, drafter.person_id, Role.COORDINATOR, lantern
        )
        harbours = select(Membership.id).where(
            Membership.case_id == other.case_id, Membership.person_id == other.coordinator.person_id
        )
        theirs = list(await session.scalars(harbours))
    leaving = await visitors.program(other.coordinator)
    for membership in theirs:
        assert (await leaving.delete(f"memberships/{membership}")).status_code == 204
    browser = await visitors.browser(coalition.administrator)
    assert 'name="successor"' not in (await browser.get(f"/{HERE}")).text
    remove = f"/{HERE}/staff/{drafter.person_id}/remove"
    page = await browser.post(remove, data={})
    assert page.status_code == 409
    assert page.text.count('name="successor"') == 1
    assert 'href="#successor"' in page.text
    assert await roles_of(coalition, drafter) == {"drafter"}, "nothing was done by half"
    outsider = await browser.post(remove, data={"successor": str(coalition.drafter.person_id)})
    assert outsider.status_code == 404
    assert await roles_of(coalition, drafter) == {"drafter"}
    done = await browser.post(remove, data={"successor": str(observer.person_id)})
    assert done.status_code == 303
    assert await roles_of(other, observer) == {"coordinator"}
    assert await roles_of(coalition, drafter) == await roles_of(other, drafter) == set()


async def test_what_an_administrator_does_is_on_record(
    coalition: Coalition, visitors: Visitors
) -> None:
    program = await visitors.program(coalition.administrator)
    noor = await program.post(f"{HERE}/staff", json={"email": "n@lantern.example", "name": "Noor"})
    person = noor.json()["id"]
    for wanted in (True, True, False):
        change = {"administrator": wanted}
        assert (await program.patch(f"{HERE}/staff/{person}", json=change)).status_code == 200
    assert (await program.delete(f"{HERE}/staff/{person}")).status_code == 204
    records = await the_instances_records(coalition)
    about = [r for r in records if r["body"].get("person") == person]
    assert [r["event"] for r in about] == [
        "staff_invited", "administrator_named", "administrator_ended", "staff_removed",
    ]  # fmt: skip
    lantern = str(coalition.organisations["lantern"])
    for record in about:
        assert record["actor"]["person"] == str(coalition.administrator.person_id)
        assert record["body"]["organisation"] == lantern


async def the_instances_records(coalition: Coalition) -> list[dict[str, Any]]:
    """The records of no case, oldest first."""
    async with coalition.database.session(job=True) as session:
        row = (
            await session.execute(
                text("select id, wrapped from assent.data_keys where case_id is null")
            )
        ).one()
        key = sealing.current().unwrap(row.id, bytes(row.wrapped))
        kept = await session.execute(
            text(
                "select e.entry, r.sealed from assent.ledger_records r join assent.ledger_entries e"
                " on e.index = r.index where r.case_id is null order by r.index"
            )
        )
        return [open_record(key, bytes(row.entry), bytes(row.sealed))[1] for row in kept]


async def test_a_request_under_way_is_waited_for_before_any_case_is_locked(
    coalition: Coalition, visitors: Visitors
) -> None:
    """Whoever clears holds their session's row, then wants the case: the other way round both would stand still."""
    officer = coalition.lantern_officer
    phone = await visitors.browser(officer)
    program = await visitors.program(coalition.administrator)
    seen = text(
        "update assent.browser_sessions set last_seen_at = assent.present() where person_id = :p"
    )
    waiting = text("select count(*) from pg_locks where not granted")
    async with coalition.database.session(officer.person_id) as session:
        await session.execute(seen, {"p": officer.person_id})
        removal = asyncio.create_task(program.delete(f"{HERE}/staff/{officer.person_id}"))
        for _ in range(600):
            if (await session.execute(waiting)).scalar_one():
                break
            await asyncio.sleep(0.05)
        assert not removal.done()
        await session.execute(text("set local lock_timeout = '1s'"))
        await lock_case(session, coalition.case_id)
    assert (await removal).status_code == 204
    assert (await phone.get("/")).status_code == 303


async def test_who_removes_themselves_is_out_and_somebody_else_stays_in_charge(
    coalition: Coalition, visitors: Visitors
) -> None:
    browser = await visitors.browser(coalition.administrator)
    me, reviewer = coalition.administrator.person_id, coalition.reviewer.person_id
    last = await browser.post(f"/{HERE}/staff/{me}/remove", data={})
    assert last.status_code == 409
    assert "Nobody else administers this organisation." in last.text
    assert "Name another administrator first." in last.text
    named = await browser.post(f"/{HERE}/staff/{reviewer}/administrator", data={"wanted": "yes"})
    assert named.status_code == 303
    assert (await browser.post(f"/{HERE}/staff/{me}/remove", data={})).status_code == 303
    assert (await browser.get(f"/{HERE}")).headers["location"].startswith("/sign-in")
    async with coalition.database.session(job=True) as session:
        assert (await session.get_one(Person, me)).removed_at is not None
        query = select(func.count()).where(
            BrowserSession.person_id == me, BrowserSession.revoked_at.is_(None)
        )
        assert (await session.scalars(query)).one() == 0
