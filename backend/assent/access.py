"""May this person attempt this here? policies/ through Casbin, compiled once at start.

Kept apart from the gate: Casbin says whether somebody may *attempt* a thing, the gate whether
content may go *out*. No role ever opens a gate.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import casbin

from assent.gate.roles import Role


class Permission(StrEnum):
    """Something a role may be allowed to attempt: object and verb."""

    CASE_READ = "case:read"
    CASE_INVITE = "case:invite"
    MEMBERSHIP_END = "membership:end"
    ARRANGEMENT_SET = "arrangement:set"
    CASE_PAUSE = "case:pause"
    CASE_RESUME = "case:resume"
    TASK_ASSIGN = "task:assign"
    TASK_CLOSE = "task:close"
    ACTION_CREATE = "action:create"
    ACTION_REVISE = "action:revise"
    ACTION_SHARE = "action:share"
    CONSENT_REQUEST = "consent:request"
    CONCERN_ANSWER = "concern:answer"
    ACTION_RELEASE = "action:release"
    LEDGER_READ = "ledger:read"
    WITNESSES_DEMAND = "witnesses:demand"
    EVENT_RECORD = "event:record"
    POSTURE_SET = "posture:set"
    EVIDENCE_RECORD = "evidence:record"
    TARGET_READ = "target:read"
    TARGET_RECORD = "target:record"
    WISH_RECORD = "wish:record"
    ABSENCE_RECORD = "absence:record"
    CONTACT_RECORD = "contact:record"
    TRIGGER_RECORD = "trigger:record"
    AUTHORITY_RECORD = "authority:record"
    ACTION_CLEAR = "action:clear"
    HOLD_RAISE = "hold:raise"
    HOLD_LIFT = "hold:lift"
    CONSENT_DECIDE = "consent:decide"
    CONSENT_WITHDRAW = "consent:withdraw"
    CONSENT_RECORD = "consent:record"
    PASSKEY_VOUCH = "passkey:vouch"
    CONCERN_RAISE = "concern:raise"
    ERASURE_ASK = "erasure:ask"
    ERASURE_AGREE = "erasure:agree"
    ERASURE_STOP = "erasure:stop"
    STAFF_INVITE = "staff:invite"
    STAFF_REMOVE = "staff:remove"
    PROVIDER_CONNECT = "provider:connect"
    ORGANISATION_OFFER = "organisation:offer"


class PolicyFileError(ValueError):
    """A line of roles.csv that grants nothing that exists; says file, line and reason."""


@dataclass(frozen=True)
class Access:
    """The compiled answers: every role and permission that was allowed."""

    grants: frozenset[tuple[Role, Permission]]

    def allows(self, role: Role, permission: Permission) -> bool:
        """Whether a role may attempt this."""
        return (role, permission) in self.grants

    def any_allows(self, roles: Iterable[Role], permission: Permission) -> bool:
        """Whether one of the roles may attempt this."""
        return any((role, permission) in self.grants for role in roles)

    def roles_with(self, permission: Permission) -> frozenset[Role]:
        """The roles that may attempt this."""
        return frozenset(role for role, granted in self.grants if granted is permission)


def load_access(policies: Path) -> Access:
    """Compile policies/model.conf and roles.csv.

    Asking the enforcer takes tens of microseconds, a set a fraction of one; every combination is
    asked once here.

    Raises:
        PolicyFileError: for a malformed line of roles.csv or an unreadable model.
    """
    roles, model = policies / "roles.csv", policies / "model.conf"
    check_roles_file(roles)
    return _compiled(model, roles, model.read_bytes(), roles.read_bytes())


@functools.lru_cache(maxsize=1)
def _compiled(model: Path, roles: Path, *_contents: bytes) -> Access:
    """Ask about every combination, once for each content the files have had."""
    try:
        enforcer = casbin.Enforcer(str(model), str(roles))
    except Exception as error:  # Casbin raises bare exceptions for a malformed model
        raise PolicyFileError(f"{model}: {error}") from error
    return Access(
        frozenset(
            (role, permission)
            for role in Role
            for permission in Permission
            if enforcer.enforce(role.value, *permission.value.split(":"))
        )
    )


def check_roles_file(path: Path) -> None:
    """Check each line: Casbin itself reads past what it does not understand.

    Raises:
        PolicyFileError: naming file, line and reason.
    """
    seen: set[tuple[str, ...]] = set()
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = tuple(cell.strip() for cell in next(csv.reader([line])))
        if reason := _wrong_with(cells, seen):
            raise PolicyFileError(f"{path}, line {number}: {reason}")
        seen.add(cells)


def _wrong_with(cells: tuple[str, ...], seen: set[tuple[str, ...]]) -> str | None:
    if len(cells) != 4 or cells[0] != "p":
        return "write it as: p, role, object, verb"
    if cells[1] not in set(Role):
        return f"unknown role {cells[1]!r}; known are: {', '.join(Role)}"
    if f"{cells[2]}:{cells[3]}" not in set(Permission):
        return f"unknown object and verb {cells[2]}, {cells[3]}; known are: {', '.join(Permission)}"
    return "this line stands here twice" if cells in seen else None


_current: Access | None = None


def set_current(access: Access) -> None:
    """Make these the process's answers; swapped as a whole, never changed in place."""
    global _current
    _current = access


def current() -> Access:
    """Return the process's answers.

    Raises:
        RuntimeError: before `set_current`.
    """
    if _current is None:
        raise RuntimeError("the policies have not been loaded")
    return _current
