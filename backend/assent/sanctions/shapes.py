"""What the API takes and tells of targets, listings, claims and jurisdictions."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from assent.sanctions import jurisdictions, listings, queries
from assent.sanctions.entities import transliteration
from assent.web.api import DayIn, DayOut, Moment, Sent


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
    taken_out: bool = Field(description="It was recorded by mistake, and goes nowhere any more.")
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
    document: UUID | None = Field(
        default=None, description="The same document, where its file is among the case's evidence."
    )
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
    document: UUID | None = Field(description="Evidence that says so, where the caller sees it.")
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
    quote: str = Field(default="", description="Its own words, in the language they were said in.")
    quote_language: str = Field(default="", description="Of the quotation.", examples=["fa"])
    translation: str = Field(default="", description="The quotation in English, where it is not.")


class ClaimTextIn(Sent):
    """A claim in another language, for governments that take requests in it."""

    statement: str


class ExhibitOut(BaseModel):
    """What shows a claim."""

    id: UUID
    title: str
    tier: str
    source: str
    address: str
    evidence: UUID | None
    confidential: bool
    quote: str
    quote_language: str
    translation: str


class ClaimOut(BaseModel):
    """One thing said of a target, with its exhibits."""

    id: UUID
    part: str
    statement: str
    category: str
    happened_on: str
    place: str
    texts: dict[str, str] = Field(description="The statement in further languages.")
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


def jurisdiction_out(code: str, one: jurisdictions.Jurisdiction, today: date) -> JurisdictionOut:
    """Return what is told of a jurisdiction."""
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


def target_out(
    line: queries.TargetLine, standings: dict[tuple[UUID, str], queries.Standing]
) -> TargetOut:
    """Return what is told of a target."""
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
            "taken_out": line.ended_at is not None,
            "lacks_identifiers": entity.lacks_identifiers,
            "listings": {code: s.status for (key, code), s in standings.items() if key == line.id},
        }
    )


def listing_out(listing: Any) -> ListingOut:
    """Return what is told of a listing."""
    names = (
        "id",
        "jurisdiction",
        "status",
        *listings.DAYS,
        "reference",
        "address",
        "document",
        "note",
        "at",
    )
    values = {name: getattr(listing, name) for name in names}
    return ListingOut(on=listing.happened_on, **values)


def claim_out(claim: queries.ClaimLine) -> ClaimOut:
    """Return what is told of a claim."""
    exhibits = [
        ExhibitOut(
            id=e.id, title=e.title, tier=e.tier, source=e.source, address=e.address,
            evidence=e.evidence_id, confidential=e.confidential, quote=e.quote,
            quote_language=e.quote_language, translation=e.translation,
        )
        for e in claim.exhibits
    ]  # fmt: skip
    names = ("id", "part", "statement", "category", "happened_on", "place", "texts", "at")
    return ClaimOut(exhibits=exhibits, **{name: getattr(claim, name) for name in names})
