"""The API: targets of a case, and where they are listed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from assent.access import Permission
from assent.database.session import present
from assent.people.memberships import require
from assent.refusal import Forbidden, Invalid, NotFound
from assent.sanctions import jurisdictions, listings, mistakes, queries, targets
from assent.sanctions.refusals import (
    BrokenEntity,
    CannotBeOne,
    CommandCircle,
    EntityTaken,
    InUse,
    IsMerged,
    NobodyLinked,
    NotListable,
    NotMerged,
    TakenOut,
    UnknownJurisdiction,
    UnknownStatus,
)
from assent.sanctions.shapes import (
    CopyIn,
    JurisdictionOut,
    ListingIn,
    ListingOut,
    MadeOut,
    OtherIn,
    TargetOut,
    jurisdiction_out,
    listing_out,
    target_out,
)
from assent.web.api import USUAL_ITEMS, Cursor, Items, Limit, api_router, cut, id_cursor, problems
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, find_case, require_id

router: APIRouter = api_router("Targets and listings")
IN_CASE = (NotFound, Forbidden)
FITTING = (BrokenEntity, EntityTaken, NobodyLinked, CommandCircle, Invalid)
Reading = Annotated[CaseVisit, api_in_case(Permission.TARGET_READ)]
Recording = Annotated[CaseVisit, api_in_case(Permission.TARGET_RECORD)]
EntityIn = Annotated[
    dict[str, Any],
    Body(
        description="A FollowTheMoney entity: `schema`, `properties`, and an `id` if it has one.",
        examples=[
            {"schema": "Person", "properties": {"name": ["A Warden"], "birthDate": ["1970"]}}
        ],
    ),
]


@router.get("/jurisdictions")
async def all_jurisdictions(visit: ApiCaller) -> Items[JurisdictionOut]:
    """Where measures can be asked for, with the source of each fact."""
    today = (await present(visit.session)).date()
    found = jurisdictions.current().by_code
    return Items(
        items=[jurisdiction_out(code, one, today) for code, one in found.items()], next=None
    )


@router.get("/cases/{case}/targets", responses=problems(*IN_CASE))
async def case_targets(
    visit: Reading, limit: Limit = USUAL_ITEMS, cursor: Cursor = None
) -> Items[TargetOut]:
    """The case's targets and the links between them, in the order they were added."""
    lines = await queries.case_targets(visit.session, visit.case.id)
    standings = await queries.case_standings(visit.session, lines, visit.case.id)
    after = id_cursor(cursor)
    shown, last = cut([line for line in lines if after is None or line.id > after], limit)
    return Items(
        items=[target_out(line, standings) for line in shown], next=str(last.id) if last else None
    )


@router.get("/cases/{case}/targets/ftm", responses=problems(*IN_CASE))
async def export_targets(visit: Reading) -> list[dict[str, Any]]:
    """The case's targets as FollowTheMoney JSON, nothing of Assent's own in it."""
    lines = await queries.case_targets(visit.session, visit.case.id)
    return [line.entity.as_json() for line in lines if line.merged_into is None]


@router.post("/cases/{case}/targets", status_code=201, responses=problems(*IN_CASE, *FITTING))
async def add_target(visit: Recording, entity: EntityIn) -> TargetOut:
    """Add a FollowTheMoney entity."""
    line = await targets.add_target(visit.session, visit.caller, visit.case.id, entity)
    return target_out(line, {})


@router.post(
    "/cases/{case}/targets/import", status_code=201, responses=problems(*IN_CASE, *FITTING)
)
async def import_targets(
    visit: Recording,
    entities: Annotated[list[dict[str, Any]], Body(description="FollowTheMoney entities.")],
) -> Items[TargetOut]:
    """Add many: all of them, or none."""
    lines = await targets.import_targets(visit.session, visit.caller, visit.case.id, entities)
    return Items(items=[target_out(line, {}) for line in lines], next=None)


@router.get("/targets/{target}", responses=problems(NotFound, Forbidden))
async def one_target(visit: ApiCaller, target: Id) -> TargetOut:
    """One target."""
    line = await readable(visit, target)
    return await _with_standings(visit, line)


@router.put("/targets/{target}", responses=problems(*IN_CASE, *FITTING, IsMerged))
async def change_target(visit: ApiCaller, target: Id, entity: EntityIn) -> TargetOut:
    """Give a target another entity; its ids stay."""
    line = await targets.change_target(visit.session, visit.caller, require_id(target), entity)
    return await _with_standings(visit, line)


@router.delete(
    "/targets/{target}", status_code=204, responses=problems(*IN_CASE, IsMerged, TakenOut, InUse)
)
async def take_out(visit: ApiCaller, target: Id) -> None:
    """Take out a target, with its links, or a link alone: it was a mistake. It stays on record."""
    await mistakes.take_out(visit.session, visit.caller, require_id(target))


@router.post(
    "/targets/{target}/merge",
    responses=problems(*IN_CASE, CannotBeOne, IsMerged),
)
async def merge_target(visit: ApiCaller, target: Id, wanted: OtherIn) -> TargetOut:
    """Make another target part of this one."""
    line = await targets.merge_targets(
        visit.session, visit.caller, require_id(target), wanted.other
    )
    return await _with_standings(visit, line)


@router.delete("/targets/{target}/merge", responses=problems(*IN_CASE, NotMerged))
async def undo_merge(visit: ApiCaller, target: Id) -> TargetOut:
    """Take a target out of the one it was merged into."""
    line = await targets.undo_merge(visit.session, visit.caller, require_id(target))
    return await _with_standings(visit, line)


@router.post(
    "/targets/{target}/copies", status_code=201, responses=problems(*IN_CASE, CannotBeOne, IsMerged)
)
async def copy_target(visit: ApiCaller, target: Id, wanted: CopyIn) -> MadeOut:
    """Let a target serve another case of mine; nobody who is in one case alone learns of the other."""
    case = await find_case(visit.session, wanted.case)
    line = await targets.copy_target(visit.session, visit.caller, require_id(target), case.id)
    return MadeOut(id=line.id)


@router.get("/targets/{target}/listings", responses=problems(*IN_CASE))
async def target_listings(visit: ApiCaller, target: Id) -> Items[ListingOut]:
    """What is on record of a target in every jurisdiction, newest first."""
    line = await readable(visit, target)
    found = await queries.target_listings(visit.session, line.id)
    return Items(items=[listing_out(listing) for listing in found], next=None)


@router.post(
    "/targets/{target}/listings",
    status_code=201,
    responses=problems(*IN_CASE, UnknownJurisdiction, UnknownStatus, NotListable, IsMerged),
)
async def record_listing(visit: ApiCaller, target: Id, wanted: ListingIn) -> ListingOut:
    """Record where a target stands in a jurisdiction."""
    made = await listings.record_listing(
        visit.session,
        visit.caller,
        require_id(target),
        wanted.jurisdiction,
        wanted.status,
        on=wanted.on,
        days={name: getattr(wanted, name) for name in listings.DAYS},
        reference=wanted.reference,
        address=wanted.address,
        note=wanted.note,
        evidence_id=wanted.document,
    )
    [line] = [
        one
        for one in await queries.target_listings(visit.session, made.target_id)
        if one.id == made.id
    ]
    return listing_out(line)


async def readable(visit: Any, target: str) -> queries.TargetLine:
    """Return a target of a case in which the caller may read targets.

    Raises:
        NotFound, Forbidden
    """
    line = await queries.target_line(visit.session, require_id(target))
    await require(visit.session, visit.caller, line.case_id, Permission.TARGET_READ)
    return line


async def _with_standings(visit: ApiCaller, line: queries.TargetLine) -> TargetOut:
    lines = await queries.case_targets(visit.session, line.case_id)
    return target_out(line, await queries.case_standings(visit.session, lines, line.case_id))
