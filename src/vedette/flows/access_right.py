"""Access right: one run at a time changes an organisation; who has the right renews it as long as they go on.

Law: nothing is sent once the right ran out, and no call outlives it: whoever takes it over finds nothing on its way.
"""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from getpass import getuser
from uuid import uuid4

from vedette.errors import Unavailable, VedetteError
from vedette.flows.context import Context
from vedette.model.access_runs import Holder
from vedette.model.changes import Change, DeleteProject
from vedette.ports.clock import elapsed
from vedette.ports.http import Fence
from vedette.store import access

#: How long a right stands that nobody renews: longer than any call, short enough to wait for after a crash.
LASTING = timedelta(minutes=2)
# GlitchTip deletes a project's events before it answers: https://github.com/app-sre/qontract-reconcile/pull/3729.
_LONG = timedelta(minutes=12)
_SHARE = 0.8  # of it is used for calls: clocks differ, and the outcome has to be written


class RightLost(VedetteError):
    """Somebody else may change the organisation now."""


class SomebodyElse(Unavailable):
    """Another run has the right."""


@dataclass(slots=True)
class Right:
    """The right to change some organisations."""

    context: Context
    token: str
    instances: tuple[str, ...]
    lasting: timedelta
    renewed: float

    def keep(self) -> None:
        """Renew it when a quarter of its time has passed; raises `RightLost` where it is not ours any more."""
        if elapsed() - self.renewed >= self.lasting.total_seconds() / 4:
            self._renew(self.lasting)

    def fence(self, change: Change) -> Fence:
        """How long the calls of a change may take, the right renewed for so long."""
        if isinstance(change, DeleteProject):
            self._renew(max(_LONG, self.lasting))
            return Fence(self.renewed + max(_LONG, self.lasting).total_seconds() * _SHARE)
        return Fence(self.renewed + self.lasting.total_seconds() * _SHARE)

    def _renew(self, lasting: timedelta) -> None:
        asked = elapsed()
        kept = self.context.store.write(
            lambda tx: access.keep(tx, token=self.token, lasting=lasting, now=self.context.clock())
        )
        if kept != len(self.instances):
            raise RightLost("this run lost its right to change the organisation; see `vedette access runs`")
        self.renewed = asked


@contextmanager
def right(context: Context, instances: Sequence[str], *, who: str, lasting: timedelta = LASTING) -> Iterator[Right]:
    """Take the right for as long as the block lasts; raises `SomebodyElse` with who has it, and since when."""
    token, began = uuid4().hex, elapsed()
    other = context.store.write(
        lambda tx: access.take(tx, instances, token=token, who=who, lasting=lasting, now=context.clock())
    )
    if other is not None:
        raise SomebodyElse(_told(other))
    try:
        yield Right(context, token, tuple(instances), lasting, began)
    finally:
        context.store.write(lambda tx: access.drop(tx, token=token))


def myself() -> str:
    """Who runs this process: user, machine and process."""
    return f"{_user()}@{socket.gethostname()}:{os.getpid()}"


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid{os.getuid()}"


def _told(holder: Holder) -> str:
    return (
        f"{holder.who} has been changing {holder.instance} since {holder.since:%Y-%m-%d %H:%M:%S} UTC; "
        f"wait for it to end. Should it have died, its right ends at {holder.until:%H:%M:%S} UTC"
    )
