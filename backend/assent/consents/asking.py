"""Asking the family, answering what they ask, and promising what their yes depends on."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action, Revision
from assent.actions.queries import (
    is_public,
    latest_revision,
    require_latest,
    risks_in_plain_words,
    visible_action,
)
from assent.consents.conditions import WITH_CONDITIONS
from assent.consents.models import (
    Consent,
    ConsentAcknowledgement,
    ConsentAnswer,
    ConsentRequest,
)
from assent.consents.queries import asked, last_word
from assent.consents.refusals import (
    NobodyToAsk,
    NothingToPromise,
    NotTheirLastWord,
    QuestionMissing,
    RisksMissing,
)
from assent.database.ids import new_id
from assent.database.session import lock_action, present
from assent.facts import read_action_facts
from assent.gate.arrangement import heard
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.mail import MailKind, enqueue_mail
from assent.people.caller import Caller
from assent.people.memberships import require
from assent.refusal import N_, NotFound
from assent.tasks import gate_tasks
from assent.wording import clean_text


async def request_consent(session: AsyncSession, caller: Caller, action_id: UUID) -> list[UUID]:
    """Ask every decision maker about the latest text; returns those asked now.

    Whoever was already asked about this very text is not asked again.

    Raises:
        NotFound, Forbidden: not a coordinator here.
        NothingToDecide: there is no revision.
        NobodyToAsk: no arrangement, or its people may not see this action.
        RisksMissing: it is for everybody, and no safety reviewer has said what could happen.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_REQUEST)
    await lock_action(session, action_id)
    facts = await read_action_facts(session, action_id)
    revision = require_latest(await latest_revision(session, action_id), facts.facts.digest or "")
    if facts.facts.arrangement is None:
        raise NobodyToAsk(N_("Record the family's arrangement first: who decides, and how."))
    if action.visibility == "organisation":
        raise NobodyToAsk(
            N_("Only your organisation can see this action. Share it with the case first.")
        )
    if is_public(revision) and not await risks_in_plain_words(session, revision.id):
        raise RisksMissing
    already = await asked(session, revision.id)
    # Those who decide, whether or not they can be reached, and whoever stands in.
    wanted = sorted(UUID(person) for person in heard(facts.facts, facts.now))
    now_asked = [person for person in wanted if person not in already]
    for person_id in now_asked:
        await _ask(session, caller, action, revision, person_id)
    await gate_tasks.refresh(session, [action_id])
    return now_asked


async def answer_question(
    session: AsyncSession, caller: Caller, consent_id: UUID, text: str
) -> ConsentAnswer:
    """Answer a relative's question; the gate stays shut until they decide.

    Raises:
        NotFound, Forbidden: not a coordinator of this case, or no such question.
        QuestionMissing: nothing was written.
    """
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.decision != "question":
        raise NotFound
    await require(session, caller, consent.case_id, Permission.CONCERN_ANSWER)
    if not (words := clean_text(text, field="text")):
        raise QuestionMissing(field="text")
    answer_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.QUESTION_ANSWERED,
        actor=caller,
        case_id=consent.case_id,
        action_id=consent.action_id,
        at=now,
        body={"consent": str(consent_id), "text": words},
    )
    values = {
        "id": answer_id,
        "consent_id": consent_id,
        "case_id": consent.case_id,
        "text": words,
        "answered_by": caller.person_id,
        "answered_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ConsentAnswer).values(**values))
    await gate_tasks.refresh(session, [consent.action_id])
    path = f"/actions/{consent.action_id}/decide"
    await enqueue_mail(session, consent.person_id, MailKind.SOMETHING_WAITS, path)
    return await session.get_one(ConsentAnswer, answer_id)


async def acknowledge_conditions(
    session: AsyncSession, caller: Caller, consent_id: UUID
) -> ConsentAcknowledgement:
    """Promise, as a coordinator, to keep to what a relative's yes depends on.

    What a machine can check is checked by the gate all the same. Promising twice answers with the
    promise on record.

    Raises:
        NotFound, Forbidden: not a coordinator of this case, or no such decision.
        NothingToPromise, NotTheirLastWord: it is no yes with conditions, or not what they say now.
    """
    consent = await session.get(Consent, consent_id)
    if consent is None:
        raise NotFound
    await require(session, caller, consent.case_id, Permission.CONCERN_ANSWER)
    if consent.decision != WITH_CONDITIONS:
        raise NothingToPromise
    await lock_action(session, consent.action_id)
    if (before := await session.get(ConsentAcknowledgement, consent_id)) is not None:
        return before
    word = await last_word(session, consent.revision_id, consent.person_id)
    if word is None or word[0].id != consent_id or word[1] is not None:
        raise NotTheirLastWord
    now = await present(session)
    index = await append(
        session,
        event=EventKind.CONDITIONS_ACKNOWLEDGED,
        actor=caller,
        case_id=consent.case_id,
        action_id=consent.action_id,
        at=now,
        body={"consent": str(consent_id), "conditions": consent.conditions},
    )
    values = {
        "consent_id": consent_id,
        "case_id": consent.case_id,
        "action_id": consent.action_id,
        "acknowledged_by": caller.person_id,
        "at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ConsentAcknowledgement).values(**values))
    await gate_tasks.refresh(session, [consent.action_id])
    path = f"/actions/{consent.action_id}/decide"
    await enqueue_mail(session, consent.person_id, MailKind.SOMETHING_CHANGED, path)
    return await session.get_one(ConsentAcknowledgement, consent_id)


async def _ask(
    session: AsyncSession, caller: Caller, action: Action, revision: Revision, person_id: UUID
) -> None:
    request_id, now = new_id(), await present(session)
    index = await append(
        session,
        event=EventKind.CONSENT_REQUESTED,
        actor=caller,
        case_id=action.case_id,
        action_id=action.id,
        at=now,
        body={"request": str(request_id), "digest": revision.digest, "person": str(person_id)},
    )
    values = {
        "id": request_id,
        "action_id": action.id,
        "case_id": action.case_id,
        "revision_id": revision.id,
        "digest": revision.digest,
        "person_id": person_id,
        "asked_by": caller.person_id,
        "asked_at": now,
        "ledger_index": index,
    }
    await session.execute(insert(ConsentRequest).values(**values))
    await enqueue_mail(session, person_id, MailKind.SOMETHING_WAITS, f"/actions/{action.id}/decide")
