"""The import file: its shape. It carries no decision: clearances and consents are only made by people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Address = Annotated[
    str,
    BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value),
    Field(pattern=r"^[^@\s]+@[^@\s]+$"),
]
_Told = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, date | int) else value)
]
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class ProviderPart(_Part):
    """An organisation's OpenID Connect provider."""

    issuer: str = Field(pattern=r"^https?://")
    client_id: str
    client_secret: str


class OrganisationPart(_Part):
    """An organisation."""

    slug: Slug
    name: str
    country: Country
    email_domains: list[str] = []
    oidc: ProviderPart | None = None


class PersonPart(_Part):
    """A person: staff of an organisation, or (without one) of a family."""

    email: Address
    name: str
    language: Language = "en"
    organisation: Slug | None = None
    born: date | None = None
    organisation_admin: bool = False


class DetainedPersonPart(_Part):
    """Whom the case is about."""

    name: str
    names: dict[str, str] | None = None
    born: date | str | None = None
    nationalities: list[str] | None = None


class MembershipPart(_Part):
    """A role of a person in the case."""

    person: Address
    role: Literal[
        "coordinator", "drafter", "clearance_officer", "safety_reviewer", "observer",
        "decision_maker", "informed_relative", "counsel",
    ]  # fmt: skip
    organisation: Slug | None = None


class ArrangementPart(_Part):
    """Who decides for the family, and how."""

    rule: Literal["one", "any", "all", "quorum"]
    quorum: int | None = None
    decision_makers: list[Address]
    alternates: list[Address] = []
    cooling_off_hours: int = Field(default=0, ge=0, le=168)


class RevisionPart(_Part):
    """A version of an action's text, as the API takes it."""

    languages: dict[str, Any]
    form: dict[str, Any] = {}
    cosigners: list[str] = []
    audience: str | list[str] = "public"
    not_before: Any = None
    attachments: list[Any] = []


class ActionPart(_Part):
    """An action with its versions."""

    kind: str
    title: str
    visibility: Literal["family", "organisation", "case", "public"] = "case"
    author: Address
    revisions: list[RevisionPart] = []


class TaskPart(_Part):
    """Something to do."""

    title: str
    assignee: Address | None = None
    organisation: Slug | None = None
    due_on: date | None = None
    action: str | None = None


class EventPart(_Part):
    """Something that happened, as exactly as it is known."""

    kind: str
    happened_on: _Told
    title: str
    effect: str = "unknown"
    source: str = ""


class PosturePart(_Part):
    """How public the effort was decided to be, after the case was opened; the last one told holds."""

    posture: Literal["quiet", "mixed", "public"]
    reason: str
    owner: Address
    review_on: date


class EvidencePart(_Part):
    """A piece of evidence that is a text; other files are brought in by people, through pages and API."""

    title: str
    tier: Literal["primary", "official", "credible", "single_source"]
    author: Address
    text: str
    visibility: Literal["family", "organisation", "case"] = "case"
    agreed_by_source: list[str] = []


class ExhibitPart(_Part):
    """What shows a claim: the address of a public page, or the title of evidence of this case."""

    title: str
    tier: Literal["primary", "official", "credible", "single_source"]
    source: str = ""
    address: str = ""
    evidence: str | None = None
    confidential: bool = True


class ClaimPart(_Part):
    """One thing said of a target, which is named by the id of its entity."""

    target: str
    part: Literal["abuse", "link", "assets", "exculpatory"]
    statement: str
    author: Address
    category: str = ""
    happened_on: _Told = ""
    place: str = ""
    exhibits: list[ExhibitPart] = []


class ListingPart(_Part):
    """Where a target stands in a jurisdiction; the last one told of a pair is in force."""

    target: str
    jurisdiction: str
    status: Literal["not_asked", "drafting", "filed", "listed", "refused", "delisted"]
    author: Address
    on: date | None = None
    adopted_on: date | None = None
    submitted_on: date | None = None
    effective_on: date | None = None
    announced_on: date | None = None
    published_on: date | None = None
    reference: str = ""
    address: str = ""
    note: str = ""
    document: str | None = None


class CasePart(_Part):
    """A case."""

    slug: Slug
    title: str
    detained_person: DetainedPersonPart
    detaining_state: Country
    posture: Literal["quiet", "mixed", "public"] = "quiet"
    memberships: list[MembershipPart] = []
    family_arrangement: ArrangementPart | None = None
    actions: list[ActionPart] = []
    events: list[EventPart] = []
    postures: list[PosturePart] = []
    tasks: list[TaskPart] = []
    targets: list[Any] = []
    evidence: list[EvidencePart] = []
    claims: list[ClaimPart] = []
    listings: list[ListingPart] = []


class ImportFile(_Part):
    """A whole import file."""

    organisations: list[OrganisationPart] = []
    people: list[PersonPart] = []
    cases: list[CasePart] = []
