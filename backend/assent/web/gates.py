"""A gate's answer as the API describes it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from assent.gate.evaluate import GateStatus
from assent.web.api import Digest, Moment, SomebodyOut
from assent.web.problems import Problem
from assent.web.requirements import Names, Translate, gate_document


class LackingOut(BaseModel):
    """From whom something is missing."""

    role: str | None
    organisation: str | None
    person: str | None


class RequirementOut(BaseModel):
    """One thing the gate asks for."""

    key: str = Field(
        description="Begins with what it is about: clearance:…, consent:…, pause, concern:…, hold:…, release:….",
        examples=["clearance:clearance_officer:north-star"],
    )
    met: bool
    by: list[SomebodyOut]
    at: Moment | None
    missing_from: list[LackingOut]
    why: str = Field(
        description="A sentence, in the language of Accept-Language.",
        examples=["North Star has not cleared this text yet."],
    )


class GateOut(BaseModel):
    """The whole answer: open only if every requirement is met."""

    open: bool
    digest: Digest | None = Field(description="Of the latest revision, which this is about.")
    requirements: list[RequirementOut]


class GateProblem(Problem):
    """A conflict with what is on record; with `requirements` where the gate is shut."""

    requirements: list[RequirementOut] | None = None


def gate_out(status: GateStatus, names: Names, translate: Translate) -> GateOut:
    """Return a gate's answer in the API's form."""
    return GateOut.model_validate(gate_document(status, names, translate))
