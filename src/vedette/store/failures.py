"""Failures of the store itself, told so that a door can answer 503 and an operator knows the cure."""

from vedette.errors import Unavailable, VedetteError


class StoreUnavailable(Unavailable):
    """The database could not keep what it was given (disk full, I/O error, no connection): nothing was stored."""


class StoreBusy(Unavailable):
    """More deliveries wait for the disk than the intake's queue may hold; the sender should come again."""


class StoreRefused(VedetteError):
    """The store may not be used in this way; the message says why and what to do."""


class LeaseLost(Exception):
    """The job's lease belongs to somebody else by now, so this outcome must not be recorded."""
