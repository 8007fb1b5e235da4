"""A coalition made by INSERTs alone, as the application's role: what somebody could write who holds its password.

rows = Rows(connection)
rows.open_case()
rows.begin_action()
rows.everybody_agrees()
rows.publish()
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import rfc8785
from psycopg import sql
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[tuple[Any, ...]]

# name -> role in the case, organisation (None: the family)
PEOPLE: dict[str, tuple[str, str | None]] = {
    "coordinator": ("coordinator", "harbour"),
    "drafter": ("drafter", "harbour"),
    "harbour_officer": ("clearance_officer", "harbour"),
    "lantern_officer": ("clearance_officer", "lantern"),
    "other_lantern_officer": ("clearance_officer", "lantern"),
    "reviewer": ("safety_reviewer", "lantern"),
    "other_reviewer": ("safety_reviewer", "harbour"),
    "observer": ("observer", "lantern"),
    "mother": ("decision_maker", None),
    "brother": ("decision_maker", None),
    "aunt": ("informed_relative", None),
    "counsel": ("counsel", None),
}
CLEARING = {
    "clearance:clearance_officer:harbour": "harbour_officer",
    "clearance:clearance_officer:lantern": "lantern_officer",
    "clearance:safety_reviewer": "reviewer",
}
CONTENT: dict[str, Any] = {
    "languages": {"en": {"title": "Free the teacher", "body": "Let her go home."}},
    "form": {},
    "cosigners": ["harbour", "lantern"],
    "audience": ["Embassy <mission@embassy.example>"],
    "attachments": [],
}
_numbers = itertools.count(1)


@contextmanager
def as_app(
    app_dsn: str, superuser_dsn: str = "", without: tuple[str, str] | None = None
) -> Iterator[Connection]:
    """A transaction of the application's role that is rolled back.

    superuser_dsn: where given, a superuser's who acts as that role, and may `reset role`.
    without: a table and a trigger that is asleep meanwhile, to see that it was the one that held.
    """
    with psycopg.connect(superuser_dsn or app_dsn) as connection:
        if without:
            table, trigger = map(sql.Identifier, without)
            connection.execute(
                sql.SQL("alter table assent.{} disable trigger {}").format(table, trigger)
            )
        if superuser_dsn:
            connection.execute("set local role assent_app")
        try:
            yield connection
        finally:
            connection.rollback()


@dataclass
class Rows:
    """What has been written in the connection's transaction; each method writes a row as it would be right."""

    connection: Connection
    people: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    case: UUID = field(default_factory=uuid4)
    key: UUID = field(default_factory=uuid4)
    arrangement: UUID = field(default_factory=uuid4)
    arrangement_version: int = 0
    standing: UUID = field(default_factory=uuid4)
    action: UUID = field(default_factory=uuid4)
    revision: UUID = field(default_factory=uuid4)
    digest: str = ""
    number: int = 0
    releaser: str = "coordinator"
    publication: UUID = field(default_factory=uuid4)
    grounds: dict[str, dict[str, Any]] = field(default_factory=dict)
    evidence: UUID = field(default_factory=uuid4)
    taken: UUID = field(default_factory=uuid4)
    read: UUID = field(default_factory=uuid4)
    launch: UUID = field(default_factory=uuid4)

    # -- the bricks --------------------------------------------------------------------------------

    def acting_for(self, person: str | None, *, job: bool = False) -> None:
        """Row-level security sees this person from now on."""
        self.connection.execute(
            "select set_config('assent.person', %s, true), set_config('assent.job', %s, true)",
            [str(self.people[person]) if person else "", "on" if job else ""],
        )

    def commit(self) -> None:
        """Commit; settings of a transaction end with it, so say again for whom the next one runs."""
        self.connection.commit()
        self.acting_for(None, job=True)

    def insert(self, table: str, **values: Any) -> dict[str, Any]:
        """Write one row and return it."""
        row = {k: Jsonb(v) if isinstance(v, dict) else v for k, v in values.items()}
        statement = sql.SQL("insert into assent.{} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        self.connection.execute(statement, row)
        return values

    def ask(self, question: str, *values: Any) -> Any:
        """The first column of the first row."""
        row = self.connection.execute(question, values).fetchone()
        return row[0] if row else None

    def now(self) -> datetime:
        moment: datetime = self.ask("select assent.present()")
        return moment

    def entry(self, action: UUID | None = None) -> int:
        """A ledger entry with its record; returns its index."""
        index: int = self.ask(
            "insert into assent.ledger_entries (entry) values (%s) returning index",
            b"assent/leaf/v1\n" + os.urandom(32),
        )
        values = {"index": index, "case_id": self.case, "action_id": action, "key_id": self.key}
        self.insert("ledger_records", **values, sealed=os.urandom(60), at=self.now())
        return index

    # -- the case ----------------------------------------------------------------------------------

    def open_case(self, rule: str = "any", *deciders: str, quorum: int | None = None) -> None:
        """Organisations, people, a case, its members and the family's arrangement."""
        self.acting_for(None, job=True)
        tail, now = next(_numbers), self.now()
        for name in ("harbour", "lantern", "outside"):
            self.organisations[name] = found = (
                self.ask("select id from assent.organisations where slug = %s", name) or uuid4()
            )
            self.connection.execute(
                "insert into assent.organisations (id, slug, name, country, created_at)"
                " values (%s, %s, %s, 'SE', %s) on conflict do nothing",
                [found, name, name.title(), now],
            )
        for name, organisation in {p: o for p, (_, o) in PEOPLE.items()}.items():
            self.person(name, organisation, f"{name}.{tail}.{os.urandom(3).hex()}@example.org")
        self.person("stranger", "outside", f"stranger.{tail}.{os.urandom(3).hex()}@example.org")
        self.insert("data_keys", id=self.key, case_id=self.case, wrapped=b"wrapped", created_at=now)
        self.insert(
            "cases", id=self.case, slug=f"case-{tail}-{os.urandom(3).hex()}", title="The teacher",
            detained_person={"name": "A Teacher"}, detaining_state="IR", posture="mixed",
            created_at=now, ledger_index=self.entry(),
        )  # fmt: skip
        for name, (role, organisation) in PEOPLE.items():
            self.join(name, role, organisation)
        self.arrange(rule, *(deciders or ("mother", "brother")), quorum=quorum)

    def person(
        self, name: str, organisation: str | None, email: str, born: date = date(1970, 1, 1)
    ) -> None:
        self.people[name] = uuid4()
        self.insert(
            "people", id=self.people[name], email=email, name=name, language="en", born=born,
            organisation_id=self.organisations[organisation] if organisation else None, created_at=self.now(),
        )  # fmt: skip

    def join(self, name: str, role: str, organisation: str | None) -> None:
        self.insert(
            "memberships", id=uuid4(), case_id=self.case, person_id=self.people[name], role=role,
            organisation_id=self.organisations[organisation] if organisation else None,
            granted_at=self.now(), ledger_index=self.entry(),
        )  # fmt: skip

    def leave(self, name: str) -> None:
        self.connection.execute(
            "update assent.memberships set ended_at = assent.present(), end_ledger_index = %s"
            " where case_id = %s and person_id = %s and ended_at is null",
            [self.entry(), self.case, self.people[name]],
        )

    def arrange(
        self,
        rule: str,
        *deciders: str,
        quorum: int | None = None,
        cooling_off_hours: int = 0,
        alternates: tuple[str, ...] = (),
        **terms: Any,
    ) -> None:
        """terms: what only somebody who decides may set, and its setter."""
        self.arrangement, self.arrangement_version = uuid4(), self.arrangement_version + 1
        self.insert(
            "arrangements", id=self.arrangement, case_id=self.case, version=self.arrangement_version,
            rule=rule, quorum=quorum, cooling_off_hours=cooling_off_hours, set_at=self.now(),
            ledger_index=self.entry(), **terms,
        )  # fmt: skip
        for name in deciders:
            self.name_in_arrangement(name)
        for place, name in enumerate(alternates):
            self.name_in_arrangement(name, "alternate", place=place)
        if self.arrangement_version > 1:
            self.everybody_agrees_to_it()

    def everybody_agrees_to_it(self) -> None:
        """Those who decide so far agree to the latest arrangement, whoever of them is still there."""
        held = self.connection.execute(
            "select p.person_id from assent.arrangement_people p join assent.memberships m using (case_id, person_id)"
            " where p.arrangement_id = (assent.arrangement_in_force(%s)).id and p.standing = 'decision_maker'"
            " and m.role = 'decision_maker' and m.ended_at is null",
            [self.case],
        ).fetchall()
        in_force = "select (assent.arrangement_in_force(%s)).id"
        for (person,) in held:
            if self.ask(in_force, self.case) != self.arrangement:
                self.agree_to_arrangement(person)

    def agree_to_arrangement(self, person: UUID, agrees: bool = True, **other: Any) -> None:
        values: dict[str, Any] = {
            "arrangement_id": self.arrangement, "case_id": self.case, "person_id": person, "agrees": agrees,
            "at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        counts_from = other.pop("counts_from", None)
        self.insert("arrangement_answers", **values | other)
        about = other.get("arrangement_id", self.arrangement)
        self.mark_arranged(person, counts_from or values["at"], about)

    def mark_arranged(
        self, person: UUID, counts_from: datetime | str, arrangement: UUID | None = None
    ) -> None:
        """Say when an answer to an arrangement, the latest unless named, begins to count."""
        self.connection.execute(
            "select assent.mark_arrangement_answer(%s, %s, %s, %s)",
            [arrangement or self.arrangement, person, counts_from, os.urandom(128)],
        )

    def name_in_arrangement(
        self, name: str, standing: str = "decision_maker", **other: Any
    ) -> None:
        self.insert(
            "arrangement_people", arrangement_id=self.arrangement, case_id=self.case,
            person_id=self.people[name], standing=standing, **other,
        )  # fmt: skip

    # -- what the family agrees to in advance, and what happens ------------------------------------

    def of_case(self, **other: Any) -> dict[str, Any]:
        """The columns of a record of the case."""
        values = {"case_id": self.case, "at": self.now()} | other
        return values if "ledger_index" in values else values | {"ledger_index": self.entry()}

    def agree_in_advance(self, by: str = "mother", **other: Any) -> UUID:
        """A standing consent that covers what this file's texts are, as far as its kind allows one."""
        values = {
            "id": uuid4(), "kinds": ["diplomatic_outreach"], "audiences": CONTENT["audience"], "languages": ["en"],
            "given_by": self.people[by], "expires_at": self.now() + timedelta(days=80),
        }  # fmt: skip
        self.standing = self.insert("standing_consents", **self.of_case(**values | other))["id"]
        return self.standing

    def answer_standing(
        self, standing: UUID, by: str = "mother", agrees: bool = True, **other: Any
    ) -> UUID:
        values = {
            "id": uuid4(), "standing_consent_id": standing, "person_id": self.people[by], "agrees": agrees,
            "channel": "session",
        }  # fmt: skip
        counts_from = other.pop("counts_from", None)
        made = self.insert("standing_consent_answers", **self.of_case(**values | other))
        self.mark_standing(made["id"], counts_from or made["at"])
        return UUID(str(made["id"]))

    def mark_standing(self, answer: UUID, counts_from: datetime | str) -> None:
        """Say when an answer to a standing consent begins to count."""
        self.connection.execute(
            "select assent.mark_standing_answer(%s, %s, %s)",
            [answer, counts_from, os.urandom(128)],
        )

    def end_standing(self, standing: UUID, by: str = "mother", **other: Any) -> None:
        values = {"standing_consent_id": standing, "person_id": self.people[by]}
        self.insert("standing_consent_ends", **self.of_case(**values | other))

    def say_it_happened(self, standing: UUID, by: str = "coordinator", **other: Any) -> None:
        values = {
            "standing_consent_id": standing, "person_id": self.people[by],
            "organisation_id": self.organisations[PEOPLE[by][1] or "outside"],
        }  # fmt: skip
        self.insert("standing_consent_triggers", **self.of_case(**values | other))

    def happen(self, kind: str = "trial", by: str = "coordinator", **other: Any) -> None:
        values = self.of_case(
            id=uuid4(), kind=kind, happened_on="2026-11", title="It was held in secret.",
            recorded_by=self.people[by],
        )  # fmt: skip
        values["recorded_at"] = values.pop("at")
        self.insert("events", **values | other)

    def set_posture(self, by: str = "coordinator", **other: Any) -> None:
        """How public the effort is from now on."""
        version = self.ask("select count(*) + 1 from assent.postures where case_id = %s", self.case)
        values = {
            "id": uuid4(), "version": version, "posture": "quiet", "reason": "The appeal is heard in May.",
            "owner_id": self.people["drafter"], "review_on": (self.now() + timedelta(days=90)).date(),
            "set_by": self.people[by],
        }  # fmt: skip
        self.insert("postures", **self.of_case(**values | other))

    def lose(self, name: str, by: str = "coordinator", **other: Any) -> UUID:
        """Somebody cannot be reached."""
        values = {
            "id": uuid4(), "person_id": self.people[name], "since": "2026-11-20", "recorded_by": self.people[by],
        }  # fmt: skip
        absence: UUID = self.insert("absences", **self.of_case(**values | other))["id"]
        return absence

    def reach(self, absence: UUID, by: str = "coordinator", **other: Any) -> None:
        values = {"absence_id": absence, "ended_by": self.people[by]}
        self.insert("absence_ends", **self.of_case(**values | other))

    def wish(self, says: str = "no", trust: str = "trusted", **other: Any) -> UUID:
        """What the detained person wants, as counsel has it."""
        values = {
            "id": uuid4(), "says": says, "known_through": "lawyer", "trust": trust,
            "recorded_by": self.people["counsel"],
        }  # fmt: skip
        wish: UUID = self.insert("wishes", **self.of_case(**values | other))["id"]
        return wish

    def cut_off(self, by: str = "counsel", **other: Any) -> None:
        values = {"id": uuid4(), "incommunicado": True, "since": "2026-11", "recorded_by": self.people[by]}  # fmt: skip
        self.insert("contact_states", **self.of_case(**values | other))

    def demand_witnesses(self, needed: int = 1, by: str = "coordinator", **other: Any) -> None:
        """How many witnesses have to have seen what a release rests on."""
        values = {
            "id": uuid4(), "needed": needed, "before_release": needed > 0, "set_by": self.people[by],
        }  # fmt: skip
        self.insert("witness_demands", **self.of_case(**values | other))

    def pass_time(self, hours: int) -> None:
        """The program's clock goes on; only a superuser who acts as the application can do this."""
        self.connection.execute("reset role")
        self.connection.execute(
            "update assent.ledger_head set last_at = assent.present() + make_interval(hours => %s)",
            [hours],
        )
        self.connection.execute("set local role assent_app")

    def pause(self, by: str = "coordinator", **other: Any) -> UUID:
        values = {
            "id": uuid4(), "case_id": self.case, "reason": "wait", "set_by": self.people[by],
            "by_family": False, "set_at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        pause: UUID = self.insert("pauses", **values | other)["id"]
        return pause

    def resume(self, pause: UUID, by: str = "coordinator") -> None:
        self.insert(
            "pause_ends", pause_id=pause, case_id=self.case, ended_by=self.people[by],
            ended_at=self.now(), ledger_index=self.entry(),
        )  # fmt: skip

    # -- an action ---------------------------------------------------------------------------------

    def begin_action(
        self, kind: str = "public_statement", visibility: str = "case", **content: Any
    ) -> None:
        """An action of the harbour's, with its first text; the following concerns this one."""
        self.action, self.number, self.grounds = uuid4(), 0, {}
        self.insert(
            "actions", id=self.action, case_id=self.case, kind=kind, title="A word", visibility=visibility,
            organisation_id=self.organisations["harbour"], author_id=self.people["drafter"],
            created_at=self.now(), ledger_index=self.entry(self.action),
        )  # fmt: skip
        self.write(**content)

    def write(
        self, by: str = "drafter", contributors: tuple[str, ...] = (), **content: Any
    ) -> None:
        """A further revision; what was agreed to before no longer counts."""
        text = CONTENT | {"form": {"n": next(_numbers)}} | content
        canonical = rfc8785.dumps(text)
        self.revision, self.number = uuid4(), self.number + 1
        self.digest = hashlib.sha256(canonical).hexdigest()
        self.insert(
            "revisions", id=self.revision, action_id=self.action, case_id=self.case, number=self.number,
            canonical=canonical, content=text, digest=self.digest, author_id=self.people[by],
            contributors=[self.people[name] for name in contributors], created_at=self.now(),
            ledger_index=self.entry(self.action),
        )  # fmt: skip

    def of_revision(self) -> dict[str, Any]:
        """The columns that refer to the latest text."""
        return {
            "id": uuid4(), "action_id": self.action, "case_id": self.case, "revision_id": self.revision,
            "digest": self.digest,
        }  # fmt: skip

    def clear(self, by: str, decision: str = "cleared", **other: Any) -> UUID:
        role, organisation = PEOPLE[by]
        values = self.of_revision() | {
            "person_id": self.people[by], "role": role, "organisation_id": self.organisations[organisation or ""],
            "decision": decision, "note": "" if decision == "cleared" else "because", "at": self.now(),
        }  # fmt: skip
        if "ledger_index" not in other:
            values["ledger_index"] = self.entry(self.action)
        clearance: UUID = self.insert("clearances", **values | other)["id"]
        return clearance

    def decide(self, by: str, decision: str = "yes", **other: Any) -> UUID:
        now = self.now()
        values = self.of_revision() | {
            "person_id": self.people[by], "decision": decision, "question": "why?" if decision == "question" else "",
            "language": "fa", "shown_digest": "0" * 64, "notice_version": "1", "channel": "session",
            "expires_at": now + timedelta(days=30), "at": now,
        }  # fmt: skip
        if "ledger_index" not in other:
            values["ledger_index"] = self.entry(self.action)
        counts_from = other.pop("counts_from", None)
        values |= other
        consent: UUID = self.insert("consents", **values)["id"]
        self.mark(consent, counts_from or values["at"])
        return consent

    def mark(self, consent: UUID, counts_from: datetime | str) -> None:
        """Say when a decision begins to count."""
        self.connection.execute(
            "select assent.mark_consent(%s, %s, %s)", [consent, counts_from, os.urandom(128)]
        )

    def enrol(self, who: str, **other: Any) -> UUID:
        """A passkey of somebody's."""
        values = {
            "id": uuid4(), "person_id": self.people[who], "credential_id": os.urandom(32), "public_key": b"key",
            "algorithm": -7, "sign_count": 0, "rp_id": "localhost", "attestation": b"attested", "client_data": b"{}",
            "label": "Phone", "created_at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        passkey: UUID = self.insert("passkeys", **values | other)["id"]
        return passkey

    def vouch(self, passkey: UUID, by: str = "harbour_officer", **other: Any) -> None:
        values = {
            "passkey_id": passkey, "case_id": self.case, "vouched_by": self.people[by],
            "organisation_id": self.organisations[PEOPLE[by][1] or ""], "at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        self.insert("passkey_vouches", **values | other)

    def sign(self, by: str = "brother", passkey: UUID | None = None, **other: Any) -> UUID:
        """A yes signed with a passkey; the signature itself is for the program to check."""
        consent = self.decide(by, channel="passkey")
        statement = rfc8785.dumps(
            {
                "digest": self.digest, "decision": "yes", "conditions": [], "question": "", "case": str(self.case),
                "person": str(self.people[by]), "action": str(self.action), "language": "fa", "shown_digest": "0" * 64,
                "notice": "1",
            } | other.pop("said", {})
        )  # fmt: skip
        challenge = self.ask("select assent.signed_challenge(%s)", statement)
        client = {"type": "webauthn.get", "challenge": challenge} | other.pop("client", {})
        values = {
            "consent_id": consent, "case_id": self.case, "passkey_id": passkey or self.enrol(by),
            "statement": statement,
            "authenticator_data": hashlib.sha256(b"localhost").digest() + b"\x05" + bytes(4),
            "client_data": json.dumps(client).encode(), "signature": b"signed",
        }  # fmt: skip
        self.insert("consent_signatures", **values | other)
        return consent

    def take_down(
        self, of: str = "mother", decision: str = "yes", by: str = "coordinator", attester: str = "lantern_officer",
        **other: Any,
    ) -> UUID:  # fmt: skip
        """A decision that staff have taken down on the phone, with whom they ask to attest it."""
        consent = self.decide(of, decision, channel="attested", recorded_by=self.people[by])
        values = {
            "consent_id": consent, "case_id": self.case, "action_id": self.action, "person_id": self.people[of],
            "recorded_by": self.people[by], "organisation_id": self.organisations[PEOPLE[by][1] or ""],
            "attester_id": self.people[attester],
            "attester_organisation_id": self.organisations[PEOPLE[attester][1] or ""],
            "how": "phone", "place": "Oslo",
        }  # fmt: skip
        self.insert("consent_recordings", **values | other)
        self.taken = consent
        return consent

    def attest(
        self, consent: UUID, by: str = "lantern_officer", attests: bool = True, **other: Any
    ) -> None:
        values = {
            "consent_id": consent, "case_id": self.case, "action_id": self.action, "attested_by": self.people[by],
            "attests": attests, "at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("consent_attestations", **values | other)

    def contest(self, consent: UUID, by: str = "mother", **other: Any) -> None:
        values = {
            "consent_id": consent, "case_id": self.case, "action_id": self.action, "person_id": self.people[by],
            "at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("consent_contests", **values | other)

    def sign_in(self, who: str = "mother", browser: bytes | None = None) -> UUID:
        """A session of somebody's in a browser."""
        values = {
            "id": uuid4(), "token_hash": os.urandom(32), "person_id": self.people[who], "via": "link",
            "device": "Phone",
            "created_at": self.now(), "last_seen_at": self.now(), "expires_at": self.now() + timedelta(days=30),
            "browser_hash": browser or os.urandom(32),
        }  # fmt: skip
        return UUID(str(self.insert("browser_sessions", **values)["id"]))

    def answer_device(
        self, device: UUID, by: str = "mother", own: bool = False, **other: Any
    ) -> None:
        """Somebody says of a session that it was theirs, or not."""
        values = {
            "session_id": device, "browser_hash": os.urandom(32), "person_id": self.people[by], "own": own,
            "at": self.now(),
        }  # fmt: skip
        self.insert("device_answers", **values | other)

    def withdraw(self, consent: UUID, by: str = "mother", **other: Any) -> None:
        values = {
            "consent_id": consent, "case_id": self.case, "action_id": self.action,
            "person_id": self.people[by], "at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("consent_withdrawals", **values | other)

    def agree_if(self, by: str, *conditions: dict[str, Any], **other: Any) -> UUID:
        """A yes that depends on something, in place of the plain one."""
        given = self.decide(by, "yes_with_conditions", conditions=Jsonb(list(conditions)), **other)
        self.ground(f"consent:family#{by}", by, consent_id=given)
        if by == "mother":
            self.grounds.pop("consent:family", None)
        return given

    def promise(self, consent: UUID, by: str = "coordinator", **other: Any) -> None:
        """A coordinator's word to keep to what a yes depends on."""
        values = {
            "consent_id": consent, "case_id": self.case, "action_id": self.action, "acknowledged_by": self.people[by],
            "at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("consent_acknowledgements", **values | other)

    def raise_concern(self, by: str = "aunt", kind: str = "concern", **other: Any) -> UUID:
        values = {
            "id": uuid4(), "action_id": self.action, "case_id": self.case, "kind": kind, "text": "Is it safe?",
            "raised_by": self.people[by], "raised_at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        concern: UUID = self.insert("concerns", **values | other)["id"]
        return concern

    def everybody_agrees(self, *, family: bool = True) -> None:
        """All the gate asks for, by the right people: the publication may follow."""
        for requirement, name in CLEARING.items():
            self.ground(requirement, name, clearance_id=self.clear(name))
        if family:
            self.ground("consent:family", "mother", consent_id=self.decide("mother"))

    def ground(self, requirement: str, person: str, **record: UUID) -> None:
        """Remember what the publication will rest on."""
        self.grounds[requirement] = {"person_id": self.people[person], **record}

    def older_text(self) -> None:
        """What follows concerns a text that a newer one has replaced."""
        older = self.revision, self.digest
        self.write()
        self.revision, self.digest = older

    def credit(self, requirement: str, name: str) -> None:
        """Have the grounds say that somebody else met the requirement."""
        self.grounds[requirement]["person_id"] = self.people[name]

    # -- going out ---------------------------------------------------------------------------------

    def publish(self, **other: Any) -> UUID:
        """Write the publication and its grounds, and have the database judge them as at a commit."""
        self.write_publication(**other)
        self.write_grounds()
        self.judge()
        return self.publication

    def write_publication(self, **other: Any) -> None:
        values = self.of_revision() | {
            "gate_version": self.ask("select max(version) from assent.gate_books"),
            "idempotency_key": str(uuid4()),
            "released_by": self.people[self.releaser],
            "released_at": self.now(),
        }
        if "ledger_index" not in other:
            values["ledger_index"] = self.entry(self.action)
        self.publication = self.insert("publications", **values | other)["id"]

    def write_grounds(self) -> None:
        for requirement, ground in self.grounds.items():
            values = {"publication_id": self.publication, "case_id": self.case}
            self.insert(
                "publication_grounds", **values, requirement=requirement.partition("#")[0], **ground
            )

    def judge(self) -> None:
        self.connection.execute("set constraints all immediate")
        self.connection.execute("set constraints all deferred")

    def give_address(self) -> None:
        """Its place on the public site."""
        values = [f"free-{os.urandom(6).hex()}", self.action]
        self.connection.execute("update assent.actions set slug = %s where id = %s", values)

    def retract(self, by: str = "coordinator", **other: Any) -> None:
        values = {
            "publication_id": self.publication, "case_id": self.case, "action_id": self.action,
            "cause": "coordinator", "retracted_by": self.people[by], "retracted_at": self.now(),
            "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("retractions", **values | other)

    def deliver(self, recipient: str = CONTENT["audience"][0], **other: Any) -> UUID:
        values = {
            "id": uuid4(), "publication_id": self.publication, "case_id": self.case,
            "recipient": recipient, "channel": "mail", "changed_at": self.now(),
        }  # fmt: skip
        delivery: UUID = self.insert("deliveries", **values | other)["id"]
        return delivery

    def prove(self, delivery: UUID, by: str = "coordinator") -> None:
        """The proof that it was handed over."""
        self.insert(
            "handover_proofs", delivery_id=delivery, case_id=self.case, file_id=self.store_file(by),
            attached_by=self.people[by], attached_at=self.now(), ledger_index=self.entry(self.action),
        )  # fmt: skip

    def note_copy(self, by: str = "coordinator", **other: Any) -> UUID:
        values = {
            "id": uuid4(), "publication_id": self.publication, "case_id": self.case, "place": "a newspaper",
            "noted_by": self.people[by], "noted_at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        copy: UUID = self.insert("copies", **values | other)["id"]
        return copy

    def tell(self, by: str = "coordinator", **other: Any) -> None:
        values = {
            "id": uuid4(), "publication_id": self.publication, "case_id": self.case, "outcome": "told",
            "told_by": self.people[by], "told_at": self.now(), "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("tellings", **values | other)

    def begin_answer(self, who: str = "mother") -> None:
        self.insert(
            "decision_drafts", action_id=self.action, person_id=self.people[who], case_id=self.case,
            sealed=b"sealed", saved_at=self.now(),
        )  # fmt: skip

    # -- evidence ----------------------------------------------------------------------------------

    def store_file(self, by: str = "coordinator", **other: Any) -> UUID:
        values = {
            "id": uuid4(), "case_id": self.case, "sha256": os.urandom(32).hex(), "size": 5, "media_type": "text/plain",
            "name": "letter.txt", "parts": [5], "visibility": "case", "stored_by": self.people[by],
            "organisation_id": self.organisations["harbour"], "stored_at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        file: UUID = self.insert("stored_files", **values | other)["id"]
        return file

    def read_aloud(self, by: str = "drafter", **other: Any) -> UUID:
        """The latest text, read aloud in English and recorded."""
        sha256 = os.urandom(32).hex()
        values = self.of_revision() | {
            "language": "en", "sha256": sha256, "attached_by": self.people[by], "at": self.now(),
            "file_id": self.store_file(by, sha256=sha256, media_type="audio/mpeg"),
            "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.read = UUID(str(self.insert("readings", **values | other)["id"]))
        return self.read

    def check_reading(self, reading: UUID, by: str = "reviewer", **other: Any) -> None:
        """Somebody else says that it is the text."""
        values = {
            "reading_id": reading, "case_id": self.case, "checked_by": self.people[by], "fits": True, "at": self.now(),
            "ledger_index": self.entry(self.action),
        }  # fmt: skip
        self.insert("reading_checks", **values | other)

    def bring_in(self, by: str = "coordinator", **other: Any) -> UUID:
        values = {
            "id": uuid4(), "case_id": self.case, "title": "A letter", "tier": "primary", "visibility": "case",
            "organisation_id": self.organisations["harbour"], "recorded_by": self.people[by], "recorded_at": self.now(),
            "file_id": self.store_file(by), "ledger_index": self.entry(),
        }  # fmt: skip
        evidence: UUID = self.insert("evidence", **values | other)["id"]
        return evidence

    def name_source(self, evidence: UUID, by: str = "coordinator") -> None:
        """Who it comes from, and who may read that: the writer."""
        of_evidence = {"evidence_id": evidence, "case_id": self.case}
        self.insert(
            "evidence_sources", **of_evidence, sealed=b"sealed", named_by=self.people[by], named_at=self.now(),
            ledger_index=self.entry(),
        )  # fmt: skip
        self.admit(evidence, by, by)

    def admit(self, evidence: UUID, by: str, reader: str) -> None:
        self.insert(
            "evidence_source_readers", evidence_id=evidence, case_id=self.case, person_id=self.people[reader],
            admitted_by=self.people[by], admitted_at=self.now(), ledger_index=self.entry(),
        )  # fmt: skip

    def agree_to_show(self, evidence: UUID, by: str = "coordinator", **other: Any) -> None:
        values = {
            "id": uuid4(), "evidence_id": evidence, "case_id": self.case, "country": "GB", "agrees": True,
            "recorded_by": self.people[by], "recorded_at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        self.insert("source_agreements", **values | other)

    # -- the contact book --------------------------------------------------------------------------

    def of_the_book(self, by: str, **other: Any) -> dict[str, Any]:
        now, who = self.now(), self.people[by]
        return {
            "id": uuid4(), "case_id": self.case, "recorded_by": who, "recorded_at": now, "changed_by": who,
            "changed_at": now, "ledger_index": self.entry(),
        } | other  # fmt: skip

    def know_authority(self, by: str = "drafter", **other: Any) -> UUID:
        values = {"side": "home", "country": "SE", "sort": "ministry", "name": "Foreign ministry"}
        authority: UUID = self.insert("authorities", **self.of_the_book(by, **values | other))["id"]
        return authority

    def know_contact(self, by: str = "drafter", **other: Any) -> UUID:
        values = {
            "name": "A desk officer", "address": "desk@ministry.example", "visibility": "case",
            "organisation_id": self.organisations["harbour"],
        }  # fmt: skip
        contact: UUID = self.insert("contacts", **self.of_the_book(by, **values | other))["id"]
        return contact

    # -- launches ----------------------------------------------------------------------------------

    def plan_launch(self, *actions: UUID, by: str = "coordinator") -> UUID:
        """A launch of these actions (of the latest, unless named), at a moment ahead."""
        self.launch = uuid4()
        self.insert(
            "launches", id=self.launch, case_id=self.case, title="Together", late_minutes=60,
            created_by=self.people[by], created_at=self.now(), ledger_index=self.entry(),
        )  # fmt: skip
        for action in actions or (self.action,):
            self.insert(
                "launch_actions", launch_id=self.launch, case_id=self.case, action_id=action
            )
        self.set_moment(1, by)
        return self.launch

    def set_moment(
        self, number: int, by: str = "coordinator", ahead: timedelta = timedelta(minutes=30)
    ) -> None:
        self.insert(
            "launch_moments", launch_id=self.launch, case_id=self.case, number=number,
            at=self.now() + ahead, zone="UTC", set_by=self.people[by], set_at=self.now(),
            ledger_index=self.entry(),
        )  # fmt: skip

    def answer_launch(self, by: str = "mother", agrees: bool = True, **other: Any) -> None:
        values = {
            "id": uuid4(), "launch_id": self.launch, "case_id": self.case, "person_id": self.people[by],
            "agrees": agrees, "at": self.now(), "ledger_index": self.entry(),
        }  # fmt: skip
        self.insert("launch_answers", **values | other)

    def end_launch(self, outcome: str, moment: int = 1, by: str = "coordinator") -> None:
        self.insert(
            "launch_outcomes", id=uuid4(), launch_id=self.launch, case_id=self.case, moment=moment, outcome=outcome,
            recorded_by=self.people[by], recorded_at=self.now(), ledger_index=self.entry(),
        )  # fmt: skip

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is written inside is taken back."""
        with self.connection.transaction(force_rollback=True):
            yield
