"""Recording what the family decides: on exactly the text they were shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from assent.access import Permission
from assent.actions.models import Action, Revision
from assent.actions.queries import latest_revision, require_latest, visible_action
from assent.cases.absences import be_back
from assent.consents.channel_models import ConsentSignature
from assent.consents.conditions import checked_conditions
from assent.consents.models import Consent, ConsentWithdrawal
from assent.consents.queries import is_held, last_word
from assent.consents.readings import reading_offered
from assent.consents.separate import (
    answers_with,
    checked_answers,
    keep_answers,
    questions_of,
    with_noes,
)
from assent.consents.signing import Signed, put_to_sign
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
from assent.database.session import lock_action, present
from assent.facts import read_action_facts
from assent.gate.arrangement import still_asked
from assent.gate.facts import YESES
from assent.ledger.events import EventKind
from assent.ledger.store import append
from assent.notify.jobs import defer
from assent.people import marks
from assent.people.caller import Caller
from assent.people.marks import Why
from assent.people.memberships import require
from assent.people.passkeys import PasskeyRefused

# A word before a yes runs out, early enough to think about it again.
REMINDED_BEFORE = timedelta(days=3)


async def decide(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    digest: str,
    decision: str,
    language: str | None = None,
    question: str = "",
    expires_at: datetime | None = None,
    conditions: Sequence[Mapping[str, Any]] = (),
    word: str = "",
    waits: bool = False,
    answers: Mapping[str, str] | None = None,
    signed: Signed | None = None,
) -> Consent:
    """Record a decision maker's yes, with conditions or without, question or no to exactly this text.

    A later decision supersedes an earlier one; both stay on record. The same decision again
    changes nothing and answers with the one on record, unless it is a yes about to lapse, or
    something has happened since about which the family is asked again.

    Args:
        digest: of the text that was shown; it must be the latest revision's.
        decision: `yes`, `yes_with_conditions`, `question` or `no`.
        language: BCP 47 tag of the translation that was shown; None: the reader's own, if there.
        question: the words of a question.
        expires_at: when a yes lapses; 30 days from now unless given.
        conditions: `{kind, value}` each; what a yes with conditions depends on.
        word: one of the giver's own, kept nowhere; see `people.private_signs`.
        waits: whether a yes counts only once its giver says so again.
        answers: to what is asked apart, by name: `yes` or `no`. A no is a condition of the yes.
        signed: what the caller's passkey signed; it has to say exactly this.

    Raises:
        PasskeyRefused: something else was signed.
        NotFound, Forbidden, NotDecisionMaker, MinorCannotConsent: not entitled.
        StaleDigest, NothingToDecide: it is not the latest text.
        AnswerMissing, UnknownAnswer, UnknownDecision, LanguageNotShown, QuestionMissing,
        ExpiryOutOfRange, ConditionsMissing, NoConditionsHere, ConditionNotUnderstood: unfit input.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_DECIDE)
    why = await marks.why_now(session, caller, word, waits=waits)
    await be_back(session, caller, action.case_id)  # locks the case, where it does anything
    await lock_action(session, action_id)
    given, values = await _checked(
        session,
        caller,
        action,
        digest,
        decision,
        language,
        question,
        expires_at,
        conditions,
        answers,
    )
    decision = values["decision"]
    consent_id, now, ends = values["id"], values["at"], values["expires_at"]
    if signed is not None:
        if not signed.says(values):
            raise PasskeyRefused
        values["channel"] = "passkey"
    previous = await last_word(session, values["revision_id"], caller.person_id)
    before = await marks.why_then(session, previous[0].id) if previous is not None else Why.PLAIN
    # Whoever adds a word of their own is always heard anew: it may be another one than before.
    # So is whoever says themselves what was taken down before.
    # And whoever says that what they had said was somebody else's.
    own = (
        previous is not None
        and previous[0].recorded_by is None
        and not await is_held(session, previous[0])
    )
    if previous is not None and own and signed is None and not word.strip():
        said = (decision, values["question"], values["conditions"])
        same = (
            (before is Why.WAITS) == waits
            and _says_the_same(*previous, said, expires_at, now)
            and given == await answers_with(session, previous[0])
        )
        if same and not await _asked_anew(session, previous[0], now):
            return previous[0]
    # The same yes said again leaves in place what stood beside it: only taking it back lifts that.
    if (
        previous is not None
        and before is Why.SIGN
        and not word.strip()
        and previous[1] is None
        and {previous[0].decision, decision} <= YESES
    ):
        why = Why.SIGN
    mark = marks.new_mark(consent_id, why, now, by_hand=caller.via != "token")
    revision = await session.get_one(Revision, values["revision_id"])
    values["ledger_index"] = await append(
        session,
        event=EventKind.CONSENT_DECIDED,
        actor=caller,
        case_id=action.case_id,
        action_id=action_id,
        at=now,
        body=statement_of(values, action.kind, revision)
        | {"mark": mark.commitment}
        | ({"answers": given} if given else {})
        | (signed.parts() if signed else {}),
    )
    await session.execute(insert(Consent).values(**values))
    await keep_answers(session, consent_id, action.case_id, given)
    await marks.keep_mark(session, consent_id, mark)
    if signed is not None:
        row = {"consent_id": consent_id, "case_id": action.case_id} | signed.columns()
        await session.execute(insert(ConsentSignature).values(**row))
    await follow_up(session, caller, action, decision, values["ledger_index"])
    await defer(session, "consents.confide", person_id=str(caller.person_id))
    if decision in YESES and ends - now > REMINDED_BEFORE:
        moment = ends - REMINDED_BEFORE
        await defer(session, "consents.remind", at=moment, consent_id=str(consent_id))
    return await session.get_one(Consent, consent_id)


async def decision_to_sign(
    session: AsyncSession,
    caller: Caller,
    action_id: UUID,
    digest: str,
    decision: str,
    language: str | None = None,
    question: str = "",
    conditions: Sequence[Mapping[str, Any]] = (),
    answers: Mapping[str, str] | None = None,
) -> tuple[str, bytes]:
    """Return the statement of a decision, for the caller's passkey to sign, and its challenge; records nothing.

    Raises:
        as `decide`.
    """
    action = await visible_action(session, action_id)
    await require(session, caller, action.case_id, Permission.CONSENT_DECIDE)
    _, values = await _checked(
        session, caller, action, digest, decision, language, question, None, conditions, answers
    )
    revision = await session.get_one(Revision, values["revision_id"])
    return await put_to_sign(session, caller, values, revision.content or {})


async def _checked(
    session: AsyncSession,
    caller: Caller,
    action: Action,
    digest: str,
    decision: str,
    language: str | None,
    question: str,
    expires_at: datetime | None,
    conditions: Sequence[Mapping[str, Any]],
    answers: Mapping[str, str] | None,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Check an answer, and return what it says to what is asked apart, and how it would be recorded now."""
    await require_decider(session, caller.person_id, action.id)
    revision = require_latest(await latest_revision(session, action.id), digest)
    words = checked_words(decision, question)
    apart = questions_of(action, revision)
    given = checked_answers(apart, decision, answers or {})
    decision, conditions = with_noes(apart, decision, conditions, given)
    depends_on = checked_conditions(decision, conditions)
    shown = language_shown(revision, language, caller.language)
    now = await present(session)
    return given, {
        "id": new_id(),
        "action_id": action.id,
        "case_id": action.case_id,
        "revision_id": revision.id,
        "digest": digest,
        "person_id": caller.person_id,
        "decision": decision,
        "conditions": depends_on,
        "question": words,
        "language": shown,
        "shown_digest": shown_digest(revision, shown),
        "notice_version": NOTICE_VERSION,
        "channel": caller.via,
        "given_in": caller.browser_session,
        "reading": await reading_offered(session, caller, revision.id, shown),
        "expires_at": end_of(now, expires_at),
        "at": now,
    }


async def is_worth_renewing(session: AsyncSession, consent_id: UUID) -> Consent | None:
    """Return a yes that still holds, still is that person's last word, and has not been used yet; else None."""
    consent = await session.get(Consent, consent_id)
    if consent is None or consent.expires_at <= await present(session):
        return None
    facts = await read_action_facts(session, consent.action_id)
    word = await last_word(session, consent.revision_id, consent.person_id)
    stands = word is not None and word[0].id == consent_id and word[1] is None
    latest = facts.facts.revision == str(consent.revision_id)
    return consent if stands and latest and facts.publication is None else None


async def _asked_anew(session: AsyncSession, previous: Consent, now: datetime) -> bool:
    """Whether the same again is a decision of its own: a yes about to lapse, or something has happened since."""
    if previous.decision not in YESES:
        return False
    facts = (await read_action_facts(session, previous.action_id)).facts
    return previous.expires_at - now <= REMINDED_BEFORE or still_asked(facts, previous.ledger_index)


def _says_the_same(
    previous: Consent,
    withdrawal: ConsentWithdrawal | None,
    said: tuple[str, str, list[dict[str, Any]]],
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    live = withdrawal is None and previous.expires_at > now
    same_end = expires_at is None or expires_at == previous.expires_at
    said_before = (previous.decision, previous.question, previous.conditions)
    return live and same_end and said_before == said
