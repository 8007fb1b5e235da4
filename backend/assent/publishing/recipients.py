"""Recipients as people write them: "Name <address>", a bare address, or only a name."""

from __future__ import annotations

from email.utils import parseaddr

from email_validator import EmailNotValidError, validate_email


def mail_address(recipient: str) -> str | None:
    """Return the e-mail address in a recipient, or None where Assent cannot deliver by mail."""
    _, address = parseaddr(recipient)
    if "@" not in address:
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None
