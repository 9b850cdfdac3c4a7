"""What every way of access asks first: which instances are managed, and at what pace."""

from collections.abc import Callable, Sequence
from threading import Lock

from vedette.config.nearest import suggestion
from vedette.errors import VedetteError
from vedette.flows.context import Context
from vedette.flows.pacing import Pacer

Pace = Callable[[], None]


def managed(context: Context, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The managed instances of these names, or all; raises `VedetteError` for a name that is none's."""
    there = context.settings.access.instances
    if not there:
        raise VedetteError(
            "no Sentry instance is managed: write `access:` with teams or people into the settings, or let "
            "`vedette access adopt` write down what is there"
        )
    for name in names:
        if name not in there:
            raise VedetteError(f"access does not manage an instance {name}; {suggestion(name, there)}")
    return tuple(name for name in there if not names or name in names)


def paced(context: Context, pace: Pace | None = None) -> Pace:
    """Waits for a call's turn at the rate that `access.rate_per_s` allows; safe to call from several threads."""
    pacer, alone = Pacer(context.settings.access.rate_per_s), Lock()

    def wait() -> None:
        with alone:
            if pace is not None:
                pace()
            pacer.wait()

    return wait
