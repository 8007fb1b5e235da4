"""Targets of a case: adding, changing, importing, making two one and two again, serving another case."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import rfc8785
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.database.ids import new_id
from assent.database.session import lock_case, present
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, Invalid
from assent.sanctions.entities import (
    Entity,
    check_entity,
    merged,
    require_no_circle,
    without,
)
from assent.sanctions.models import Target, TargetCopy, TargetMerge, TargetVersion
from assent.sanctions.queries import TargetLine, case_targets, standing_merge, target_line
from assent.sanctions.refusals import (
    BrokenEntity,
    CannotBeOne,
    EntityTaken,
    IsMerged,
    NobodyLinked,
    NotMerged,
    TakenOut,
)

MOST_AT_ONCE = 1_000


@dataclass(frozen=True)
class Author:
    """On whose behalf a target is written: a person, or the operator's import."""

    caller: Caller | None

    @property
    def person_id(self) -> UUID | None:
        """The person, where there is one."""
        return self.caller.person_id if self.caller else None


async def add_target(
    session: AsyncSession, caller: Caller, case_id: UUID, raw: object
) -> TargetLine:
    """Add one FollowTheMoney entity to a case.

    Raises:
        NotFound, Forbidden: not somebody who records targets here.
        BrokenEntity, EntityTaken, NobodyLinked, CommandCircle.
    """
    [made] = await add_targets(session, caller, case_id, [check_entity(raw)])
    return made


async def import_targets(
    session: AsyncSession, caller: Caller, case_id: UUID, raw: object
) -> list[TargetLine]:
    """Add a list of FollowTheMoney entities to a case: all of them, or none.

    Raises:
        As `add_target`, with the place in the list.
    """
    if not isinstance(raw, list | tuple):
        raise BrokenEntity(
            N_("{place}: this should be a list of FollowTheMoney entities."), "targets"
        )
    if len(raw) > MOST_AT_ONCE:
        raise Invalid(N_("At most {most} at once."), field="targets", most=MOST_AT_ONCE)
    entities = [check_entity(item, f"targets[{number}]") for number, item in enumerate(raw)]
    return await add_targets(session, caller, case_id, entities)


async def add_targets(
    session: AsyncSession, caller: Caller, case_id: UUID, entities: Sequence[Entity]
) -> list[TargetLine]:
    """Add checked entities to a case.

    Raises:
        As `add_target`.
    """
    await require(session, caller, case_id, Permission.TARGET_RECORD)
    await lock_case(session, case_id)
    made = await record_targets(session, Author(caller), case_id, entities)
    return [await target_line(session, target_id) for target_id in made]


async def record_targets(
    session: AsyncSession, author: Author, case_id: UUID, entities: Sequence[Entity]
) -> list[UUID]:
    """Write entities that fit those the case has; the case is locked by the caller of this.

    Raises:
        EntityTaken, NobodyLinked, CommandCircle.
    """
    before = {line.entity.id: line.entity for line in await case_targets(session, case_id)}
    taken = set(await session.scalars(select(Target.entity_id).where(Target.case_id == case_id)))
    for number, entity in enumerate(entities):
        if entity.id in taken or entity.id in {other.id for other in entities[:number]}:
            raise EntityTaken("{entity}", field=f"targets[{number}].id", entity=entity.id)
    _require_fitting({**before, **{entity.id: entity for entity in entities}})
    made = []
    for entity in entities:
        target_id, now = new_id(), await present(session)
        body = {"target": str(target_id), "schema": entity.schema, "entity": _recorded(entity)}
        index = await _append(session, author, EventKind.TARGET_ADDED, case_id, body)
        values = {
            "id": target_id,
            "case_id": case_id,
            "entity_id": entity.id,
            "made_by": author.person_id,
            "at": now,
            "ledger_index": index,
        }
        await session.execute(insert(Target).values(**values))
        await _write_version(session, author, case_id, target_id, 1, entity, index)
        made.append(target_id)
    return made


async def change_target(
    session: AsyncSession, caller: Caller, target_id: UUID, raw: object
) -> TargetLine:
    """Give a target another entity; its id stays, and what it said before is kept.

    Raises:
        NotFound, Forbidden, IsMerged.
        BrokenEntity, NobodyLinked, CommandCircle.
    """
    line = await open_target(session, caller, target_id)
    entity = replace(check_entity(raw), id=line.entity.id)
    if entity == line.entity:
        return line
    others = {other.entity.id: other.entity for other in await case_targets(session, line.case_id)}
    _require_fitting({**others, entity.id: entity})
    await _change(session, Author(caller), line, entity)
    return await target_line(session, target_id)


async def merge_targets(
    session: AsyncSession, caller: Caller, kept_id: UUID, other_id: UUID
) -> TargetLine:
    """Make two targets one: the first keeps its id and gains what the other knew.

    Claims, listings and screenings of both are shown with the one that is kept.

    Raises:
        NotFound, Forbidden, IsMerged.
        CannotBeOne: the same twice, of two cases, links, or of kinds that do not fit.
    """
    kept = await open_target(session, caller, kept_id)
    other = await target_line(session, other_id)
    if kept_id == other_id or other.case_id != kept.case_id:
        raise CannotBeOne(field="other")
    if other.merged_into is not None:
        raise IsMerged(field="other")
    if other.ended_at is not None:
        raise TakenOut(field="other")
    try:
        entity, added = merged(kept.entity, other.entity)
    except BrokenEntity as broken:
        raise CannotBeOne(field="other") from broken
    body = {"kept": str(kept_id), "merged": str(other_id)}
    index = await _append(session, Author(caller), EventKind.TARGETS_MERGED, kept.case_id, body)
    values = {
        "id": new_id(),
        "case_id": kept.case_id,
        "kept_id": kept_id,
        "merged_id": other_id,
        "added": {"properties": added, "schema": kept.entity.schema},
        "made_by": caller.person_id,
        "at": await present(session),
        "ledger_index": index,
    }
    await session.execute(insert(TargetMerge).values(**values))
    if entity != kept.entity:
        await _change(session, Author(caller), kept, entity)
    return await target_line(session, kept_id)


async def undo_merge(session: AsyncSession, caller: Caller, merged_id: UUID) -> TargetLine:
    """Make two of a merged target again; what was added to it since the merge stays with the one kept.

    Raises:
        NotFound, Forbidden, NotMerged.
    """
    other = await target_line(session, merged_id)
    await require(session, caller, other.case_id, Permission.TARGET_RECORD)
    await lock_case(session, other.case_id)
    merge = await standing_merge(session, merged_id)
    if merge is None:
        raise NotMerged
    body = {"kept": str(merge.kept_id), "merged": str(merged_id)}
    index = await _append(session, Author(caller), EventKind.MERGE_UNDONE, other.case_id, body)
    undone = {
        "undone_by": caller.person_id,
        "undone_at": await present(session),
        "undo_ledger_index": index,
    }
    await session.execute(update(TargetMerge).where(TargetMerge.id == merge.id).values(**undone))
    kept = await target_line(session, merge.kept_id)
    apart = replace(without(kept.entity, merge.added["properties"]), schema=merge.added["schema"])
    if apart != kept.entity:
        await _change(session, Author(caller), kept, check_entity(apart.as_json()))
    return await target_line(session, merged_id)


async def copy_target(
    session: AsyncSession, caller: Caller, target_id: UUID, other_case: UUID
) -> TargetLine:
    """Let a target serve another case of the caller's: its entity goes there, nothing else does.

    The copy has an id of its own; that the two are one is known to those alone who are in both cases.

    Raises:
        NotFound, Forbidden: the caller does not record targets in both.
        CannotBeOne: it is the same case.
    """
    line = await open_target(session, caller, target_id)
    await require(session, caller, other_case, Permission.TARGET_RECORD)
    if other_case == line.case_id or line.entity.is_link:
        raise CannotBeOne(field="case")
    await lock_case(session, other_case)
    entity = replace(line.entity, id=f"a-{uuid4().hex}")
    [copy_id] = await record_targets(session, Author(caller), other_case, [entity])
    # Each record is in its own case's ledger; the tie is in the first's, which the other case cannot read.
    body = {"target": str(target_id)}
    index = await _append(session, Author(caller), EventKind.TARGET_COPIED, line.case_id, body)
    values = {
        "id": new_id(),
        "case_id": line.case_id,
        "target_id": target_id,
        "copy_case_id": other_case,
        "copy_id": copy_id,
        "made_by": caller.person_id,
        "at": await present(session),
        "ledger_index": index,
    }
    await session.execute(insert(TargetCopy).values(**values))
    return await target_line(session, copy_id)


async def open_target(session: AsyncSession, caller: Caller, target_id: UUID) -> TargetLine:
    """Return a target the caller may change, its case locked.

    Raises:
        NotFound, Forbidden: not theirs to see, or not to change.
        IsMerged: it is part of another one.
        TakenOut: it was a mistake.
    """
    line = await target_line(session, target_id)
    await require(session, caller, line.case_id, Permission.TARGET_RECORD)
    await lock_case(session, line.case_id)
    if line.merged_into is not None:
        raise IsMerged
    if line.ended_at is not None:
        raise TakenOut
    return line


def _require_fitting(entities: dict[str, Entity]) -> None:
    """Check that links join targets there are, and that nobody commands themselves."""
    for entity in entities.values():
        for end in entity.ends or ():
            for other in entity.values(end):
                if other not in entities or entities[other].is_link:
                    raise NobodyLinked(
                        "{other}",
                        field=f"properties.{end}",
                        extra={"entity": entity.id},
                        other=other,
                    )
    require_no_circle(entities.values())


async def _change(session: AsyncSession, author: Author, line: TargetLine, entity: Entity) -> None:
    query = (
        select(TargetVersion.number)
        .where(TargetVersion.target_id == line.id)
        .order_by(TargetVersion.number.desc())
        .limit(1)
    )
    number = (await session.scalars(query)).one()
    body = {"target": str(line.id), "entity": _recorded(entity)}
    index = await _append(session, author, EventKind.TARGET_CHANGED, line.case_id, body)
    await _write_version(session, author, line.case_id, line.id, number + 1, entity, index)


async def _write_version(
    session: AsyncSession,
    author: Author,
    case_id: UUID,
    target_id: UUID,
    number: int,
    entity: Entity,
    index: int,
) -> None:
    values = {
        "id": new_id(),
        "target_id": target_id,
        "case_id": case_id,
        "number": number,
        "entity": entity.as_json(),
        "caption": entity.caption,
        "made_by": author.person_id,
        "at": await present(session),
        "ledger_index": index,
    }
    await session.execute(insert(TargetVersion).values(**values))


def _recorded(entity: Entity) -> str:
    """What the ledger holds of an entity: its digest, so that what was said when can be shown."""
    return hashlib.sha256(rfc8785.dumps(entity.as_json())).hexdigest()


async def _append(
    session: AsyncSession, author: Author, event: EventKind, case_id: UUID, body: dict[str, Any]
) -> int:
    return await append(
        session,
        event=event,
        actor=author.caller,
        case_id=case_id,
        at=await present(session),
        body=body,
    )
