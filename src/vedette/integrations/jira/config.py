"""Config: what the settings say of one Jira."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette.model.secret import Secret

# A duplicate was closed because the work goes on elsewhere: cutting it anew would annoy whoever said so.
WONT_DO = ("Won't Do", "Won't Fix", "Declined", "Duplicate")


class Flavour(StrEnum):
    """Which of the two products answers."""

    CLOUD = "cloud"
    DATA_CENTER = "data_center"


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected the address of a Jira, such as https://acme.atlassian.net")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without credentials, query or fragment")
    return url.rstrip("/")


class Config(BaseModel):
    """A Jira. `email` makes the credentials Basic (Cloud's API tokens); without it `token` is sent as Bearer."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)] = Field(
        description="Address of the Jira, such as https://acme.atlassian.net."
    )
    token: Secret = Field(description="API token of the account (Cloud), or its personal access token (Data Center).")
    email: str = Field(default="", description="Mail address of the account; Cloud's tokens need it.")
    flavour: Flavour | None = Field(
        default=None, description="cloud or data_center; told from email and address unless given."
    )
    wont_do_resolutions: tuple[str, ...] = Field(
        default=WONT_DO, description="Resolutions that mean: this will not be done."
    )

    @property
    def kind(self) -> Flavour:
        """The flavour that was named, else Cloud where an e-mail is given or the host is Atlassian's."""
        if self.flavour is not None:
            return self.flavour
        host = urlsplit(self.url).hostname or ""
        cloud = bool(self.email) or host.endswith((".atlassian.net", ".atlassian.com", ".jira.com"))
        return Flavour.CLOUD if cloud else Flavour.DATA_CENTER
