"""The API: targets of a case, where they are listed, what is claimed of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from assent.access import Permission
from assent.database.session import present
from assent.people.memberships import require
from assent.refusal import Forbidden, Invalid, NotFound
from assent.sanctions import claims, jurisdictions, listings, queries, targets
from assent.sanctions.entities import transliteration
from assent.sanctions.refusals import (
    AlreadyEnded,
    BrokenEntity,
    CannotBeOne,
    CommandCircle,
    EntityTaken,
    IsMerged,
    NobodyLinked,
    NotListable,
    NotMerged,
    UnknownJurisdiction,
    UnknownStatus,
)
from assent.web.api import (
    USUAL_ITEMS,
    Cursor,
    DayIn,
    DayOut,
    Items,
    Limit,
    Moment,
    Sent,
    api_router,
    cut,
    id_cursor,
    problems,
)
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


class TargetOut(BaseModel):
    """A target: the FollowTheMoney entity, and what Assent knows of it."""

    id: UUID
    entity_id: str = Field(description="Its id in FollowTheMoney JSON, where links name it.")
    schema_: str = Field(alias="schema", serialization_alias="schema")
    properties: dict[str, list[str]]
    caption: str
    transliterations: dict[str, str] = Field(description="Latin letters for names in others.")
    version: int
    merged_into: UUID | None
    lacks_identifiers: bool = Field(
        description="Nothing in it tells it from others of the same name: a warning."
    )
    listings: dict[str, str] = Field(description="The latest status by jurisdiction.")


class ListingIn(Sent):
    """Where a target stands in a jurisdiction from now on."""

    jurisdiction: str = Field(description="A code of `GET /jurisdictions`.", examples=["uk"])
    status: Literal["not_asked", "drafting", "filed", "listed", "refused", "delisted"]
    on: DayIn | None = Field(default=None, description="The day of the status itself.")
    adopted_on: DayIn | None = None
    submitted_on: DayIn | None = None
    effective_on: DayIn | None = None
    announced_on: DayIn | None = None
    published_on: DayIn | None = None
    reference: str = ""
    address: str = Field(default="", description="Web address of the document that says so.")
    note: str = ""


class ListingOut(BaseModel):
    """One entry of a target's history in a jurisdiction."""

    id: UUID
    jurisdiction: str
    status: str
    on: DayOut | None
    adopted_on: DayOut | None
    submitted_on: DayOut | None
    effective_on: DayOut | None
    announced_on: DayOut | None
    published_on: DayOut | None
    reference: str
    address: str
    note: str
    at: Moment


class OtherIn(Sent):
    """Another target of the same case."""

    other: UUID


class CopyIn(Sent):
    """Another case of the caller's, by id or slug."""

    case: str


class ClaimIn(Sent):
    """One thing said of a target."""

    part: Literal["abuse", "link", "assets", "exculpatory"]
    statement: str
    category: str = Field(
        default="", description="Of an abuse its legal category, of a link its kind."
    )
    happened_on: str = Field(default="", examples=["2021-05"])
    place: str = ""


class ExhibitIn(Sent):
    """What shows a claim: a public page, or a piece of the case's evidence."""

    title: str
    tier: Literal["primary", "official", "credible", "single_source"]
    source: str = Field(default="", description="How the source is to be described.")
    address: str = ""
    evidence: UUID | None = None
    confidential: bool = True


class ExhibitOut(BaseModel):
    """What shows a claim."""

    id: UUID
    title: str
    tier: str
    source: str
    address: str
    evidence: UUID | None
    confidential: bool


class ClaimOut(BaseModel):
    """One thing said of a target, with its exhibits."""

    id: UUID
    part: str
    statement: str
    category: str
    happened_on: str
    place: str
    at: Moment
    exhibits: list[ExhibitOut]


class FactOut(BaseModel):
    """Something about the law, and how it is known."""

    says: str
    source: str | None
    verified_on: DayOut | None
    from_memory: bool


class JurisdictionOut(BaseModel):
    """Where measures can be asked for."""

    code: str
    name: str
    government: str
    measures: list[str]
    legal_basis: FactOut
    threshold: FactOut
    standard: FactOut
    receiver: FactOut
    notes: list[FactOut]
    in_force_until: DayOut | None
    warning: Literal["", "soon", "over"] = Field(description="Whether its legal basis runs out.")


class MadeOut(BaseModel):
    """What was made."""

    id: UUID


@router.get("/jurisdictions")
async def all_jurisdictions(visit: ApiCaller) -> Items[JurisdictionOut]:
    """Where measures can be asked for, with the source of each fact."""
    today = (await present(visit.session)).date()
    found = jurisdictions.current().by_code
    return Items(items=[_jurisdiction(code, one, today) for code, one in found.items()], next=None)


def _jurisdiction(code: str, one: jurisdictions.Jurisdiction, today: date) -> JurisdictionOut:
    facts = {
        name: FactOut(**getattr(one, name).model_dump())
        for name in ("legal_basis", "threshold", "standard", "receiver")
    }
    return JurisdictionOut.model_validate(
        {
            "code": code,
            "name": one.name,
            "government": one.government,
            "measures": list(one.measures),
            "notes": [note.model_dump() for note in one.notes],
            "in_force_until": one.in_force_until,
            "warning": one.warning_on(today),
            **{name: fact.model_dump() for name, fact in facts.items()},
        }
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
        items=[_target(line, standings) for line in shown], next=str(last.id) if last else None
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
    return _target(line, {})


@router.post(
    "/cases/{case}/targets/import", status_code=201, responses=problems(*IN_CASE, *FITTING)
)
async def import_targets(
    visit: Recording,
    entities: Annotated[list[dict[str, Any]], Body(description="FollowTheMoney entities.")],
) -> Items[TargetOut]:
    """Add many: all of them, or none."""
    lines = await targets.import_targets(visit.session, visit.caller, visit.case.id, entities)
    return Items(items=[_target(line, {}) for line in lines], next=None)


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
    return Items(items=[_listing(listing) for listing in found], next=None)


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
    )
    return _listing(made)


@router.get("/targets/{target}/claims", responses=problems(*IN_CASE))
async def target_claims(visit: ApiCaller, target: Id) -> Items[ClaimOut]:
    """What is claimed of a target, and what shows it."""
    line = await readable(visit, target)
    found = await queries.target_claims(visit.session, line.id)
    return Items(items=[_claim(claim) for claim in found], next=None)


@router.post(
    "/targets/{target}/claims", status_code=201, responses=problems(*IN_CASE, IsMerged, Invalid)
)
async def make_claim(visit: ApiCaller, target: Id, wanted: ClaimIn) -> MadeOut:
    """Say something of a target; what speaks for it has a part of its own."""
    made = await claims.make_claim(
        visit.session, visit.caller, require_id(target), **wanted.model_dump()
    )
    return MadeOut(id=made.id)


@router.delete("/claims/{claim}", status_code=204, responses=problems(*IN_CASE, AlreadyEnded))
async def end_claim(visit: ApiCaller, claim: Id) -> None:
    """Take a claim back; it stays on record."""
    await claims.end_claim(visit.session, visit.caller, require_id(claim))


@router.post(
    "/claims/{claim}/exhibits",
    status_code=201,
    responses=problems(*IN_CASE, AlreadyEnded, Invalid),
)
async def add_exhibit(visit: ApiCaller, claim: Id, wanted: ExhibitIn) -> MadeOut:
    """Show a claim."""
    values = wanted.model_dump()
    made = await claims.add_exhibit(
        visit.session,
        visit.caller,
        require_id(claim),
        evidence_id=values.pop("evidence"),
        **values,
    )
    return MadeOut(id=made.id)


@router.delete("/exhibits/{exhibit}", status_code=204, responses=problems(*IN_CASE, AlreadyEnded))
async def end_exhibit(visit: ApiCaller, exhibit: Id) -> None:
    """Take an exhibit out of its claim."""
    await claims.end_exhibit(visit.session, visit.caller, require_id(exhibit))


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
    return _target(line, await queries.case_standings(visit.session, lines, line.case_id))


def _target(
    line: queries.TargetLine, standings: dict[tuple[UUID, str], queries.Standing]
) -> TargetOut:
    entity = line.entity
    latin = {name: transliteration(name) for name in entity.names}
    return TargetOut.model_validate(
        {
            "id": line.id,
            "entity_id": entity.id,
            "schema": entity.schema,
            "properties": {name: list(values) for name, values in entity.properties.items()},
            "caption": entity.caption,
            "transliterations": {name: said for name, said in latin.items() if said},
            "version": line.number,
            "merged_into": line.merged_into,
            "lacks_identifiers": entity.lacks_identifiers,
            "listings": {code: s.status for (key, code), s in standings.items() if key == line.id},
        }
    )


def _listing(listing: Any) -> ListingOut:
    names = ("id", "jurisdiction", "status", *listings.DAYS, "reference", "address", "note", "at")
    values = {name: getattr(listing, name) for name in names}
    return ListingOut(on=listing.happened_on, **values)


def _claim(claim: queries.ClaimLine) -> ClaimOut:
    exhibits = [
        ExhibitOut(
            id=e.id, title=e.title, tier=e.tier, source=e.source, address=e.address,
            evidence=e.evidence_id, confidential=e.confidential,
        )
        for e in claim.exhibits
    ]  # fmt: skip
    names = ("id", "part", "statement", "category", "happened_on", "place", "at")
    return ClaimOut(exhibits=exhibits, **{name: getattr(claim, name) for name in names})
