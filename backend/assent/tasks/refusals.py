"""What the tasks room refuses."""

from assent.database.violations import register
from assent.refusal import N_, Conflict, Forbidden, Invalid


class NobodyAssigned(Invalid):
    """A task is for a person or an organisation of the case."""

    type = "nobody-assigned"
    title = N_("Say who should do this: a person or an organisation in this case.")


class TaskClosed(Conflict):
    """The task has been closed already."""

    type = "task-closed"
    title = N_("This task has been closed already.")


class NotYourTask(Forbidden):
    """A task is closed by those it is for, or by a coordinator."""

    type = "not-your-task"
    title = N_("This task is somebody else's.")


class FollowsTheGate(Conflict):
    """A task that a gate opened closes when its requirement is met, not by hand."""

    type = "follows-the-gate"
    title = N_("This task closes by itself when the gate has what it asks for.")


register("tasks_for_somebody", NobodyAssigned)
