"""Pages of a case's targets: the matrix, adding one, bringing in many, what each jurisdiction asks for."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request, UploadFile
from starlette.responses import Response

from assent.access import Permission
from assent.database.session import present
from assent.refusal import N_, Invalid
from assent.sanctions import jurisdictions, queries, targets, words
from assent.sanctions.entities import listable_schemas, schema_label
from assent.sanctions.target_forms import ASKED, entity_of
from assent.sanctions.target_pages import field_of
from assent.web.attempts import Errors, done_or_again
from assent.web.panel import may
from assent.web.render import render
from assent.web.requires import CaseVisit, in_case

router = APIRouter(include_in_schema=False)
Reading = Annotated[CaseVisit, in_case(Permission.TARGET_READ)]
Recording = Annotated[CaseVisit, in_case(Permission.TARGET_RECORD)]
MOST_IMPORTED = 2 * 1024 * 1024


@router.get("/cases/{case}/targets")
async def matrix(request: Request, visit: Reading) -> Response:
    """Targets by jurisdictions: the gaps plain to see."""
    return await _matrix(request, visit, [], 200)


async def _matrix(request: Request, visit: CaseVisit, errors: Errors, status: int) -> Response:
    lines = await queries.case_targets(visit.session, visit.case.id)
    standings = await queries.case_standings(visit.session, lines, visit.case.id)
    into = {line.id: line.merged_into or line.id for line in lines}
    dossiers: dict[tuple[Any, str], Any] = {}
    for dossier in await queries.case_dossiers(visit.session, visit.case.id):
        key = (into.get(dossier.target_id), dossier.jurisdiction)
        dossiers.setdefault(key, dossier.id)
    today = (await present(visit.session)).date()
    known = jurisdictions.current().by_code
    shown = [line for line in lines if line.merged_into is None and not line.entity.is_link]
    context = {
        "case": visit.case,
        "targets": [line for line in shown if line.entity.may_be_listed],
        "others": [line for line in shown if not line.entity.may_be_listed],
        "jurisdictions": known,
        "gone": sorted({code for _, code in standings} - set(known)),
        "warnings": {code: one.warning_on(today) for code, one in known.items()},
        "standings": standings,
        "dossiers": dossiers,
        "statuses": words.STATUSES,
        "schemas": words.SCHEMAS,
        "schema_label": schema_label,
        "may": may(visit.standing),
        "errors": errors,
    }
    return render(request, "sanctions/matrix.html", context, status=status)


@router.get("/cases/{case}/targets/new")
async def new_target(request: Request, visit: Recording) -> Response:
    """Ask who it is."""
    return _target_form(request, visit, [], {}, 200)


def _target_form(
    request: Request, visit: CaseVisit, errors: Errors, form: dict[str, str], status: int
) -> Response:
    context = {
        "case": visit.case,
        "errors": errors,
        "form": form,
        "schemas": [(name, words.SCHEMAS[name]) for name in listable_schemas()],
        "asked": ASKED,
    }
    return render(request, "sanctions/new.html", context, status=status)


@router.post("/cases/{case}/targets")
async def add_target(request: Request, visit: Recording) -> Response:
    """Add a person, organisation or post."""
    sent = await request.form()
    form = {name: str(sent.get(name) or "") for name in ("schema", *ASKED)}

    async def again(errors: Errors, status: int) -> Response:
        told = [(field_of(field), said) for field, said in errors]
        return _target_form(request, visit, told, form, status)

    work = targets.add_target(visit.session, visit.caller, visit.case.id, entity_of(form))
    return await done_or_again(
        request, visit.session, work, lambda line: f"/targets/{line.id}", again
    )


@router.post("/cases/{case}/targets/import")
async def import_targets(request: Request, visit: Recording, file: UploadFile) -> Response:
    """Take FollowTheMoney JSON: a list, or an entity a line."""

    async def work() -> None:
        data = await file.read(MOST_IMPORTED + 1)
        if len(data) > MOST_IMPORTED:
            raise Invalid(N_("At most 2 MB at once: import a large file in parts."), field="file")
        await targets.import_targets(visit.session, visit.caller, visit.case.id, entities_in(data))

    async def again(errors: Errors, status: int) -> Response:
        # Whatever is wrong in it is wrong with the file.
        return await _matrix(request, visit, [("file", said) for _, said in errors], status)

    then = f"/cases/{visit.case.slug}/targets"
    return await done_or_again(request, visit.session, work(), then, again)


def entities_in(data: bytes) -> list[Any]:
    """Return the entities of a file: a JSON list, one entity, or one a line.

    Raises:
        Invalid: naming the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(N_("This file is not UTF-8."), field="file") from error
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        pass
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise Invalid(N_("Line {line} is not JSON."), field="file", line=number) from error
    return found


@router.get("/cases/{case}/targets.ftm.json")
async def export_targets(visit: Reading) -> Response:
    """The case's targets as FollowTheMoney JSON, an entity a line."""
    lines = await queries.case_targets(visit.session, visit.case.id)
    rows = [
        json.dumps(t.entity.as_json(), ensure_ascii=False) for t in lines if t.merged_into is None
    ]
    headers = {
        "Content-Disposition": 'attachment; filename="targets.ftm.json"',
        "Cache-Control": "private, no-store",
    }
    return Response("\n".join([*rows, ""]), media_type="application/json", headers=headers)


@router.get("/cases/{case}/jurisdictions")
async def law(request: Request, visit: Reading) -> Response:
    """What each jurisdiction asks for, with the source of each fact."""
    today = (await present(visit.session)).date()
    known = jurisdictions.current().by_code
    context = {
        "case": visit.case,
        "jurisdictions": known,
        "warnings": {code: one.warning_on(today) for code, one in known.items()},
    }
    return render(request, "sanctions/law.html", context)
