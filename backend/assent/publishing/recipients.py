"""Recipients as people write them: "Name <address>", a bare address, or only a name."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from email_validator import EmailNotValidError, validate_email

from assent.actions.kinds.public_statement import press_list


def mail_address(recipient: str) -> str | None:
    """Return the e-mail address in a recipient, or None where Assent cannot deliver by mail."""
    _, address = parseaddr(recipient)
    if "@" not in address:
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def recipients_of(content: Mapping[str, Any]) -> list[str]:
    """Return everybody a text is delivered to, each once: its audience, and those told of what is public.

    Args:
        content: a revision's, as JSON.
    """
    audience = content["audience"]
    named = audience if isinstance(audience, list) else press_list(content)
    return list(dict.fromkeys(named))
