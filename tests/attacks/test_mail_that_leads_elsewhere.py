"""A mail of ours leads to us, whoever put it into the queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from assent.notify.jobs import running
from assent.notify.mail import send_mail
from tests.coalition import Coalition
from tests.web.visitors import Visitors


def written(data: Path) -> int:
    """How many mails lie in the data folder, where they go without a mail server."""
    return len(list((data / "mail").glob("*.eml")))


@pytest.mark.parametrize(
    ("path", "leaves"), [("/", 1), ("@evil.example/", 0), (".evil.example/", 0), (":8443/", 0)]
)
async def test_it_leads_to_us_or_does_not_leave(
    coalition: Coalition, visitors: Visitors, path: str, leaves: int
) -> None:
    settings = visitors.app.state.settings
    async with running(coalition.database, settings):
        await send_mail(str(coalition.mother.person_id), "something_waits", path)
    assert written(settings.data) == leaves
