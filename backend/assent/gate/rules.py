"""gates.yaml as types; what would be no gate is refused with file, line and reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import rfc8785
import yaml

from assent.gate.channels import STRENGTHS, Strength
from assent.gate.roles import Role

Source = Literal["each_cosigner", "lead_organisation"]
CLEARING_ROLES = frozenset({Role.CLEARANCE_OFFICER, Role.SAFETY_REVIEWER})
RELEASING_ROLES = frozenset({Role.COORDINATOR})
_SOURCES: dict[str, Source] = {
    "each_cosigner": "each_cosigner",
    "lead_organisation": "lead_organisation",
}
_MOST_PEOPLE = 9
_LONGEST_STANDING_DAYS = 365
_LONGEST_FILE = 1024 * 1024


class GateFileError(ValueError):
    """A gates file that declares something that is no gate.

    Attributes:
        file, line: where, counted from 1.
        field: path of the key, such as `public_statement.family_consent`.
        reason: what is wrong and what to write instead.
    """

    def __init__(self, file: str, line: int, field: str, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {field}: {reason}")
        self.file, self.line, self.field, self.reason = file, line, field, reason


@dataclass(frozen=True)
class ClearanceSlot:
    """One clearance a gate asks for.

    Attributes:
        source: whose people give it: each co-signer's, the lead organisation's, or (None) anybody's with the role.
        count: how many different people, for `source` None.
        not_author: whether writers of the text are barred.
    """

    role: Role
    source: Source | None
    count: int
    not_author: bool


@dataclass(frozen=True)
class FamilyConsent:
    """What consent a gate asks of the family: to this exact text, or also a standing one.

    Attributes:
        channel: how strong a way of giving it a yes needs at least.
    """

    standing: Literal["never", "allowed"]
    max_days: int | None = None
    channel: Strength = "link"


@dataclass(frozen=True)
class GateRule:
    """The gate of one kind of action."""

    kind: str
    clearance: tuple[ClearanceSlot, ...]
    family_consent: FamilyConsent
    release_role: Role

    def as_json(self) -> dict[str, Any]:
        """Return the normal form, which the database's triggers read too."""
        consent: dict[str, Any] = {"standing": self.family_consent.standing}
        if self.family_consent.max_days is not None:
            consent["max_days"] = self.family_consent.max_days
        if self.family_consent.channel != "link":
            consent["channel"] = self.family_consent.channel
        return {
            "kind": self.kind,
            "clearance": [
                {"role": s.role.value, "count": s.count, "not_author": s.not_author}
                | ({"from": s.source} if s.source else {})
                for s in self.clearance
            ],
            "family_consent": consent,
            "release": {"role": self.release_role.value},
        }


@dataclass(frozen=True)
class GateBook:
    """All gates of a file."""

    kinds: Mapping[str, GateRule]

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of all gates, 64 hex digits: comments do not count."""
        gates = {kind: rule.as_json() for kind, rule in self.kinds.items()}
        return hashlib.sha256(rfc8785.dumps(gates)).hexdigest()

    def rule(self, kind: str) -> GateRule:
        """Return the gate of a kind.

        Raises:
            KeyError: if none is declared; nothing of that kind can go out.
        """
        return self.kinds[kind]


def load_gates(text: str, filename: str) -> GateBook:
    """Read a gates file.

    Args:
        text: YAML.
        filename: for the errors.

    Raises:
        GateFileError: for anything that is not exactly a gate, with its line.
    """
    return _Reader(filename).book(text)


class _Reader:
    """Reads YAML nodes rather than values, so that every error knows its line."""

    def __init__(self, filename: str) -> None:
        self.filename = filename

    def fail(self, node: yaml.Node | None, field: str, reason: str) -> NoReturn:
        line = node.start_mark.line + 1 if node is not None else 1
        raise GateFileError(self.filename, line, field, reason)

    def book(self, text: str) -> GateBook:
        root = self.parse(text)
        if root is None:
            self.fail(None, "file", "it is empty: declare at least one kind of action")
        kinds = {}
        for name, (_, node) in self.mapping(root, "file").items():
            if not name.isascii() or not name.replace("_", "a").isalnum() or name != name.lower():
                self.fail(node, name, "a kind is named in lower case letters, digits and _")
            kinds[name] = self.rule(name, node)
        if not kinds:
            self.fail(root, "file", "declare at least one kind of action")
        return GateBook(kinds)

    def parse(self, text: str) -> yaml.Node | None:
        if len(text) > _LONGEST_FILE:
            self.fail(None, "file", "it is longer than 1 MB")
        try:
            for token in yaml.scan(text, Loader=yaml.SafeLoader):
                if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                    line = token.start_mark.line + 1
                    raise GateFileError(
                        self.filename, line, "file", "write it out: no anchors, aliases or tags"
                    )
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or "it is not YAML"
            line = mark.line + 1 if mark else 1
            raise GateFileError(self.filename, line, "file", str(reason)) from error
        except RecursionError as error:
            raise GateFileError(self.filename, 1, "file", "it is nested too deeply") from error

    def mapping(self, node: yaml.Node, field: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, field, "expected keys and values here")
        members: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail(key, field, "a key is a plain word")
            if key.value in members:
                self.fail(key, f"{field}.{key.value}", "this key stands here twice")
            members[key.value] = (key, value)
        return members

    def keys(
        self, node: yaml.Node, field: str, known: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        members = self.mapping(node, field)
        for name, (key, _) in members.items():
            if name not in known:
                self.fail(key, f"{field}.{name}", f"unknown key; known are: {', '.join(known)}")
        for name in required:
            if name not in members:
                self.fail(node, field, f"{name} is missing")
        return {name: value for name, (_, value) in members.items()}

    def rule(self, kind: str, node: yaml.Node) -> GateRule:
        if "family_consent" not in self.mapping(node, kind):
            self.fail(
                node, kind, "family_consent is missing: without the family's consent it is no gate"
            )
        members = self.keys(
            node, kind, ("clearance", "family_consent", "release"), ("clearance", "release")
        )
        return GateRule(
            kind=kind,
            clearance=self.clearance(members["clearance"], f"{kind}.clearance"),
            family_consent=self.family_consent(members["family_consent"], f"{kind}.family_consent"),
            release_role=self.release(members["release"], f"{kind}.release"),
        )

    def clearance(self, node: yaml.Node, field: str) -> tuple[ClearanceSlot, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fail(node, field, "list at least one clearance")
        slots = tuple(self.slot(item, f"{field}[{n}]") for n, item in enumerate(node.value))
        seen: set[tuple[Role, str | None]] = set()
        for slot, item in zip(slots, node.value, strict=True):
            if (slot.role, slot.source) in seen:
                self.fail(
                    item, field, "this clearance stands here twice; use count for several people"
                )
            seen.add((slot.role, slot.source))
        if all(slot.source == "each_cosigner" for slot in slots):
            self.fail(
                node,
                field,
                "a text without co-signers would need no clearance: add one from lead_organisation, or a"
                " safety_reviewer",
            )
        return slots

    def slot(self, node: yaml.Node, field: str) -> ClearanceSlot:
        members = self.keys(node, field, ("role", "from", "count", "not_author"), ("role",))
        role = self.role(members["role"], f"{field}.role", CLEARING_ROLES)
        source: Source | None = None
        if "from" in members:
            source = self.source(members["from"], f"{field}.from")
        elif role is Role.CLEARANCE_OFFICER:
            self.fail(
                node, field, "from is missing: a clearance officer speaks for an organisation"
            )
        count = 1
        if "count" in members:
            if source:
                self.fail(
                    members["count"],
                    f"{field}.count",
                    "an organisation has one voice: leave count out",
                )
            count = self.number(members["count"], f"{field}.count", _MOST_PEOPLE)
        not_author = (
            self.flag(members["not_author"], f"{field}.not_author")
            if "not_author" in members
            else False
        )
        return ClearanceSlot(role, source, count, not_author)

    def source(self, node: yaml.Node, field: str) -> Source:
        value = self.scalar(node, field)
        if value not in _SOURCES:
            self.fail(node, field, f"unknown; known are: {', '.join(_SOURCES)}")
        return _SOURCES[value]

    def family_consent(self, node: yaml.Node, field: str) -> FamilyConsent:
        members = self.keys(node, field, ("standing", "max_days", "channel"), ("standing",))
        standing = self.scalar(members["standing"], f"{field}.standing")
        channel = self.channel(members["channel"], field) if "channel" in members else "link"
        if standing == "never":
            if "max_days" in members:
                self.fail(members["max_days"], f"{field}.max_days", "only with standing: allowed")
            return FamilyConsent("never", channel=channel)
        if standing != "allowed":
            self.fail(
                members["standing"], f"{field}.standing", "unknown; known are: never, allowed"
            )
        if "max_days" not in members:
            self.fail(node, field, "max_days is missing: a standing consent ends")
        days = self.number(members["max_days"], f"{field}.max_days", _LONGEST_STANDING_DAYS)
        return FamilyConsent("allowed", days, channel)

    def channel(self, node: yaml.Node, field: str) -> Strength:
        value = self.scalar(node, f"{field}.channel")
        known = {strength: strength for strength in STRENGTHS}
        if value not in known:
            self.fail(node, f"{field}.channel", f"unknown; known are: {', '.join(known)}")
        return known[value]

    def release(self, node: yaml.Node, field: str) -> Role:
        members = self.keys(node, field, ("role",), ("role",))
        return self.role(members["role"], f"{field}.role", RELEASING_ROLES)

    def role(self, node: yaml.Node, field: str, allowed: frozenset[Role]) -> Role:
        value = self.scalar(node, field)
        known = {role.value: role for role in allowed}
        if value not in known:
            self.fail(node, field, f"unknown role here; known are: {', '.join(sorted(known))}")
        return known[value]

    def number(self, node: yaml.Node, field: str, most: int) -> int:
        value = self.scalar(node, field)
        if (
            not value.isascii()
            or not value.isdigit()
            or len(value) > 4
            or not 1 <= int(value) <= most
        ):
            self.fail(node, field, f"a whole number from 1 to {most}")
        return int(value)

    def flag(self, node: yaml.Node, field: str) -> bool:
        value = self.scalar(node, field)
        if value not in ("true", "false"):
            self.fail(node, field, "true or false")
        return value == "true"

    def scalar(self, node: yaml.Node, field: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.fail(node, field, "expected a single word here")
        return str(node.value)
