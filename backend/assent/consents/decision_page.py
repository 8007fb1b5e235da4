"""What stands on the page on which a relative decides: the exact text, what it is for, what they said before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from assent.actions.differences import LanguageDifference, text_differences
from assent.actions.kinds.public_statement import embargo_zone, public_pictures
from assent.actions.models import Revision
from assent.actions.queries import form_of, latest_revision, risks_in_plain_words, texts_of
from assent.cases.detainee import wishes_of
from assent.cases.events import events_of
from assent.cases.queries import MemberLine, members
from assent.consents.decision_form import Answered
from assent.consents.models import Consent
from assent.consents.queries import (
    AnswerLine,
    ConsentLine,
    answer_lines,
    consent_lines,
    is_held,
    last_word,
)
from assent.consents.readings import readings_of
from assent.consents.separate import answers_with, questions_of
from assent.consents.standing_queries import standing_behind
from assent.consents.statement import LASTS
from assent.consents.taken_down import taken_down_lines
from assent.database.session import present
from assent.facts import read_action_facts
from assent.gate.arrangement import ALWAYS_ASKS_AGAIN, heard, still_asked
from assent.gate.facts import YESES, Facts
from assent.gate.roles import Role
from assent.people.marks import Why, why_then
from assent.people.organisations import organisations_in_case
from assent.people.passkeys import live_passkeys
from assent.refusal import N_
from assent.web.conditions import said_conditions
from assent.web.labels import DECISIONS, KINDS
from assent.web.language import (
    closest,
    country_name,
    language_of,
    translator_for,
)
from assent.web.render import render
from assent.web.requirements import Names, names_for, sign_on_line
from assent.web.requires import ActionVisit

# How a text came about, where its writers have said so.
_MADE = {
    "human": N_("translated by a person"),
    "machine": N_("translated by a machine; nobody has checked it"),
    "machine_checked": N_("translated by a machine, checked by a person"),
}
_ORIGINAL = N_("the original")


async def show_decision_page(
    request: Request,
    visit: ActionVisit,
    read: str,
    errors: list[tuple[str, str]],
    typed: Answered,
    status: int = 200,
    *,
    kept: bool = False,
) -> Response:
    """Draw the page.

    Args:
        read: in which of the text's languages; empty: the reader's own, where it exists.
        typed: what stands in its forms again.
        kept: whether that was kept from an earlier visit.
    """
    revision = await latest_revision(visit.session, visit.action.id)
    if revision is None or revision.content is None:
        return render(request, "consents/nothing.html", {"action": visit.action})
    texts, language = texts_of(revision), language_of(request)
    # Somebody's own language comes before that of the page: the page may not exist in it.
    wished = (visit.caller.language, language)
    shown = read if read in texts else closest(texts, *wished) or next(iter(texts))
    facts = await read_action_facts(visit.session, visit.action.id)
    names = await names_for(visit.session, visit.standing)
    now = await present(visit.session)
    word = await last_word(visit.session, revision.id, visit.caller.person_id)
    consent, withdrawal = word or (None, None)
    held = consent is not None and await is_held(visit.session, consent)
    spoken = await _spoken(visit)
    taken = await taken_down_lines(visit.session, visit.action.id)
    context = {
        "case": visit.case,
        "action": visit.action,
        "kind": KINDS.get(visit.action.kind, visit.action.kind),
        "revision": revision,
        "texts": texts,
        "filled": form_of(visit.action, revision),
        "pictures": public_pictures(revision.content),
        "apart": questions_of(visit.action, revision),
        "given": await answers_with(visit.session, consent),
        "shown": shown,
        "text": texts[shown],
        "audience": revision.content["audience"],
        "not_before": facts.facts.not_before,
        "zone": embargo_zone(revision.content),
        "sign_on": sign_on_line(revision.content, names),
        "signers": [names.organisation(slug) for slug in facts.facts.cosigners],
        "in_own_language": closest(texts, *wished) is not None,
        "risks": _in_one_of(
            (*wished, shown), await risks_in_plain_words(visit.session, revision.id)
        ),
        "contacts": await _contacts(visit),
        "decides": str(visit.caller.person_id) in heard(facts.facts, facts.now),
        "paused": bool(facts.facts.pauses),
        "consent": consent,
        "live": bool(consent and withdrawal is None and consent.expires_at > now),
        "withdrawn": withdrawal is not None,
        "held": held,
        "taken_down": [one for one in taken if one.person_id == visit.caller.person_id],
        "decisions": DECISIONS,
        "reading": (await readings_of(visit.session, revision.id)).get(shown),
        "passkeys": bool(await live_passkeys(visit.session, visit.caller.person_id)),
        "only_if": bool(request.query_params.get("only_if")),
        "waits": consent is not None
        and withdrawal is None
        and await why_then(visit.session, consent.id) is Why.WAITS,
        "thread": await _thread(visit),
        "made": _made(request, texts, names),
        "kept": kept,
        "changed": await _changed_since(visit, revision, shown, spoken)
        if consent is None
        else None,
        "standing_yeses": [
            c
            for c in spoken.values()
            if c.digest != revision.digest
            and c.decision in YESES
            and c.withdrawn_at is None
            and c.expires_at > now
        ],
        "lasts_days": LASTS.days,
        "in_advance": await standing_behind(visit.session, visit.action.id) is not None,
        "asked_again": await _what_asks_again(visit, facts.facts, consent),
        "own_wishes": [
            one
            for one in await wishes_of(visit.session, visit.case.id)
            if one.says == "no" and str(one.id) in {wish.id for wish in facts.facts.wishes}
        ],
        "is_out": facts.publication is not None and facts.publication.retracted_at is None,
        "errors": errors,
        "typed": typed,
        "acting": await _acting(visit, facts.facts.signers, names),
        "countries": [("", ""), *await _countries(visit, language)],
        "said": said_conditions(request, consent.conditions if consent else [], names),
    }
    return render(request, "consents/decide.html", context, status=status)


@dataclass(frozen=True)
class Turn:
    """One thing the reader asked about the action, and what was answered."""

    question: str
    at: datetime
    answers: list[AnswerLine]


async def _thread(visit: ActionVisit) -> list[Turn]:
    """What the reader has asked about any text of the action, oldest first, with the answers."""
    asked = [
        line
        for line in await consent_lines(visit.session, visit.action.id)
        if line.person_id == visit.caller.person_id and line.decision == "question"
    ]
    answers = await answer_lines(visit.session, [line.id for line in asked])
    return [
        Turn(line.question, line.at, [a for a in answers if a.consent_id == line.id])
        for line in reversed(asked)
    ]


def _made(
    request: Request, texts: dict[str, dict[str, Any]], names: Names
) -> list[tuple[str, str, str]]:
    """Each language of the text, how that text came about (empty: nobody has said), and who answers for it."""
    translate = translator_for(request)
    said = any("translation" in text for text in texts.values())
    found = []
    for tag, text in texts.items():
        made = text.get("translation") or {}
        how = _MADE.get(made.get("how", ""), _ORIGINAL)
        by = names.organisation(made.get("by")) or ""
        found.append((tag, translate(how) if said else "", by))
    return found if len(texts) > 1 else []


async def _what_asks_again(visit: ActionVisit, facts: Facts, consent: Consent | None) -> list[str]:
    """What has happened since the reader's yes, after which it counts only once they say so again."""
    if (
        consent is None
        or consent.decision not in YESES
        or not still_asked(facts, consent.ledger_index)
    ):
        return []
    since = await events_of(visit.session, visit.case.id, since=consent.ledger_index)
    chosen = facts.arrangement.asks_again if facts.arrangement else frozenset()
    asking = {*chosen, ALWAYS_ASKS_AGAIN}
    return [event.title for event in since if event.kind in asking] or [""]


def _in_one_of(wanted: tuple[str, ...], words: dict[str, str]) -> tuple[str, str] | None:
    """The tag and words of the first wanted language there is, else of any; None without words."""
    tag = closest(words, *wanted) or next(iter(words), None)
    return None if tag is None else (tag, words[tag])


async def _contacts(visit: ActionVisit) -> list[MemberLine]:
    """Whom a relative can turn to: the case's coordinators."""
    everybody = await members(visit.session, visit.case.id)
    return [member for member in everybody if member.role == Role.COORDINATOR]


async def _acting(visit: ActionVisit, slugs: frozenset[str], names: Names) -> list[tuple[str, str]]:
    """The organisations of the case, by name: those among whom a relative may choose who acts."""
    there = await organisations_in_case(visit.session, visit.case.id)
    known = {o.slug: o.name for o in there} | {s: names.organisation(s) or s for s in slugs}
    return sorted(known.items(), key=lambda one: one[1])


async def _countries(visit: ActionVisit, language: str) -> list[tuple[str, str]]:
    """The countries a wish can be about: of those who act, and of the person. Others go in words.

    All countries of the world would be most of what a phone has to load.
    """
    there = {o.country for o in await organisations_in_case(visit.session, visit.case.id)}
    nationalities = visit.case.detained_person.get("nationalities", [])
    codes = {*there, visit.case.detaining_state, *nationalities}
    return sorted(((code, country_name(code, language)) for code in codes), key=itemgetter(1))


@dataclass(frozen=True)
class Changed:
    """What changed since the text the reader last decided on.

    Attributes:
        decision: what they had said to the earlier one.
    """

    decision: str
    difference: LanguageDifference


async def _spoken(visit: ActionVisit) -> dict[str, ConsentLine]:
    """The reader's last word on each text of the action, by digest, newest first."""
    words: dict[str, ConsentLine] = {}
    for line in await consent_lines(visit.session, visit.action.id):
        if line.person_id == visit.caller.person_id:
            words.setdefault(line.digest, line)
    return words


async def _changed_since(
    visit: ActionVisit, revision: Revision, shown: str, spoken: dict[str, ConsentLine]
) -> Changed | None:
    """The difference to the text the reader last decided on, in the language they read now."""
    before = next(iter(spoken.values()), None)
    if before is None or before.digest == revision.digest:
        return None
    query = select(Revision).where(
        Revision.action_id == visit.action.id, Revision.digest == before.digest
    )
    earlier = (await visit.session.scalars(query.limit(1))).one_or_none()
    if earlier is None:
        return None
    old, new = texts_of(earlier), texts_of(revision)
    differences = text_differences({shown: old[shown]} if shown in old else {}, {shown: new[shown]})
    return Changed(before.decision, differences[0])
