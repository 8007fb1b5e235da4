"""From a draft to a published statement and back, call by call."""

from fastapi import FastAPI

from tests.coalition import Coalition, content
from tests.web.visitors import Visitors


async def test_a_statement_goes_out_only_with_everything_on_record(
    app: FastAPI, coalition: Coalition, visitors: Visitors
) -> None:
    drafter = await visitors.program(coalition.drafter)
    begun = await drafter.post(
        "cases/teacher/actions", json={"kind": "public_statement", "title": "A word"}
    )
    print(begun.text)
    assert begun.status_code == 201
