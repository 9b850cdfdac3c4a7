"""What a sink of kind newrelic needs, and where its addresses are by region."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from vedette.model.secret import Secret
from vedette.ports.calling import web_address

# https://docs.newrelic.com/docs/accounts/accounts-billing/account-setup/choose-your-data-center/
EVENTS = {"us": "https://insights-collector.newrelic.com", "eu": "https://insights-collector.eu01.nr-data.net"}
METRICS = {"us": "https://metric-api.newrelic.com", "eu": "https://metric-api.eu.newrelic.com"}


def _digits(account: str) -> str:
    if not re.fullmatch("[0-9]{0,20}", account):
        raise ValueError("expected the number of the account")
    return account


class Config(BaseModel):
    """An account, and what of New Relic takes its points."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    license_key: Secret = Field(description="License key (of type INGEST - LICENSE) of the account.")
    account: Annotated[str, AfterValidator(_digits)] = Field(
        default="", description="Account id, in quotes; needed for events, not for metrics."
    )
    api: Literal["events", "metrics", "both"] = Field(
        default="events", description="What takes the points: the Event API, the Metric API, or both."
    )
    region: Literal["us", "eu"] = Field(default="us", description="Where the account's data lies.")
    url: Annotated[str, AfterValidator(web_address)] | None = Field(
        default=None, description="Address of both APIs in place of the region's own, for a proxy."
    )
    allow_private: bool = Field(default=False, description="url may lie on a private network.")

    @model_validator(mode="after")
    def _has_an_account(self) -> Self:
        if self.wants_events and not self.account:
            raise ValueError('events need account: "1234567"; or choose api: metrics')
        return self

    @property
    def events_url(self) -> str:
        """Address of the Event API."""
        return self.url or EVENTS[self.region]

    @property
    def metrics_url(self) -> str:
        """Address of the Metric API."""
        return self.url or METRICS[self.region]

    @property
    def wants_events(self) -> bool:
        """Whether points become events."""
        return self.api in ("events", "both")

    @property
    def wants_metrics(self) -> bool:
        """Whether points become metrics."""
        return self.api in ("metrics", "both")
