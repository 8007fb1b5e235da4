"""Why the embedded PostgreSQL cannot run, in words for whoever has to mend it."""


class CannotStart(Exception):
    """The embedded PostgreSQL cannot be started; the message says what is wrong and what to do."""
