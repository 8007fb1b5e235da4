"""Decisions given on the phone, face to face or by letter: taken down by one, attested by another organisation's.

Nobody who works for an organisation gives a consent in the family's place. What one of them takes down
opens nothing until somebody of another organisation, who was there too, has attested it. The relative is
told by their own channel, and one tap of theirs shuts the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action
from assent.actions.queries import latest_revision, require_latest, visible_action
from assent.consents.channel_models import ConsentAttestation, ConsentContest, ConsentRecording
from assent.consents.conditions import checked_conditions
from assent.consents.models import Consent
from assent.consents.refusals import (
    AttachmentNotUnderstood,
    NobodyToAttest,
    NotAskedToAttest,
    NotTheirLastWord,
    PlaceMissing,
    UnknownWay,
)
from assent.consents.separate import all_noes, questions_of
from assent.consents.statement import (
    NOTICE_VERSION,
    checked_words,
    end_of,
    language_shown,
    require_decider,
    shown_digest,
    statement_of,
)
from assent.consents.taking_back import follow_up
from assent.database.ids import new_id
from assent.database.session import acting_as_job, lock_action, present
from assent.evidence.files import find_file
from assent.evidence.models import StoredFile
from assent.facts import read_action_facts
from assent.gate.facts import YESES
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.notify.mail import MailKind, enqueue_mail
from assent.people import marks
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import NotFound
from assent.wording import clean_line

WAYS = ("phone", "in_person", "letter")
# Whom somebody may ask to attest: who works in the case for another organisation, and sees the action.
_ATTESTERS = text("""
    select distinct on (p.name, p.id) p.id, p.name, o.name as organisation, o.id as organisation_id
    from assent.memberships m join assent.people p on p.id = m.person_id
      join assent.organisations o on o.id = m.organisation_id
      join assent.actions a on a.id = :action_id and a.case_id = m.case_id
    where assent.works_for(m.case_id, m.person_id, m.organisation_id) and p.removed_at is null
      and m.organisation_id <> :organisation_id
      and (a.visibility in ('case', 'public') or (a.visibility = 'family' and m.role = 'coordinator'))
    order by p.name, p.id
""")
_WORKS_FOR = text("select assent.works_for(:case_id, :person_id, :organisation_id)")


@dataclass(frozen=True)
class HowGiven:
    """How a decision reached whoever takes it down.

    Attributes:
        how: `phone`, `in_person` or `letter`.
        place: where the relative was, or where the letter came from.
        interpreter: who interpreted; empty where nobody had to.
        attester: who of another organisation was there too.
        attachment: SHA-256 of the scan or the audio file that is kept of it, a file of this case; or empty.
    """

    how: str
    place: str
    attester: UUID | None
    interpreter: str = ""
    attachment: str = ""


@dataclass(frozen=True)
class Attester:
    """Somebody who could be asked to attest."""

    id: UUID
    name: str
    organisation: str
    organisation_id: UUID


async def attesters(session: AsyncSession, caller: Caller, action_id: UUID) -> list[Attester]:
    """Return who of another organisation could attest what the caller takes down."""
    values = {"action_id": action_id, "organisation_id": caller.organisation_id}
    return [Attester(*row) for row in await session.execute(_ATTESTERS, values)]


async def take_down_decision(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    person_id: UUID,
    digest: str,
    decision: str,
    way: HowGiven,
    *,
    language: str | None = None,
    question: str = "",
    conditions: Sequence[Mapping[str, Any]] = (),
) -> Consent:
    """Take down what a decision maker said to exactly this text. A yes opens nothing until it is attested.

    Args:
        person_id: whose decision it is.
        digest: of the text that was read to them.
        decision, language, question, conditions: as in `decide`. What is asked apart is not taken down by
            somebody else: a yes counts as a no to each of these questions.

    Raises:
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not the caller's to do, or not theirs to decide.
        StaleDigest, NothingToDecide: it is not the latest text.
        UnknownWay, PlaceMissing, NobodyToAttest, AttachmentNotUnderstood, and those of `decide`: unfit input.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_RECORD)
    if way.how not in WAYS:
        raise UnknownWay(field="how")
    if not way.place.strip():
        raise PlaceMissing(field="place")
    file = await find_file(session, action.case_id, way.attachment) if way.attachment else None
    if way.attachment and file is None:
        raise AttachmentNotUnderstood(field="attachment")
    found = [one for one in await attesters(session, caller, action_id) if one.id == way.attester]
    if not found or caller.organisation_id is None or person_id == caller.person_id:
        raise NobodyToAttest(field="attester")
    await lock_action(session, action_id)
    await require_decider(session, person_id, action_id)
    revision = require_latest(await latest_revision(session, action_id), digest)
    now, consent_id = await present(session), new_id()
    if decision in YESES:
        decision, conditions = all_noes(questions_of(action, revision), decision, conditions)
    shown = language_shown(revision, language, caller.language)
    values: dict[str, Any] = {
        "id": consent_id,
        "action_id": action_id,
        "case_id": action.case_id,
        "revision_id": revision.id,
        "digest": digest,
        "person_id": person_id,
        "decision": decision,
        "question": checked_words(decision, question),
        "conditions": checked_conditions(decision, conditions),
        "language": shown,
        "shown_digest": shown_digest(revision, shown),
        "notice_version": NOTICE_VERSION,
        "channel": "letter" if way.how == "letter" else "attested",
        "recorded_by": caller.person_id,
        "reading": "",
        "expires_at": end_of(now, None),
        "at": now,
    }
    given: dict[str, Any] = {
        "how": way.how,
        "place": clean_line(way.place, field="place"),
        "interpreter": clean_line(way.interpreter, field="interpreter")
        if way.interpreter.strip()
        else "",
        "attester_id": found[0].id,
    }
    if file is not None:
        given |= {"attachment": file.sha256, "file_id": file.id}
    mark = marks.new_mark(consent_id, marks.Why.PLAIN, now, by_hand=False)
    said = {key: str(value) for key, value in given.items()} | {"person": str(person_id)}
    values["ledger_index"] = await append(
        session,
        event=EventKind.CONSENT_TAKEN_DOWN,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=now,
        body=statement_of(values, action.kind, revision)
        | {"mark": mark.commitment, "taken_down": said},
    )
    await session.execute(insert(Consent).values(**values))
    recording = {
        "consent_id": consent_id,
        "case_id": action.case_id,
        "action_id": action_id,
        "person_id": person_id,
        "recorded_by": caller.person_id,
        "organisation_id": caller.organisation_id,
        "attester_organisation_id": found[0].organisation_id,
    }
    await session.execute(insert(ConsentRecording).values(**recording, **given))
    await marks.keep_mark(session, consent_id, mark)
    await follow_up(session, caller, action, decision, values["ledger_index"])
    await defer(session, "consents.confide", person_id=str(person_id))
    # The relative learns by their own channel what is said to be their word.
    await enqueue_mail(
        session, person_id, MailKind.SOMETHING_CHANGED, f"/actions/{action_id}/decide"
    )
    path = f"/consents/{consent_id}/attest"
    await enqueue_mail(session, found[0].id, MailKind.SOMETHING_WAITS, path)
    return await session.get_one(Consent, consent_id)


async def attest_decision(
    session: AsyncSession, caller: Caller, consent_id: UUID, *, attests: bool
) -> ConsentAttestation:
    """Say, as the one who was asked, whether what was taken down is what was said. Once.

    Raises:
        NotFound: no such record for this person.
        NotAskedToAttest: somebody else was asked, or the caller works there no more.
        NotTheirLastWord: the relative has contested it.
    """
    consent, action, recording = await taken_down(session, consent_id)
    await require(session, caller, consent.case_id, Permission.CASE_READ)
    await lock_action(session, action.id)
    values = {
        "case_id": consent.case_id,
        "person_id": caller.person_id,
        "organisation_id": recording.attester_organisation_id,
    }
    still_there = (await session.execute(_WORKS_FOR, values)).scalar_one()
    if recording.attester_id != caller.person_id or not still_there:
        raise NotAskedToAttest
    if (before := await session.get(ConsentAttestation, consent_id)) is not None:
        return before
    if await session.get(ConsentContest, consent_id) is not None:
        raise NotTheirLastWord
    now = await present(session)
    index = await append(
        session,
        event=EventKind.CONSENT_ATTESTED,
        actor=caller,
        case_id=action.case_id,
        action_id=action.id,
        at=now,
        body={"consent": str(consent_id), "digest": consent.digest, "attests": attests},
    )
    attestation = {
        "consent_id": consent_id,
        "case_id": action.case_id,
        "action_id": action.id,
        "attested_by": caller.person_id,
        "attests": attests,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ConsentAttestation).values(**attestation))
    await follow_up(session, caller, action, "attested", index)
    path = f"/actions/{action.id}/decide"
    await enqueue_mail(session, consent.person_id, MailKind.SOMETHING_CHANGED, path)
    return await session.get_one(ConsentAttestation, consent_id)


async def taken_down(
    session: AsyncSession, consent_id: UUID
) -> tuple[Consent, Action, ConsentRecording]:
    """Return a decision that was taken down, if the session's person may see it.

    Raises:
        NotFound: there is none for them.
    """
    query = select(ConsentRecording).where(ConsentRecording.consent_id == consent_id)
    recording = (await session.scalars(query)).one_or_none()
    consent = await session.get(Consent, consent_id) if recording else None
    if recording is None or consent is None:
        raise NotFound
    return consent, await visible_action(session, consent.action_id), recording


async def file_taken_down(session: AsyncSession, consent_id: UUID) -> StoredFile:
    """Return the scan or recording of a decision, if the session's person may see how that was given.

    Raises:
        NotFound: they may not, or there is none.
    """
    _, _, recording = await taken_down(session, consent_id)
    if recording.file_id is None:
        raise NotFound
    # It is kept under the label of whoever brought it in; those whom the decision is shown see it too.
    async with acting_as_job(session):
        return await session.get_one(StoredFile, recording.file_id)


async def deciders_here(session: AsyncSession, action_id: UUID) -> list[UUID]:
    """Return whose decision could be taken down about this action."""
    arrangement = (await read_action_facts(session, action_id)).facts.arrangement
    return sorted(UUID(p) for p in arrangement.decision_makers) if arrangement else []
