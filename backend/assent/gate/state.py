"""The state of an action: derived from what is on record, never stored."""

from __future__ import annotations

from enum import StrEnum

from assent.gate.evaluate import GateStatus


class ActionState(StrEnum):
    """Where an action stands."""

    DRAFTING = "drafting"
    GATED = "gated"
    OPEN = "open"
    SCHEDULED = "scheduled"
    RELEASED = "released"
    RETRACTED = "retracted"


def action_state(
    *, has_revision: bool, status: GateStatus, released: bool, retracted: bool
) -> ActionState:
    """Derive the state.

    Args:
        has_revision: whether any text was put to the gate.
        status: the gate's answer for the latest revision.
        released: whether the latest revision went out.
        retracted: whether that publication was taken back.
    """
    if retracted:
        return ActionState.RETRACTED
    if released:
        return ActionState.RELEASED
    if not has_revision:
        return ActionState.DRAFTING
    if status.open:
        return ActionState.OPEN
    if status.open_but_for_time:
        return ActionState.SCHEDULED
    return ActionState.GATED
