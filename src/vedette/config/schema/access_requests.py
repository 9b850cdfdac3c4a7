"""`access.requests:`, who hears of requests for access, and what becomes of them."""

from datetime import timedelta

from pydantic import Field

from vedette.config.schema.base import Block, Filled, Flag
from vedette.model.requests import AnswerPolicy, RequestSettings

_USUAL = RequestSettings()


class RequestsBlock(Block):
    """Who hears of requests for access, and what becomes of them."""

    poll: Flag = Field(
        default=_USUAL.poll, description="Whether `vedette serve` reads every five minutes who asks for access."
    )
    notify: tuple[Filled, ...] = Field(
        default=_USUAL.notify, description="Names of notifiers under notifiers: that are told of each request."
    )
    repeat: timedelta = Field(
        default=_USUAL.repeat,
        ge=timedelta(hours=1),
        le=timedelta(days=365),
        description="How long after a notifier took it a request that stays open is told again.",
    )
    answer: AnswerPolicy = Field(
        default=_USUAL.answer,
        description="What becomes of it in Sentry once everybody was told: leave (open, for a person) or deny.",
    )

    def frozen(self) -> RequestSettings:
        """The block as rules read it."""
        return RequestSettings(**(self.values() | {"notify": tuple(dict.fromkeys(self.notify))}))
