"""Everybody a text is delivered to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assent.actions.kinds.public_statement import press_list


def recipients_of(content: Mapping[str, Any]) -> list[str]:
    """Return everybody a text is delivered to, each once: its audience, and those told of what is public.

    Args:
        content: a revision's, as JSON.
    """
    audience = content["audience"]
    named = audience if isinstance(audience, list) else press_list(content)
    return list(dict.fromkeys(named))
