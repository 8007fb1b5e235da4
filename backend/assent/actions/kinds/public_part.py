"""What of a statement becomes public: its texts, its pictures, and those who signed it; and the digest of just that.

To whom it is mailed, who was asked to sign and did not, how somebody agreed to be quoted: the family agrees to
these too, so they are in the content's digest, and nobody outside ever reads them. What is public therefore
has a digest of its own, which every decision's record holds beside the content's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from assent.actions.kinds.public_statement import FORM, may_be_missing, public_pictures

STATEMENT = "public_statement"


def public_part(content: Mapping[str, Any], signers: Sequence[str]) -> dict[str, Any]:
    """Return what anybody may read of a statement's content, as JSON.

    Args:
        content: a revision's, as JSON.
        signers: short names of the organisations that sign it, in the content's order.
    """
    pictures = public_pictures(content)
    described = [{"sha256": p.sha256, "alt": p.alt, "rights": p.rights} for p in pictures]
    shown = {
        "languages": {
            tag: {"title": text["title"], "body": text["body"]}
            for tag, text in content["languages"].items()
        },
        "form": {"form": FORM, "pictures": {"about": described}} if pictures else {},
        "cosigners": list(signers),
        "audience": content["audience"],
    }
    digests = dict.fromkeys(picture.sha256 for picture in pictures)
    attached = [{"sha256": digest, "kind": "photograph"} for digest in digests]
    return shown | ({"attachments": attached} if attached else {})


def canonical_of(part: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a public part."""
    return rfc8785.dumps(dict(part))


def digest_of(part: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a public part, 64 hex digits."""
    return hashlib.sha256(canonical_of(part)).hexdigest()


def becomes_public(kind: str, content: Mapping[str, Any]) -> bool:
    """Whether anybody may read of this content once it is released."""
    return kind == STATEMENT and bool(content["audience"] == "public")


def outward_marks(kind: str, digest: str, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a record about a text keeps, so that what is public later can be held against it.

    `public_digest` is that of the public part without those who may be missing, who are named beside it: whoever
    takes them from the signers of what was published comes to this digest, whichever of them signed in time.

    Args:
        digest: of the whole content. Where all of it becomes public, nothing more is kept.
        content: the revision's, as JSON.
    """
    if not content or not becomes_public(kind, content):
        return {}
    deadline = may_be_missing(content)
    optional = deadline[1] if deadline else []
    signers = [slug for slug in content["cosigners"] if slug not in optional]
    marks: dict[str, Any] = {"public_digest": digest_of(public_part(content, signers))}
    if marks["public_digest"] == digest:
        return {}
    return marks | ({"may_be_missing": list(optional)} if optional else {})
