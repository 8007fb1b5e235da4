"""Questions the family is asked apart: may his name be in it, may it be known that it was filed.

They are declared with the form that was filled in. A yes to the text has to come with an answer to
each; a no becomes a condition of the yes, which shuts the gate until it is promised to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from assent.actions.kinds.declared import SeparateQuestion
from assent.actions.models import Action, Revision
from assent.actions.queries import form_of
from assent.consents.conditions import WITH_CONDITIONS
from assent.consents.models import Consent, SeparateAnswer
from assent.consents.refusals import AnswerMissing, UnknownAnswer
from assent.gate.facts import YESES

ANSWERS = ("yes", "no")


def questions_of(action: Action, revision: Revision) -> tuple[SeparateQuestion, ...]:
    """Return what is asked apart about a revision: nothing where no form with questions is filled in."""
    filled = form_of(action, revision)
    return filled.declared.questions if filled and filled.declared else ()


def checked_answers(
    questions: Sequence[SeparateQuestion], decision: str, answers: Mapping[str, str]
) -> dict[str, str]:
    """Return the answer to each question, for a yes; nothing for any other decision.

    Raises:
        AnswerMissing: a yes without an answer to one of them: silence is not a yes.
        UnknownAnswer: nobody asked this, or it is neither yes nor no.
    """
    asked = {question.name for question in questions}
    for name, answer in answers.items():
        if answer and (name not in asked or answer not in ANSWERS):
            raise UnknownAnswer(field=f"answers.{name}"[:60])
    if decision not in YESES:
        return {}
    for question in questions:
        if not answers.get(question.name):
            raise AnswerMissing(field=f"answers.{question.name}")
    return {question.name: answers[question.name] for question in questions}


def with_noes(
    questions: Sequence[SeparateQuestion],
    decision: str,
    conditions: Sequence[Mapping[str, Any]],
    answers: Mapping[str, str],
) -> tuple[str, list[Mapping[str, Any]]]:
    """Return decision and conditions once each no has become a condition."""
    noes = [q.otherwise for q in questions if answers.get(q.name) == "no"]
    if not noes:
        return decision, list(conditions)
    return WITH_CONDITIONS, [*conditions, *({"kind": "other", "value": words} for words in noes)]


def all_noes(
    questions: Sequence[SeparateQuestion], decision: str, conditions: Sequence[Mapping[str, Any]]
) -> tuple[str, list[Mapping[str, Any]]]:
    """Return decision and conditions of a yes that answers none of the questions: silence is a no to each."""
    return with_noes(
        questions, decision, conditions, dict.fromkeys((q.name for q in questions), "no")
    )


async def keep_answers(
    session: AsyncSession, consent_id: UUID, case_id: UUID, answers: Mapping[str, str]
) -> None:
    """Record the answers beside the consent they were given with."""
    rows = [
        {"consent_id": consent_id, "case_id": case_id, "question": name, "answer": answer}
        for name, answer in answers.items()
    ]
    if rows:
        await session.execute(insert(SeparateAnswer), rows)


async def answers_to(session: AsyncSession, consents: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return the separate answers given with each of these consents."""
    query = select(SeparateAnswer).where(SeparateAnswer.consent_id.in_(consents))
    found: dict[UUID, dict[str, str]] = {}
    for row in await session.scalars(query.order_by(SeparateAnswer.question)):
        found.setdefault(row.consent_id, {})[row.question] = row.answer
    return found


async def answers_with(session: AsyncSession, consent: Consent | None) -> dict[str, str]:
    """Return the separate answers given with one consent, if there is one."""
    return {} if consent is None else (await answers_to(session, [consent.id])).get(consent.id, {})
