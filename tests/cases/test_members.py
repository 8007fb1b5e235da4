"""Who is in a case: given and ended by those who may, told apart, never without a coordinator."""

from datetime import date

import pytest
from sqlalchemy import insert, text, update

from assent.cases.refusals import AlreadyMember, UnfitRole, UnknownOrganisation
from assent.cases.service import grant_membership
from assent.database.session import Database, present
from assent.ledger.store import read_case_records
from assent.people.caller import Caller
from assent.people.invitations import LookAlikeName, UnknownPerson
from assent.people.models import Membership, Person
from assent.refusal import Forbidden, Invalid, NotFound
from tests.coalition import Coalition, a_coalition


@pytest.fixture
async def coalition(database: Database) -> Coalition:
    return await a_coalition(database)


async def grants(
    coalition: Coalition,
    by: Caller,
    email: str,
    role: str,
    organisation: str | None,
    name: str | None = None,
) -> Membership:
    async with coalition.database.session(by.person_id) as session:
        return await grant_membership(
            session, by, coalition.case_id, email, role, organisation, name=name, language="fa"
        )


async def mails_waiting(coalition: Coalition, person: object) -> int:
    query = text(
        "select count(*) from jobs.procrastinate_jobs where args ->> 'person_id' = :person"
    )
    async with coalition.database.session(job=True) as session:
        return int((await session.execute(query, {"person": str(person)})).scalar_one())


async def test_nobody_a_drafter_a_coordinator(coalition: Coalition) -> None:
    asked = ("observer.new@lantern.example", "observer", "lantern")
    with pytest.raises(NotFound):
        await grants(coalition, coalition.stranger, *asked)
    with pytest.raises(Forbidden):
        await grants(coalition, coalition.drafter, *asked)
    with pytest.raises(Forbidden):
        await grants(coalition, coalition.mother, *asked)
    made = await grants(coalition, coalition.coordinator, *asked)
    assert (made.role, made.granted_by) == ("observer", coalition.coordinator.person_id)


async def test_a_new_relative_is_entered_invited_and_recorded(coalition: Coalition) -> None:
    made = await grants(
        coalition, coalition.coordinator, "Sister@Family.example", "decision_maker", None, "شیرین"
    )
    async with coalition.database.session(job=True) as session:
        person = await session.get_one(Person, made.person_id)
        records = await read_case_records(session, coalition.case_id)
    assert (person.email, person.name, person.language) == ("sister@family.example", "شیرین", "fa")
    assert person.organisation_id is None
    assert await mails_waiting(coalition, person.id) == 1
    assert records[-1].record["event"] == "membership_granted"
    assert records[-1].record["body"] == {
        "membership": str(made.id), "person": str(person.id), "role": "decision_maker",
    }  # fmt: skip


async def test_no_relative_is_led_to_the_sign_in_of_whoever_claims_their_mail(
    coalition: Coalition,
) -> None:
    with pytest.raises(UnknownPerson):
        await grants(
            coalition, coalition.coordinator, "sister@Harbour.example", "decision_maker", None
        )


async def test_new_staff_only_from_the_organisations_own_domains(coalition: Coalition) -> None:
    made = await grants(
        coalition, coalition.coordinator, "new@lantern.example", "drafter", "lantern"
    )
    assert made.organisation_id == coalition.organisations["lantern"]
    with pytest.raises(UnknownPerson):
        await grants(
            coalition, coalition.coordinator, "new@elsewhere.example", "drafter", "lantern"
        )


async def test_staff_act_for_the_organisation_they_work_for(coalition: Coalition) -> None:
    with pytest.raises(UnknownPerson):
        await grants(
            coalition, coalition.coordinator, coalition.stranger.email, "drafter", "lantern"
        )


async def test_removed_people_are_not_invited_again(coalition: Coalition) -> None:
    async with coalition.database.session(job=True) as session:
        gone = update(Person).where(Person.id == coalition.stranger.person_id)
        await session.execute(gone.values(removed_at=await present(session)))
    with pytest.raises(UnknownPerson):
        await grants(
            coalition, coalition.coordinator, coalition.stranger.email, "drafter", "outside"
        )


@pytest.mark.parametrize(
    ("role", "organisation", "refusal"),
    [
        ("decision_maker", "harbour", UnfitRole),
        ("informed_relative", "harbour", UnfitRole),
        ("drafter", None, UnfitRole),
        ("king", "harbour", UnfitRole),
        ("organisation_admin", "harbour", UnfitRole),
        ("drafter", "nowhere", UnknownOrganisation),
    ],
)
async def test_roles_that_cannot_be_given(
    coalition: Coalition, role: str, organisation: str | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await grants(coalition, coalition.coordinator, "a@harbour.example", role, organisation)


async def test_counsel_may_act_for_the_family_or_for_an_organisation(coalition: Coalition) -> None:
    alone = await grants(coalition, coalition.coordinator, "lawyer@bar.example", "counsel", None)
    employed = await grants(
        coalition, coalition.coordinator, "law@harbour.example", "counsel", "harbour"
    )
    assert alone.organisation_id is None
    assert employed.organisation_id == coalition.organisations["harbour"]


async def test_a_role_is_held_once(coalition: Coalition) -> None:
    with pytest.raises(AlreadyMember):
        await grants(
            coalition, coalition.coordinator, coalition.mother.email, "decision_maker", None
        )
    again = await grants(
        coalition, coalition.coordinator, coalition.mother.email, "informed_relative", None
    )
    assert again.person_id == coalition.mother.person_id


async def test_a_minor_does_not_decide(coalition: Coalition) -> None:
    async with coalition.database.session(job=True) as session:
        born = (await present(session)).date().replace(day=1)
        values = {
            "id": coalition.case_id, "email": "child@family.example", "name": "A Child", "language": "en",
            "born": date(born.year - 17, born.month, 1), "created_at": await present(session),
        }  # fmt: skip
        await session.execute(insert(Person).values(**values))
    with pytest.raises(UnfitRole):
        await grants(
            coalition, coalition.coordinator, "child@family.example", "decision_maker", None
        )
    await grants(
        coalition, coalition.coordinator, "child@family.example", "informed_relative", None
    )


@pytest.mark.parametrize("name", ["Моthеr", "Мотhеr", "M\u200bother\u202e", "\ud800", " "])
async def test_names_in_mixed_or_broken_letters_are_refused(
    coalition: Coalition, name: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await grants(
            coalition, coalition.coordinator, "x@family.example", "informed_relative", None, name
        )
    assert refused.value.field == "name"


async def test_a_name_that_looks_like_a_members_is_refused(coalition: Coalition) -> None:
    await grants(
        coalition,
        coalition.coordinator,
        "o@family.example",
        "informed_relative",
        None,
        "Oscar Pace",
    )
    with pytest.raises(LookAlikeName) as refused:
        await grants(
            coalition,
            coalition.coordinator,
            "p@family.example",
            "informed_relative",
            None,
            "Оѕсаг Расе",
        )
    assert "Oscar Pace" in str(refused.value)
    await grants(
        coalition,
        coalition.coordinator,
        "q@family.example",
        "informed_relative",
        None,
        "Oscar Pace",
    )
