"""How targets hang together: commands, posts, kinship, ownership; as FollowTheMoney links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from assent.people.caller import Caller
from assent.refusal import N_, Invalid
from assent.sanctions.entities import COMMANDS, Entity, check_entity, is_command, schema_label
from assent.sanctions.queries import TargetLine, case_targets, target_line
from assent.sanctions.refusals import NobodyLinked
from assent.sanctions.targets import add_targets, open_target

# relation -> schema, from whom, to whom, further properties
_SHAPES: dict[str, tuple[str, str, str, dict[str, list[str]]]] = {
    "commands": ("UnknownLink", "subject", "object", {"role": [COMMANDS]}),
    "holds": ("Occupancy", "holder", "post", {}),
    "family": ("Family", "person", "relative", {}),
    "associate": ("Associate", "person", "associate", {}),
    "owns": ("Ownership", "owner", "asset", {}),
    "member": ("Membership", "member", "organization", {}),
    "benefits": ("UnknownLink", "subject", "object", {"role": ["benefits from"]}),
}


@dataclass(frozen=True)
class RelationLine:
    """One link of a target, as it is told.

    Attributes:
        words: what joins the two: a role where one is given, else the schema's name.
        other: who is at the other end.
        outward: whether the target is the one from whom it goes.
    """

    id: UUID
    words: str
    other: TargetLine
    outward: bool
    since: str
    until: str


async def relate(
    session: AsyncSession,
    caller: Caller,
    target_id: UUID,
    relation: str,
    other_id: UUID,
    *,
    since: str = "",
    until: str = "",
    role: str = "",
) -> TargetLine:
    """Say how a target hangs together with another one of its case.

    Args:
        relation: one of commands, holds, family, associate, owns, member, benefits.
        since, until: days, or as much of them as is known.
        role: in words, such as "brother" or "deputy"; not for a command.

    Raises:
        NotFound, Forbidden, IsMerged, Invalid, BrokenEntity, NobodyLinked, CommandCircle.
    """
    line = await open_target(session, caller, target_id)
    other = await target_line(session, other_id)
    if other.case_id != line.case_id or other_id == target_id:
        raise NobodyLinked(field="other")
    if relation not in _SHAPES:
        raise Invalid(N_("Known are: {known}."), field="relation", known=", ".join(_SHAPES))
    schema, source, target, more = _SHAPES[relation]
    properties = {source: [line.entity.id], target: [other.entity.id], **more}
    if role.strip() and schema in ("Membership", "UnknownLink") and relation != "commands":
        properties["role"] = [role.strip()]
    elif role.strip() and schema in ("Family", "Associate"):
        properties["relationship"] = [role.strip()]
    for name, value in (("startDate", since), ("endDate", until)):
        if value.strip():
            properties[name] = [value.strip()]
    raw = {"id": f"a-{uuid4().hex}", "schema": schema, "properties": properties}
    [made] = await add_targets(session, caller, line.case_id, [check_entity(raw)])
    return made


async def relations_of(session: AsyncSession, line: TargetLine) -> list[RelationLine]:
    """Return the links of a target, and of those merged into it."""
    lines = await case_targets(session, line.case_id)
    into = {other.id: other for other in lines}
    mine = {other.entity.id for other in lines if _kept(other, into).id == line.id}
    by_entity = {other.entity.id: _kept(other, into) for other in lines}
    found = []
    for link in lines:
        if link.entity.ends is None or link.merged_into is not None:
            continue
        source, target = link.entity.ends
        froms, tos = link.entity.values(source), link.entity.values(target)
        for outward, own, others in ((True, froms, tos), (False, tos, froms)):
            if mine.intersection(own):
                found += [
                    _told(link, by_entity[key], outward) for key in others if key in by_entity
                ]
    return found


def chain_of_command(lines: Sequence[TargetLine], line: TargetLine) -> list[list[TargetLine]]:
    """Return the chains of command above a target, each from itself upwards to the top."""
    into = {other.id: other for other in lines}
    by_entity = {other.entity.id: _kept(other, into) for other in lines}
    above: dict[UUID, list[TargetLine]] = {}
    for link in lines:
        if is_command(link.entity):
            for lower in _at(by_entity, link.entity.values("object")):
                above.setdefault(lower.id, []).extend(_at(by_entity, link.entity.values("subject")))
    chains: list[list[TargetLine]] = []
    waiting = [[line]]
    while waiting and len(chains) < _MOST_CHAINS:
        chain = waiting.pop()
        # Two links may have been made one since: who is in the chain already ends it.
        higher = [one for one in above.get(chain[-1].id, ()) if one not in chain]
        if higher:
            waiting += [[*chain, one] for one in higher]
        elif len(chain) > 1:
            chains.append(chain)
    return chains


_MOST_CHAINS = 50


def _at(by_entity: Mapping[str, TargetLine], keys: Iterable[str]) -> list[TargetLine]:
    return [by_entity[key] for key in keys if key in by_entity]


def _kept(line: TargetLine, into: Mapping[UUID, TargetLine]) -> TargetLine:
    while line.merged_into is not None and line.merged_into in into:
        line = into[line.merged_into]
    return line


def _told(link: TargetLine, other: TargetLine, outward: bool) -> RelationLine:
    entity: Entity = link.entity
    words = (*entity.values("role"), *entity.values("relationship"), schema_label(entity.schema))[0]
    since, until = (*entity.values("startDate"), ""), (*entity.values("endDate"), "")
    return RelationLine(link.id, words, other, outward, since[0], until[0])
