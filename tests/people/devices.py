"""A device that makes passkeys and signs with them, in software."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"


def written(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """One device with one key.

    Attributes:
        origin: of the page it thinks it is on.
        server: the name it thinks it is at.
        count: how often it has signed.
        flags: 0x05: it saw its owner; 0x01: somebody was there.
    """

    origin: str = ORIGIN
    server: str = "localhost"
    count: int = 0
    flags: int = 0x05
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: os.urandom(32))

    def client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}
        return json.dumps(said | {"crossOrigin": False}).encode()

    def data(self, more: bytes = b"", flags: int = 0) -> bytes:
        server = hashlib.sha256(self.server.encode()).digest()
        return server + bytes([self.flags | flags]) + self.count.to_bytes(4, "big") + more

    def make(self, options: dict[str, Any]) -> str:
        """Make a passkey."""
        numbers = self.key.public_key().public_numbers()
        public = {
            1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big"),
        }  # fmt: skip
        made = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self.data(made, 0x40)}
        client = self.client_data("create", options["challenge"])
        response = {
            "clientDataJSON": written(client), "attestationObject": written(cbor2.dumps(attestation)),
        }  # fmt: skip
        return self._credential(response)

    def sign(self, options: dict[str, Any], *, counts: bool = True) -> str:
        """Sign a challenge."""
        self.count += counts
        client, data = self.client_data("get", options["challenge"]), self.data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": written(client), "authenticatorData": written(data), "signature": written(signature),
        }  # fmt: skip
        return self._credential(response)

    def _credential(self, response: dict[str, str]) -> str:
        credential = {
            "id": written(self.id), "rawId": written(self.id), "type": "public-key", "response": response,
            "clientExtensionResults": {},
        }  # fmt: skip
        return json.dumps(credential)
