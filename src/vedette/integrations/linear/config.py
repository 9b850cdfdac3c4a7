"""Config: what the settings say of one Linear workspace."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from vedette.model.secret import Secret

ADDRESS = "https://api.linear.app/graphql"


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path in ("", "/"):
        raise ValueError(f"expected the address of a GraphQL endpoint, such as {ADDRESS}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without credentials, query or fragment")
    return url.rstrip("/")


class Config(BaseModel):
    """A workspace. An API key is sent as it is; with `oauth` the token is that of an application, sent as Bearer."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    token: Secret
    url: Annotated[str, AfterValidator(_address)] = ADDRESS
    oauth: bool = False

    @property
    def origin(self) -> str:
        """Scheme and host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        """Where on the host GraphQL is spoken."""
        return urlsplit(self.url).path
