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


class ActionUnseen(Invalid):
    """The task is about an action that those who should do it may not see."""

    type = "action-unseen"
    title = N_("They cannot see this action.")
    advice = N_("Share the action first, or give the task to somebody who sees it.")


class DueInThePast(Invalid):
    """The day is over already."""

    type = "due-in-the-past"
    title = N_("Choose today or a later day.")


register("tasks_for_somebody", NobodyAssigned)
