"""A sign-on deadline: who has not cleared by then is left off, and only if the family agreed to both lists."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from assent.actions.kinds.checks import read_content
from assent.actions.queries import signers_at
from assent.actions.refusals import UnfitContent
from assent.cases.service import record_membership
from assent.database.ids import new_id
from assent.database.session import Database
from assent.gate.roles import Role
from assent.people.models import Organisation, Person
from assent.publishing.queries import public_statement
from assent.publishing.refusals import GateShut
from tests.coalition import Coalition, a_coalition, content

AHEAD = "2200-01-01T18:00:00Z"
PAST = "2020-01-01T18:00:00Z"


def until(moment: str, *missing: str) -> dict[str, Any]:
    return {"form": "statement", "sign_on": {"until": moment, "may_be_missing": list(missing)}}


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (until(AHEAD), "form.sign_on.may_be_missing"),
        ({"form": "statement", "sign_on": {"may_be_missing": ["lantern"]}}, "form.sign_on.until"),
        (until(AHEAD, "outside"), "form.sign_on.may_be_missing[0]"),
        (until(AHEAD, "harbour", "lantern"), "form.sign_on.may_be_missing"),
        (until("Thursday", "lantern"), "form.sign_on.until"),
        (until("2026-12-01T18:00", "lantern"), "form.sign_on.until"),
    ],
)
def test_a_deadline_fits_the_list_of_those_that_sign(
    policies: None, form: dict[str, Any], field: str
) -> None:
    with pytest.raises(UnfitContent) as refused:
        read_content(content(form=form), "public_statement")
    assert refused.value.field == field


def test_a_deadline_is_kept_in_utc(policies: None) -> None:
    parsed = read_content(
        content(form=until("2026-12-03T18:00:00+01:00", "lantern")), "public_statement"
    )
    assert parsed.form["sign_on"]["until"] == "2026-12-03T17:00:00Z"


async def all_but_lantern(coalition: Coalition, form: dict[str, Any]) -> Any:
    action_id = await coalition.a_statement(form=form)
    await coalition.clears(coalition.harbour_officer, action_id)
    await coalition.clears(coalition.reviewer, action_id, Role.SAFETY_REVIEWER)
    await coalition.says(coalition.mother, action_id, "yes")
    return action_id


async def test_before_the_deadline_everybody_is_waited_for(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await all_but_lantern(coalition, until(AHEAD, "lantern"))
    assert await coalition.missing(action_id) == {"clearance:clearance_officer:lantern"}
    with pytest.raises(GateShut):
        await coalition.publishes(action_id)


async def test_after_it_the_statement_goes_without_them(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await all_but_lantern(coalition, until(PAST, "lantern"))
    # Too late: the list that goes out is the second one the family agreed to.
    await coalition.clears(coalition.lantern_officer, action_id)
    assert (await coalition.gate(action_id)).open
    published = await coalition.publishes(action_id)
    slug = published.path.removeprefix("/s/")
    async with database.session() as session:
        statement = await public_statement(session, slug)
    assert statement
    assert [signer.slug for signer in statement.signers] == ["harbour"]


async def test_without_the_familys_second_list_nobody_is_left_off(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await all_but_lantern(coalition, {})
    assert await coalition.missing(action_id) == {"clearance:clearance_officer:lantern"}
    free = {"sign_on": {"until": "soon", "may_be_missing": "lantern"}, "press": "all", "embargo": 1}
    action_id = await all_but_lantern(coalition, free)
    assert await coalition.missing(action_id) == {"clearance:clearance_officer:lantern"}
    for moment in (PAST, "Jan 1 2020 10:00 UTC"):  # read as a time by the database, and by no page
        unsaid = {"sign_on": until(moment, "lantern")["sign_on"]}
        action_id = await all_but_lantern(coalition, unsaid)
        assert await coalition.missing(action_id) == {"clearance:clearance_officer:lantern"}
    await coalition.clears(coalition.lantern_officer, action_id)
    await coalition.publishes(action_id)


async def test_who_signed_in_time_stays_and_may_still_object(database: Database) -> None:
    coalition = await a_coalition(database)
    soon = (datetime.now(UTC) + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    action_id = await all_but_lantern(coalition, until(soon, "lantern"))
    await coalition.clears(coalition.lantern_officer, action_id)
    revision = await coalition.revision(action_id)
    later = datetime.now(UTC) + timedelta(hours=1)
    async with database.session(job=True) as session:
        assert await signers_at(session, revision.id, later) == ["Harbour", "Lantern"]
    await coalition.clears(coalition.lantern_officer, action_id, decision="refused")
    async with database.session(job=True) as session:
        assert await signers_at(session, revision.id, later) == ["Harbour"]
        assert await signers_at(session, revision.id, datetime.now(UTC)) == ["Harbour", "Lantern"]


async def test_the_database_waits_for_them_too(database: Database) -> None:
    coalition = await a_coalition(database)
    action_id = await all_but_lantern(coalition, until(AHEAD, "lantern"))
    async with database.session(job=True) as session:
        query = text("select assent.signers(:id, :at)")
        revision = await coalition.revision(action_id)
        before = {"id": revision.id, "at": datetime(2199, 1, 1, tzinfo=UTC)}
        after = {"id": revision.id, "at": datetime(2200, 1, 2, tzinfo=UTC)}
        assert (await session.scalars(query, before)).one() == ["harbour", "lantern"]
        assert (await session.scalars(query, after)).one() == ["harbour"]


_FOUND = text("""
    insert into assent.organisations (id, slug, name, country, email_domains, created_at)
    select gen_random_uuid(), 'signer-' || n, 'Signer ' || n, 'SE', '{}', now()
    from generate_series(1, 60) n
""")


async def test_sixty_signers_are_read_at_once(database: Database) -> None:
    coalition = await a_coalition(database)
    async with database.session(job=True) as session:
        await session.execute(_FOUND)
        query = select(Organisation.id).where(Organisation.slug.like("signer-%"))
        for organisation_id in list(await session.scalars(query)):
            person: dict[str, Any] = {
                "id": new_id(),
                "email": f"{organisation_id}@example.org",
                "name": "An officer",
            }
            more = {
                "language": "en",
                "organisation_id": organisation_id,
                "created_at": datetime.now(UTC),
            }
            await session.execute(insert(Person).values(**person, **more))
            await record_membership(
                session,
                None,
                coalition.case_id,
                person["id"],
                Role.CLEARANCE_OFFICER,
                organisation_id,
            )
    signers = [f"signer-{n}" for n in range(1, 61)]
    action_id = await coalition.a_statement(
        cosigners=["harbour", *signers], form=until(PAST, *signers)
    )
    began = time.process_time()
    gate = await coalition.gate(action_id)
    assert time.process_time() - began < 2
    assert {r.key for r in gate.requirements if r.key.startswith("clearance:clearance")} == {
        "clearance:clearance_officer:harbour"
    }
