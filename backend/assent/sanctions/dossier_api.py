"""The API: requests for measures, from the gap in the matrix to the document."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from assent.access import Permission
from assent.documents.refusals import LettersMissing
from assent.refusal import Forbidden, Invalid, NotFound
from assent.sanctions import jurisdictions, queries
from assent.sanctions.dossiers import (
    ChangedMeanwhile,
    OpenDossier,
    announce,
    begin_dossier,
    open_dossier,
    put_forward,
    save_answers,
)
from assent.sanctions.files import dossier_file, exhibits_file
from assent.sanctions.outputs import ExhibitChanged
from assent.sanctions.refusals import (
    DossierBegun,
    IsMerged,
    JurisdictionGone,
    NotListable,
    PiecesMissing,
    SourceNotAgreed,
    UnknownJurisdiction,
)
from assent.web.api import DayOut, Items, Sent, api_router, problems
from assent.web.requires import ApiCaller, CaseVisit, Id, api_in_case, require_id

router: APIRouter = api_router("Requests for measures")
IN_CASE = (NotFound, Forbidden)
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    }
}


class CellOut(BaseModel):
    """Where a target stands in a jurisdiction."""

    jurisdiction: str
    status: str = Field(description="`not_asked` where nothing is on record: a gap.")
    on: DayOut | None
    dossier: UUID | None = Field(description="The request, where I may see one.")
    address: str = Field(description="Of the document that says so.")
    document: UUID | None = Field(description="The same as evidence, where I may see it.")


class RowOut(BaseModel):
    """A target in every jurisdiction."""

    target: UUID
    caption: str
    cells: list[CellOut]


class DossierIn(Sent):
    """To which jurisdiction."""

    jurisdiction: str


class AnswersIn(Sent):
    """What is written into the parts that are asked; what is not named stays."""

    answers: dict[str, str] = Field(
        description="By part, or `part.fr` for a part in French; `recipient` says who receives it."
    )
    version: int | None = Field(default=None, description="Of the dossier that was read.")


class PartOut(BaseModel):
    """One part of a dossier."""

    key: str
    title: str
    fills: str
    ask: str
    required: bool


class DossierOut(BaseModel):
    """A request, with what is missing from it."""

    id: UUID
    action: UUID
    target: UUID
    jurisdiction: str
    gone: bool = Field(description="The jurisdiction was taken out of the policies.")
    version: int
    parts: list[PartOut]
    answers: dict[str, str]
    missing: list[str]
    warnings: list[str]
    further: dict[str, list[str]] = Field(
        description="What is missing before it is written in another language that is taken there, too."
    )
    not_agreed: list[str] = Field(
        description="Exhibits whose source has not agreed that this government sees them."
    )


class PutForwardOut(BaseModel):
    """The revision that was made of it."""

    id: UUID
    number: int
    digest: str
    created: bool


class ActionMadeOut(BaseModel):
    """An action that was begun."""

    action: UUID


@router.get("/cases/{case}/matrix", responses=problems(*IN_CASE))
async def matrix(
    visit: Annotated[CaseVisit, api_in_case(Permission.TARGET_READ)],
) -> Items[RowOut]:
    """Targets by jurisdictions: what is on record, and the gaps."""
    lines = await queries.case_targets(visit.session, visit.case.id)
    standings = await queries.case_standings(visit.session, lines, visit.case.id)
    dossiers = {
        (d.target_id, d.jurisdiction): d.id
        for d in await queries.case_dossiers(visit.session, visit.case.id)
    }
    codes = dict.fromkeys([*jurisdictions.current().by_code, *(code for _, code in standings)])
    rows = []
    for line in lines:
        if line.merged_into is not None or not line.entity.may_be_listed:
            continue
        cells = []
        for code in codes:
            found = standings.get((line.id, code))
            cells.append(
                CellOut(
                    jurisdiction=code,
                    status=found.status if found else "not_asked",
                    on=found.on if found else None,
                    dossier=dossiers.get((line.id, code)),
                    address=found.address if found else "",
                    document=found.document if found else None,
                )
            )
        rows.append(RowOut(target=line.id, caption=line.entity.caption, cells=cells))
    return Items(items=rows, next=None)


@router.post(
    "/targets/{target}/dossiers",
    status_code=201,
    responses=problems(*IN_CASE, UnknownJurisdiction, NotListable, DossierBegun, IsMerged),
)
async def begin(visit: ApiCaller, target: Id, wanted: DossierIn) -> DossierOut:
    """Begin a request: an action of its own, seen by my organisation alone until it is shared."""
    made = await begin_dossier(visit.session, visit.caller, require_id(target), wanted.jurisdiction)
    return _dossier(await open_dossier(visit.session, visit.caller, made.id))


@router.get("/dossiers/{dossier}", responses=problems(*IN_CASE))
async def one_dossier(visit: ApiCaller, dossier: Id) -> DossierOut:
    """A request, and what is missing from it."""
    return _dossier(await open_dossier(visit.session, visit.caller, require_id(dossier)))


@router.patch(
    "/dossiers/{dossier}",
    responses=problems(*IN_CASE, JurisdictionGone, ChangedMeanwhile, Invalid),
)
async def save(visit: ApiCaller, dossier: Id, wanted: AnswersIn) -> DossierOut:
    """Keep what was written."""
    saved = await save_answers(
        visit.session, visit.caller, require_id(dossier), wanted.answers, version=wanted.version
    )
    return _dossier(saved)


@router.post(
    "/dossiers/{dossier}/revision",
    status_code=201,
    responses=problems(*IN_CASE, PiecesMissing, SourceNotAgreed, JurisdictionGone, Invalid),
)
async def to_the_gate(visit: ApiCaller, dossier: Id) -> PutForwardOut:
    """Write the dossier and put it to the gate."""
    made = await put_forward(visit.session, visit.caller, require_id(dossier))
    revision = made.revision
    return PutForwardOut(
        id=revision.id, number=revision.number, digest=revision.digest, created=made.created
    )


@router.post("/dossiers/{dossier}/announcement", status_code=201, responses=problems(*IN_CASE))
async def make_known(visit: ApiCaller, dossier: Id) -> ActionMadeOut:
    """Begin a statement about the filing: a decision of its own, by a gate of its own."""
    made = await announce(visit.session, visit.caller, require_id(dossier))
    return ActionMadeOut(action=made.id)


@router.get(
    "/dossiers/{dossier}/document",
    responses={**problems(*IN_CASE, LettersMissing), **FILES},
)
async def document(
    visit: ApiCaller,
    dossier: Id,
    format: Annotated[Literal["pdf", "docx"], Query()] = "pdf",
    language: Annotated[str, Query(max_length=35)] = "en",
) -> Response:
    """The latest text as a document: what was put to the gate, and nothing else."""
    return await dossier_file(visit, require_id(dossier), format, language)


@router.get(
    "/dossiers/{dossier}/exhibits",
    responses={**problems(*IN_CASE, ExhibitChanged), **FILES},
)
async def exhibits(request: Request, visit: ApiCaller, dossier: Id) -> Response:
    """The exhibits of the latest text as a ZIP, with a manifest of their digests."""
    return await exhibits_file(request, visit, require_id(dossier))


def _dossier(opened: OpenDossier) -> DossierOut:
    parts = opened.form.parts if opened.form else ()
    return DossierOut(
        id=opened.dossier.id,
        action=opened.action.id,
        target=opened.target.id,
        jurisdiction=opened.dossier.jurisdiction,
        gone=opened.form is None or opened.jurisdiction is None,
        version=opened.dossier.version,
        parts=[PartOut(**part.model_dump(exclude={"text"})) for part in parts],
        answers=opened.answers,
        missing=[str(piece) for piece in opened.missing.pieces],
        warnings=[str(piece) for piece in opened.missing.warnings],
        further={tag: [str(p) for p in pieces] for tag, pieces in opened.further.items()},
        not_agreed=[exhibit.title for exhibit in opened.not_agreed],
    )
