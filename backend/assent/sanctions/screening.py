"""Screening: looking for a target in the lists of those who are under sanctions already; a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Invalid, NotFound
from assent.sanctions import jurisdictions, yente
from assent.sanctions.entities import Entity
from assent.sanctions.matching import compare, keys_of
from assent.sanctions.models import Screening, ScreeningDecision
from assent.sanctions.queries import parts_of
from assent.sanctions.refusals import ScreeningAway
from assent.sanctions.targets import open_target
from assent.settings import Settings
from assent.wording import clean_text

DECISIONS = ("same", "different", "unsure")
MOST_CANDIDATES = 15
LEAST_SCORE = 50
_MOST_COMPARED = 3_000
# Rare keys first: a pair of words that half the list has tells nothing.
_FIND = text("""
    select e.entity_id, e.entity, w.name as list
    from assent.watchlist_entities e join assent.watchlists w on w.id = e.watchlist_id
    where e.keys && cast(:keys as text[]) limit :most
""")
_LISTED = text("""
    select e.entity from assent.watchlist_entities e
    where e.keys && cast(:keys as text[]) limit 500
""")
_LISTS = text("select name, entities, loaded_at from assent.watchlists order by name")
_SCREENINGS = text("""
    select s.id, s.source, s.dataset, s.candidates, s.at, p.name as by,
      coalesce((select jsonb_object_agg(entity_id, decision) from (
        select distinct on (entity_id) entity_id, decision from assent.screening_decisions
        where screening_id = s.id order by entity_id, ledger_index desc) d), '{}') as decisions
    from assent.screenings s join assent.people p on p.id = s.made_by
    where s.target_id = any(:targets) order by s.ledger_index desc limit 20
""")


@dataclass(frozen=True)
class Source:
    """Where a target can be looked for."""

    name: str
    title: str
    loaded_at: datetime | None = None
    entities: int = 0


@dataclass(frozen=True)
class ScreeningLine:
    """What a list said, and what was decided of it."""

    id: UUID
    source: str
    dataset: str
    candidates: list[dict[str, Any]]
    at: datetime
    by: str
    decisions: dict[str, str]


async def configured_sources(session: AsyncSession, settings: Settings) -> list[Source]:
    """Return where a target can be looked for on this instance."""
    lists = [
        Source("file", row.name, row.loaded_at, row.entities)
        for row in await session.execute(_LISTS)
    ]
    service = [Source("yente", settings.yente_dataset)] if settings.yente_url else []
    return ([Source("file", ", ".join(one.title for one in lists), lists[0].loaded_at,
                    sum(one.entities for one in lists))] if lists else []) + service  # fmt: skip


async def screen_target(
    session: AsyncSession, caller: Caller, target_id: UUID, source: str, settings: Settings
) -> Screening:
    """Look for a target, and keep what was found with its reasons.

    Args:
        source: "file" for the lists that were loaded, "yente" for the matching service.

    Raises:
        NotFound, Forbidden, IsMerged: not somebody who records targets here.
        ScreeningAway: there is nothing to look in, or it does not answer.
    """
    line = await open_target(session, caller, target_id)
    if source == "file":
        dataset, candidates = await _in_lists(session, line.entity)
    elif source == "yente" and settings.yente_url:
        key = settings.yente_api_key.get_secret_value() if settings.yente_api_key else None
        dataset = settings.yente_dataset
        found = await yente.ask(settings.yente_url, dataset, key, line.entity)
        candidates = [_from_service(line.entity, one) for one in found]
    else:
        raise ScreeningAway
    screening_id, now = new_id(), await present(session)
    body = {
        "screening": str(screening_id),
        "target": str(target_id),
        "source": source,
        "dataset": dataset,
    }
    index = await append(
        session, event=EventKind.TARGET_SCREENED, actor=caller, case_id=line.case_id, at=now,
        body={**body, "candidates": len(candidates)},
    )  # fmt: skip
    values = {
        "id": screening_id, "case_id": line.case_id, "target_id": target_id, "source": source,
        "dataset": dataset, "candidates": candidates, "made_by": caller.person_id, "at": now,
        "ledger_index": index,
    }  # fmt: skip
    await session.execute(insert(Screening).values(**values))
    return await session.get_one(Screening, screening_id)


async def _in_lists(session: AsyncSession, entity: Entity) -> tuple[str, list[dict[str, Any]]]:
    lists = [row.name for row in await session.execute(_LISTS)]
    if not lists:
        raise ScreeningAway
    keys = keys_of(entity.names)
    rows = (await session.execute(_FIND, {"keys": keys, "most": _MOST_COMPARED})).all()
    ranked = []
    for row in rows:
        theirs = _entity(row.entity)
        match = compare(entity, theirs)
        if match.score >= LEAST_SCORE:
            ranked.append((match.score, theirs, match.reasons, row.entity.get("listings", [])))
    ranked.sort(key=lambda one: (-one[0], one[1].id))
    candidates = []
    for score, theirs, reasons, nested in ranked[:MOST_CANDIDATES]:
        listed = await session.scalars(_LISTED, {"keys": [f"of:{theirs.id}"]})
        listings = [*nested, *(sanction["properties"] for sanction in listed)]
        candidates.append(_candidate(theirs, score, [dict(r) for r in reasons], listings))
    return ", ".join(lists), candidates


def _from_service(ours: Entity, found: Mapping[str, Any]) -> dict[str, Any]:
    theirs = _entity(found)
    match = compare(ours, theirs)
    reasons: list[dict[str, Any]] = [dict(reason) for reason in match.reasons]
    features = found.get("features")
    for name, weight in sorted(features.items()) if isinstance(features, Mapping) else ():
        if isinstance(weight, int | float) and weight:
            reasons.append({"kind": "service", "ours": str(name)[:100], "theirs": f"{weight:.2f}"})
    nested = [
        sanction["properties"]
        for sanction in found["properties"].get("sanctions", ())
        if isinstance(sanction, Mapping) and isinstance(sanction.get("properties"), Mapping)
    ]
    score = round(float(found["score"]) * 100)
    return _candidate(theirs, max(0, min(100, score)), reasons, nested)


def _entity(raw: Mapping[str, Any]) -> Entity:
    """Read an entity of a list: what does not fit is left out, lists are not ours to mend."""
    properties = {
        str(name): tuple(value for value in values if isinstance(value, str))
        for name, values in raw["properties"].items()
        if isinstance(values, list)
    }
    kept = {name: values for name, values in properties.items() if values}
    return Entity(str(raw["id"]), str(raw.get("schema", "LegalEntity")), kept)


def _candidate(
    theirs: Entity, score: int, reasons: list[dict[str, Any]], listings: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    told = ("birthDate", "nationality", "country", "position", "topics", "sourceUrl")
    return {
        "id": theirs.id,
        "schema": theirs.schema,
        "caption": (theirs.names or (theirs.id,))[0],
        "names": list(theirs.names[:20]),
        "facts": {name: list(theirs.values(name)[:5]) for name in told if theirs.values(name)},
        "score": score,
        "reasons": reasons,
        "listings": [told for told in map(_listing, listings) if told is not None][:20],
    }


def _listing(properties: Mapping[str, Any]) -> dict[str, str] | None:
    """Return by whom and since when somebody is listed, and which of our jurisdictions that is."""
    first = {
        name: str(values[0])
        for name, values in properties.items()
        if isinstance(values, list) and values
    }
    authority = first.get("authority") or first.get("program") or first.get("country")
    if not authority:
        return None
    country = first.get("country", "").upper()
    words = " ".join(
        first.get(name, "") for name in ("program", "programId", "authority", "reason")
    )
    known = [
        (code, any(word.lower() in words.lower() for word in one.programmes))
        for code, one in jurisdictions.current().by_code.items()
        if one.government == country
    ]
    sure = [code for code, named in known if named] or [
        code for code, _ in known if len(known) == 1
    ]
    told = {
        "authority": authority[:200],
        "since": first.get("listingDate") or first.get("startDate") or first.get("date") or "",
        "until": first.get("endDate", ""),
        "programme": (first.get("programId") or first.get("program") or "")[:200],
        "jurisdiction": sure[0] if sure else "",
        "address": first.get("sourceUrl", "")[:2_000],
    }
    return {name: value for name, value in told.items() if value}


async def decide_candidate(
    session: AsyncSession,
    caller: Caller,
    screening_id: UUID,
    entity_id: str,
    decision: str,
    note: str = "",
) -> ScreeningDecision:
    """Say whether a candidate is the target; nothing else follows from it.

    Raises:
        NotFound, Forbidden: not somebody who records targets here, or no such candidate.
        Invalid: no such decision.
    """
    screening = await session.get(Screening, screening_id)
    if screening is None:
        raise NotFound
    await require(session, caller, screening.case_id, Permission.TARGET_RECORD)
    if entity_id not in {candidate["id"] for candidate in screening.candidates}:
        raise NotFound
    if decision not in DECISIONS:
        raise Invalid(N_("Known are: {known}."), field="decision", known=", ".join(DECISIONS))
    said = clean_text(note, field="note")
    decision_id, now = new_id(), await present(session)
    body = {"screening": str(screening_id), "entity": entity_id, "decision": decision, "note": said}
    index = await append(
        session, event=EventKind.CANDIDATE_DECIDED, actor=caller, case_id=screening.case_id, at=now, body=body
    )  # fmt: skip
    values = {
        "id": decision_id, "case_id": screening.case_id, "screening_id": screening_id, "entity_id": entity_id,
        "decision": decision, "note": said, "made_by": caller.person_id, "at": now, "ledger_index": index,
    }  # fmt: skip
    await session.execute(insert(ScreeningDecision).values(**values))
    return await session.get_one(ScreeningDecision, decision_id)


async def screenings_of(session: AsyncSession, target_id: UUID) -> list[ScreeningLine]:
    """Return what was found of a target so far, newest first."""
    rows = await session.execute(_SCREENINGS, {"targets": await parts_of(session, target_id)})
    return [ScreeningLine(*row) for row in rows]


async def one_screening(session: AsyncSession, screening_id: UUID) -> Screening:
    """Return one screening.

    Raises:
        NotFound: none for this person.
    """
    query = select(Screening).where(Screening.id == screening_id)
    if (found := (await session.scalars(query)).one_or_none()) is None:
        raise NotFound
    return found
