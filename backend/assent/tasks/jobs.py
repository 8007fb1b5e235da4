"""Jobs of tasks: what time alone opens and closes."""

from __future__ import annotations

from assent.notify.jobs import app, database
from assent.tasks import gate_tasks


@app.periodic(cron="* * * * *")
@app.task(name="tasks.follow_time", queueing_lock="tasks.follow_time", pass_context=False)
async def follow_time(timestamp: int) -> None:
    """Once a minute: release times that have come, consents that have lapsed."""
    async with database().session(job=True) as session:
        await gate_tasks.follow_time(session)
