"""Where a target stands in each jurisdiction; jurisdictions as the policies declare them."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from assent.access import PolicyFileError
from assent.evidence import storage
from assent.evidence.service import Details
from assent.evidence.uploads import Sender, begin_upload, finish_upload, send_whole
from assent.people.caller import Caller
from assent.refusal import Forbidden, Invalid, NotFound
from assent.sanctions import jurisdictions
from assent.sanctions.jurisdictions import Jurisdictions, load_jurisdictions
from assent.sanctions.listings import record_listing
from assent.sanctions.queries import case_standings, case_targets, target_listings
from assent.sanctions.refusals import NotListable, UnknownJurisdiction, UnknownStatus
from assent.settings import Settings
from tests.coalition import Coalition, a_coalition
from tests.conftest import POLICIES
from tests.sanctions.conftest import Add


async def test_days_are_kept_apart_and_the_latest_counts(coalition: Coalition, add: Add) -> None:
    line, who = await add(), coalition.coordinator
    days = {
        "submitted_on": date(2026, 1, 5), "adopted_on": date(2026, 3, 1), "announced_on": date(2026, 3, 2),
        "published_on": date(2026, 3, 3), "effective_on": date(2026, 3, 4),
    }  # fmt: skip
    async with coalition.database.session(who.person_id) as session:
        await record_listing(session, who, line.id, "uk", "filed", on=date(2026, 1, 5))
        await record_listing(
            session, who, line.id, "uk", "listed", days=days, reference="GHR0099", address="https://www.gov.uk/x"
        )  # fmt: skip
    async with coalition.database.session(coalition.observer.person_id) as session:
        newest, oldest = await target_listings(session, line.id)
        assert (oldest.status, newest.status) == ("filed", "listed")
        assert {name: getattr(newest, name) for name in days} == days
        lines = await case_targets(session, coalition.case_id)
        [(key, standing)] = (await case_standings(session, lines, coalition.case_id)).items()
    assert key == (line.id, "uk")
    assert (standing.status, standing.on) == ("listed", date(2026, 3, 4))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("UK", "uk"),
        ("gb", "uk"),
        ("US", "us_global_magnitsky"),
        ("US 7031(c)", "us_7031c"),
        ("eu", "eu"),
    ],
)
async def test_a_jurisdiction_goes_by_its_short_name_too(
    coalition: Coalition, add: Add, said: str, code: str
) -> None:
    line, who = await add(), coalition.coordinator
    async with coalition.database.session(who.person_id) as session:
        made = await record_listing(session, who, line.id, said, "listed", on=date(2026, 1, 5))
    assert made.jurisdiction == code


async def test_the_document_stands_beside_the_status_for_those_who_see_it(
    coalition: Coalition, add: Add, tmp_path: Path
) -> None:
    line, who = await add(), coalition.drafter
    notice = await a_notice(coalition, tmp_path, "organisation")
    async with coalition.database.session(who.person_id) as session:
        await record_listing(session, who, line.id, "uk", "listed", evidence_id=notice)
    for reader, sees in ((who, notice), (coalition.observer, None)):
        async with coalition.database.session(reader.person_id) as session:
            [listing] = await target_listings(session, line.id)
            lines = await case_targets(session, coalition.case_id)
            [standing] = (await case_standings(session, lines, coalition.case_id)).values()
        assert (listing.document, standing.document) == (sees, sees)
    other = await a_coalition(coalition.database, slug="another")
    elsewhere = await a_notice(other, tmp_path, "case")
    for unseen in (elsewhere, UUID(int=7)):
        with pytest.raises(NotFound):
            async with coalition.database.session(who.person_id) as session:
                await record_listing(session, who, line.id, "uk", "listed", evidence_id=unseen)


async def a_notice(coalition: Coalition, folder: Path, visibility: str) -> UUID:
    """A piece of the case's evidence."""
    storage.set_current(storage.file_store(Settings.load(data=folder)))
    sender = Sender(coalition.database, coalition.drafter)
    async with coalition.database.session(coalition.drafter.person_id) as session:
        details = Details("The notice", "official", visibility)
        upload = await begin_upload(
            session, coalition.drafter, coalition.case_id, details, name="notice.txt", size=None
        )

    async def text() -> AsyncIterator[bytes]:
        yield b"Listed."

    await send_whole(sender, upload, text())
    return (await finish_upload(sender, upload.id)).evidence.id


async def test_what_is_refused(coalition: Coalition, add: Add) -> None:
    line = await add()
    post = await add({"schema": "Position", "properties": {"name": ["Minister"]}})

    async def records(
        who: Caller = coalition.drafter,
        target: UUID = line.id,
        where: str = "uk",
        status: str = "filed",
        **more: Any,
    ) -> None:
        async with coalition.database.session(who.person_id) as session:
            await record_listing(session, who, target, where, status, **more)

    with pytest.raises(NotFound):
        await records(coalition.stranger)
    with pytest.raises(Forbidden):
        await records(coalition.observer)
    with pytest.raises(UnknownJurisdiction):
        await records(where="atlantis")
    with pytest.raises(UnknownStatus):
        await records(status="hoped for")
    with pytest.raises(NotListable):
        await records(target=post.id)
    with pytest.raises(Invalid):
        await records(address="javascript:alert(1)")
    await records()


async def test_a_jurisdiction_taken_out_of_the_policies_can_still_be_closed(
    coalition: Coalition, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, who = await add(), coalition.drafter
    async with coalition.database.session(who.person_id) as session:
        await record_listing(session, who, line.id, "canada", "filed")
    fewer = {code: one for code, one in jurisdictions.current().by_code.items() if code != "canada"}
    monkeypatch.setattr(jurisdictions, "_current", Jurisdictions(fewer))
    async with coalition.database.session(who.person_id) as session:
        await record_listing(session, who, line.id, "canada", "refused")
        other = await target_listings(session, line.id)
    assert [listing.status for listing in other] == ["refused", "filed"]
    another = await add()
    with pytest.raises(UnknownJurisdiction):
        async with coalition.database.session(who.person_id) as session:
            await record_listing(session, who, another.id, "canada", "filed")


def test_every_fact_has_its_source_and_day_or_says_that_it_is_from_memory() -> None:
    found = load_jurisdictions(POLICIES)
    assert {"us_global_magnitsky", "us_7031c", "uk", "eu", "canada", "australia"} <= set(
        found.by_code
    )
    for one in found.by_code.values():
        assert all(fact.from_memory or (fact.source and fact.verified_on) for fact in one.facts)


def test_the_european_framework_runs_out_and_says_so_beforehand() -> None:
    eu = load_jurisdictions(POLICIES).by_code["eu"]
    assert eu.in_force_until == date(2026, 12, 8)
    assert eu.warning_on(date(2026, 7, 1)) == ""
    assert eu.warning_on(date(2026, 11, 25)) == eu.warning_on(date(2026, 12, 8)) == "soon"
    assert eu.warning_on(date(2026, 12, 9)) == "over"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("short: UK", "shorter: UK", "", "Field required"),
        ("government: GB", "government: Britain", "government", "government"),
        ("verified_on: 2026-11-25", "verified_on: yesterday", "", "verified_on"),
        ("from_memory: true", "source: https://example.org", "", "has a source and the day"),
        ("jurisdictions:", "jurisdiction:", "", "jurisdiction"),
        ("  uk:", "  uk: {", "", "not YAML"),
    ],
)
def test_a_mistake_stops_the_start_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: str, says: str
) -> None:
    text = (POLICIES / "jurisdictions.yaml").read_text(encoding="utf-8")
    (tmp_path / "jurisdictions.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyFileError, match=r"jurisdictions\.yaml, line \d+") as refused:
        load_jurisdictions(tmp_path)
    assert says in str(refused.value)
