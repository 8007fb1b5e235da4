"""A small log with witnesses, and receipts from it: everything made anew for each run, nothing stored."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assent.ledger import tree
from assent.ledger.checkpoints import Checkpoint, signed
from assent.ledger.cosignatures import WitnessSigner
from assent.ledger.exports import OpenedEntry, write_export
from assent.ledger.notes import LogSigner, Note
from assent.ledger.passkey_signatures import PasskeySignature, challenge_of
from assent.ledger.proofs import LogProof
from assent.ledger.receipts import Opening, Receipt, make_receipt
from assent.ledger.records import canonical_record, entry_of
from assent.ledger.tiles import make_bundle
from assent.ledger.tree import Frontier, Node, leaf_hash
from assent.ledger.trust import Trust

NOW = 1_790_000_000
CONTENT = {
    "languages": {"en": {"title": "Two years", "body": "Without a trial."}},
    "form": {},
    "cosigners": ["harbour"],
    "audience": "public",
}
DIGEST = hashlib.sha256(canonical_record(CONTENT)).hexdigest()
SHOWN = hashlib.sha256(canonical_record(CONTENT["languages"]["en"])).hexdigest()  # type: ignore[index]


def a_record(number: int, **body: Any) -> dict[str, Any]:
    """Return the record of a relative's yes."""
    decided = {
        "consent": f"00000000-0000-7000-8000-{number:012}",
        "digest": DIGEST,
        "decision": "yes",
        "conditions": [],
        "question": "",
        "language": "en",
        "shown_digest": SHOWN,
        "notice_version": "2",
        "channel": "session",
        "expires_at": "2026-12-25T10:00:00.000000Z",
    }
    return {
        "v": 1,
        "event": "consent_decided",
        "at": "2026-11-25T10:00:00.000000Z",
        "case": "00000000-0000-7000-8000-00000000ca5e",
        "action": "00000000-0000-7000-8000-0000000000ac",
        "actor": {"person": "00000000-0000-7000-8000-0000000000aa", "credential": "session:1"},
        "body": decided | body,
    }


@dataclass
class Log:
    """A log under a key of its own, with two witnesses."""

    signer: LogSigner = field(
        default_factory=lambda: LogSigner("log.example", Ed25519PrivateKey.generate())
    )
    witnesses: list[WitnessSigner] = field(
        default_factory=lambda: [
            WitnessSigner(f"witness.example/{name}", Ed25519PrivateKey.generate())
            for name in ("one", "two")
        ]
    )
    frontier: Frontier = field(default_factory=Frontier)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    entries: list[bytes] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)

    def append(self, record: dict[str, Any], **more: Any) -> int:
        opening = Opening(record, os.urandom(32), **more)
        entry = entry_of(canonical_record(record), opening.secret)
        self.frontier, completed = self.frontier.grown(leaf_hash(entry))
        self.nodes.update(completed)
        self.entries.append(entry)
        self.openings.append(opening)
        return self.frontier.size - 1

    def filled(self, count: int) -> Log:
        for number in range(count):
            self.append(a_record(number))
        return self

    @property
    def trust(self) -> Trust:
        return Trust((self.signer.key,), tuple(w.key for w in self.witnesses), len(self.witnesses))

    @property
    def keys(self) -> tuple[str, ...]:
        return (str(self.signer.key), *(str(witness.key) for witness in self.witnesses))

    def checkpoint(self, size: int | None = None, cosigned: bool = True) -> Note:
        size = self.frontier.size if size is None else size
        root = tree.root(size, self.nodes.__getitem__)
        note = signed(Checkpoint(self.signer.name, size, root), self.signer)
        if not cosigned:
            return note
        return note.signed_also(witness.cosign(note.text, NOW) for witness in self.witnesses)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return tree.consistency_proof(old, new, self.nodes.__getitem__)

    def path(self, index: int) -> tuple[bytes, ...]:
        return tuple(tree.inclusion_proof(index, self.frontier.size, self.nodes.__getitem__))

    def receipt(self, index: int, cosigned: bool = True, needed: int = 2) -> Receipt:
        proof = LogProof(index, self.path(index), self.checkpoint(cosigned=cosigned))
        return make_receipt(proof, self.openings[index], keys=self.keys, needed=needed)


def an_export(
    log: Log,
    *,
    entries: Sequence[bytes] | None = None,
    with_entries: bool = True,
    opened: Sequence[OpenedEntry] | None = None,
) -> bytes:
    """Return an export of the log, with some of its records opened."""
    if opened is None:
        opened = [
            OpenedEntry(
                index,
                dict(log.openings[index].record),
                log.openings[index].secret,
                () if with_entries else log.path(index),
            )
            for index in (0, 3, 4, log.frontier.size - 1)
        ]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        write_export(
            archive,
            checkpoint=str(log.checkpoint()),
            keys=log.keys,
            records=iter(opened),
            entries=iter([make_bundle(entries or log.entries)]) if with_entries else None,
        )
    return file.getvalue()


def signed_with_a_passkey(
    secret: Ed25519PrivateKey, record: dict[str, Any], **other: Any
) -> PasskeySignature:
    """Return the signature of a device that holds an Ed25519 passkey."""
    named = ("digest", "decision", "conditions", "language", "shown_digest", "notice_version")
    statement = {name: record["body"][name] for name in named} | other
    client = {
        "type": "webauthn.get",
        "challenge": challenge_of(statement),
        "origin": "https://assent.example",
    }
    client_data = json.dumps(client).encode()
    authenticator_data = hashlib.sha256(b"assent.example").digest() + b"\x05" + bytes(4)
    message = authenticator_data + hashlib.sha256(client_data).digest()
    public = secret.public_key().public_bytes_raw()
    # A COSE key of kind OKP, algorithm EdDSA, curve Ed25519.
    cose = bytes.fromhex("a4010103272006215820") + public
    return PasskeySignature(statement, authenticator_data, client_data, secret.sign(message), cose)
