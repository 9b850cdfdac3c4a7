"""`sentry:`, the servers that record errors."""

from datetime import timedelta

from pydantic import Field

from vedette.config.schema.base import ZERO, Address, Block, Filled, Flag, Rate, Whole
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, SentryInstance

_USUAL = SentryInstance(name="", url="", organization="", token=Secret(("",)))


class SentryBlock(Block):
    """One Sentry, self-hosted Sentry or GlitchTip, and one organisation on it."""

    url: Address = Field(description="Address of the server, such as https://sentry.io.")
    organization: Filled = Field(description="Slug of the organisation.")
    token: Secret = Field(
        description="Token of an internal integration, or an auth token, that may read issues and events."
    )
    client_secret: Secret | None = Field(
        default=None, description="Client secret of the internal integration; it signs the webhooks at /hooks/sentry."
    )
    path_tokens: Secret | None = Field(
        default=None,
        description="Unguessable last part of the address for hooks that carry no signature: "
        "/hooks/sentry/legacy/{token} and /hooks/glitchtip/{token}.",
    )
    dialect: Dialect = Field(
        default=_USUAL.dialect,
        description="How the server speaks: sentry (sentry.io, self-hosted since 10), sentry9 (self-hosted 9) "
        "or glitchtip.",
    )
    rate_per_s: Rate = Field(default=_USUAL.rate_per_s, description="Most calls a second, over all processes.")
    concurrency: Whole = Field(
        default=_USUAL.concurrency, ge=1, le=1000, description="Most calls at a time, over all processes."
    )
    timeout: timedelta = Field(default=_USUAL.timeout, gt=ZERO, description="How long one call may take.")
    link_back: Flag = Field(default=_USUAL.link_back, description="Leave the ticket's address on the Sentry issue.")

    def frozen(self, name: str) -> SentryInstance:
        """The block as flows read it."""
        return SentryInstance(name=name, **self.values())
