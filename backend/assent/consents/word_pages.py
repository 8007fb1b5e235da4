"""The page on which somebody agrees on a word with a person they trust, and reads of those who trust them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse, Response

from assent.database.session import acting_as_job
from assent.people.marks import Why, why_arranged, why_standing, why_then
from assent.people.private_signs import agree_on_sign, people_to_trust, trusted_by
from assent.refusal import Refusal
from assent.web.attempts import attempt
from assent.web.language import language_of, translate_refusal
from assent.web.render import render
from assent.web.requires import SignedIn, Visit, as_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
_MOST = 50
# What those who decide in a case of the reader's have said there lately: to a text, in advance, about who decides.
_SAID = text("""
    with said as (
      select 'text' as what, c.id, c.person_id, c.case_id, c.at, c.ledger_index from assent.consents c
      union all select 'in_advance', a.id, a.person_id, a.case_id, a.at, a.ledger_index
        from assent.standing_consent_answers a
      union all select 'arrangement', n.arrangement_id, n.person_id, n.case_id, n.at, n.ledger_index
        from assent.arrangement_answers n)
    select s.what, s.id, s.person_id, assent.shown_name(p.shown_as, p.name) as person, k.title as case_title, s.at
    from said s join assent.people p on p.id = s.person_id join assent.cases k on k.id = s.case_id
    where s.person_id = any (:trusting) and exists (select 1 from assent.memberships mine
      where mine.case_id = s.case_id and mine.person_id = :person and mine.ended_at is null)
    order by s.ledger_index desc limit :most
""")


@dataclass(frozen=True)
class Heard:
    """An answer of somebody who trusts the reader.

    Attributes:
        signed: whether the word stood beside it.
    """

    person: str
    case_title: str
    at: datetime
    signed: bool


@router.get("/word")
async def word_page(request: Request, visit: SignedIn, kept: str = "") -> Response:
    """Show the form, the same to everybody, and what was said by those who trust the reader."""
    return await _word(request, visit, [], kept=bool(kept))


@router.post("/word")
async def agree(request: Request, visit: SignedIn, word: Text = "", trusted: Text = "") -> Response:
    """Agree on a word; the page afterwards is the same whether there was one before."""
    try:
        async with attempt(visit.session):
            await agree_on_sign(visit.session, visit.caller, word, as_id(trusted))
    except Refusal as refusal:
        errors = [(refusal.field or "", translate_refusal(refusal, language_of(request)))]
        return await _word(request, visit, errors, status=refusal.status)
    return RedirectResponse("/word?kept=1", 303)


async def _word(
    request: Request,
    visit: Visit,
    errors: list[tuple[str, str]],
    *,
    kept: bool = False,
    status: int = 200,
) -> Response:
    people = await people_to_trust(visit.session, visit.caller)
    context = {
        "people": [("", ""), *people],
        "heard": await _heard(visit),
        "kept": kept,
        "errors": errors,
    }
    return render(request, "consents/word.html", context, status=status)


async def _heard(visit: Visit) -> list[Heard]:
    """What those have said who agreed a word with the reader; to anybody else there is nothing here."""
    people = await people_to_trust(visit.session, visit.caller)
    async with acting_as_job(visit.session):
        trusting = [
            key for key, _ in people
            if await trusted_by(visit.session, key) == visit.caller.person_id
        ]  # fmt: skip
        values = {"person": visit.caller.person_id, "trusting": trusting, "most": _MOST}
        rows = (await visit.session.execute(_SAID, values)).all()
        return [
            Heard(r.person, r.case_title, r.at, await _why(visit.session, r) is Why.SIGN)
            for r in rows
        ]


async def _why(session: AsyncSession, said: Row[Any]) -> Why:
    if said.what == "arrangement":
        return await why_arranged(session, said.id, said.person_id)
    return await (why_standing if said.what == "in_advance" else why_then)(session, said.id)
