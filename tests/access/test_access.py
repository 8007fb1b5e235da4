"""Who may attempt what: the compiled set agrees with Casbin, and no administrator opens a gate."""

from __future__ import annotations

from pathlib import Path

import casbin
import pytest

from assent.access import Permission, PolicyFileError, load_access
from assent.gate.roles import FAMILY_ROLES, Role
from assent.settings import ROOT

POLICIES = ROOT / "policies"


def test_the_compiled_answers_are_the_enforcers() -> None:
    access = load_access(POLICIES)
    enforcer = casbin.Enforcer(str(POLICIES / "model.conf"), str(POLICIES / "roles.csv"))
    for role in Role:
        for permission in Permission:
            asked = enforcer.enforce(role.value, *permission.value.split(":"))
            assert access.allows(role, permission) == asked


def test_only_the_family_decides_and_staff_only_clears() -> None:
    access = load_access(POLICIES)
    assert access.roles_with(Permission.CONSENT_DECIDE) == {Role.DECISION_MAKER}
    assert access.roles_with(Permission.ACTION_CLEAR) == {
        Role.CLEARANCE_OFFICER,
        Role.SAFETY_REVIEWER,
    }
    assert access.roles_with(Permission.ACTION_RELEASE) == {Role.COORDINATOR}
    for role in FAMILY_ROLES:
        assert not access.allows(role, Permission.ACTION_REVISE)


def test_no_administrator_touches_a_case() -> None:
    access = load_access(POLICIES)
    theirs = {p for p in Permission if access.allows(Role.ORGANISATION_ADMIN, p)}
    assert {p.value.partition(":")[0] for p in theirs} == {"staff", "provider", "organisation"}


def test_every_permission_is_somebodys() -> None:
    access = load_access(POLICIES)
    assert all(access.roles_with(permission) for permission in Permission)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("p, coordinator, case", "write it as"),
        ("g, coordinator, case, read", "write it as"),
        ("p, boss, case, read", "unknown role"),
        ("p, coordinator, case, burn", "unknown object and verb"),
        ("p, coordinator, case, read\np, coordinator, case, read", "twice"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(
    tmp_path: Path, line: str, reason: str
) -> None:
    (tmp_path / "model.conf").write_text((POLICIES / "model.conf").read_text())
    (tmp_path / "roles.csv").write_text(f"# grants\n\n{line}\n")
    with pytest.raises(PolicyFileError, match=reason) as caught:
        load_access(tmp_path)
    assert "roles.csv, line" in str(caught.value)


def test_a_malformed_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.conf").write_text("[request_definition]\n")
    (tmp_path / "roles.csv").write_text("p, coordinator, case, read\n")
    with pytest.raises(PolicyFileError, match=r"model\.conf"):
        load_access(tmp_path)
