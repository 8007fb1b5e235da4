"""What the decision weighs: pages of a case go out uncompressed (decision 0009) and have to be small by themselves."""

from __future__ import annotations

from tests.coalition import STATEMENT, Coalition
from tests.web.visitors import Visitors

# Of 15 KB for a return; the rest is for headers.
MOST = 11 * 1024


async def test_reading_and_answering_again_is_a_few_kilobytes(
    coalition: Coalition, visitors: Visitors
) -> None:
    action = await coalition.a_statement()
    await coalition.everybody_clears(action)
    mother = await visitors.browser(coalition.mother)
    page = (await mother.get(f"/actions/{action}/decide")).content
    await coalition.says(coalition.mother, action, "yes")
    decided = (await mother.get(f"/actions/{action}/decided")).content
    text = len("".join(STATEMENT["fa"].values()).encode())
    print(f"\ndecision page {len(page)} bytes (its text {text}), answer {len(decided)} bytes")  # noqa: T201
    assert len(page) + len(decided) <= MOST
