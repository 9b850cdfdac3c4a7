"""`notifiers:` and `alarms:`, who is told when something is wrong."""

from datetime import timedelta
from typing import Any

from pydantic import ConfigDict, Field

from vedette.config.schema.base import ZERO, Block, Filled, Rate, Whole
from vedette.model.alarms import Severity
from vedette.model.settings import AlarmSettings, NotifierSettings

_USUAL = NotifierSettings(name="", kind="", config=None)
_ALARMS = AlarmSettings()


class NotifierBlock(Block):
    """A way to tell people; beside these keys it takes those of its kind."""

    model_config = ConfigDict(extra="allow")

    kind: Filled = Field(description="Which vendor it is: smtp, pagerduty, slack, webhook or sns.")
    rate_per_s: Rate = Field(default=_USUAL.rate_per_s, description="Most notices a second, over all processes.")
    concurrency: Whole = Field(
        default=_USUAL.concurrency, ge=1, le=1000, description="Most notices at a time, over all processes."
    )
    timeout: timedelta = Field(
        default=_USUAL.timeout, gt=ZERO, description="How long one notice may take; must be shorter than queue.lease."
    )

    def frozen(self, name: str, config: Any) -> NotifierSettings:
        """The block as flows read it, with the vendor's own settings."""
        return NotifierSettings(
            name=name,
            kind=self.kind,
            config=config,
            rate_per_s=self.rate_per_s,
            concurrency=self.concurrency,
            timeout=self.timeout,
        )


class AlarmsBlock(Block):
    """Who is told when something is wrong, and how often."""

    operators: tuple[Filled, ...] = Field(
        default=_ALARMS.operators, description="Names of notifiers under notifiers: that are told of everything."
    )
    quiet: timedelta = Field(
        default=_ALARMS.quiet, gt=ZERO, description="Shortest time between two tellings of one cause."
    )
    minimum: Severity = Field(
        default=_ALARMS.minimum, description="What is milder than this is shown on the pages and told to nobody."
    )

    def frozen(self) -> AlarmSettings:
        """The block as flows read it; a notifier named twice is told once."""
        return AlarmSettings(tuple(dict.fromkeys(self.operators)), self.quiet, self.minimum)
