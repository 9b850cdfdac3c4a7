"""Config: what the settings say of one GitHub, signed in by a token or as an installed App, never both."""

import importlib.util
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from vedette.integrations.github.text import LONGEST_LABEL
from vedette.model.secret import Secret

_APP = ("app_id", "installation_id", "private_key")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected the address of the interface, such as https://github.acme.example/api/v3")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without credentials, query or fragment")
    if parts.hostname == "github.com":
        raise ValueError("expected the interface's address, https://api.github.com, or no `url:` at all")
    return url.rstrip("/")


def _text(number: object) -> object:
    # Ids are numbers in GitHub's pages and so are often written without quotes.
    return str(number) if isinstance(number, int) and not isinstance(number, bool) else number


def _label(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_LABEL:
        raise ValueError(f"expected a label of 1 to {LONGEST_LABEL} characters")
    return text.strip()


class Config(BaseModel):
    """A GitHub. Either `token`, or `app_id` (or client id), `installation_id` and `private_key` (PEM).

    `status_labels` stand for statuses of open issues, so that a route's `status` may name one of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_address)] = "https://api.github.com"
    token: Secret | None = None
    app_id: Annotated[str, BeforeValidator(_text)] = ""
    installation_id: Annotated[str, BeforeValidator(_text)] = ""
    private_key: Secret | None = None
    status_labels: tuple[Annotated[str, AfterValidator(_label)], ...] = ()

    @property
    def is_app(self) -> bool:
        """Whether an installed App signs in."""
        return self.private_key is not None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in _APP if getattr(self, name)]
        if self.token is not None and given:
            raise ValueError(f"give either `token` or an App, not both: remove `token`, or {', '.join(given)}")
        if self.token is None and len(given) < len(_APP):
            missing = ", ".join(name for name in _APP if name not in given)
            raise ValueError(f"give `token`, or an App by all three keys; missing of the App: {missing}")
        if given and not self.installation_id.isdecimal():
            raise ValueError("`installation_id` is a number: the last part of the installation's address")
        if given and not all(importlib.util.find_spec(name) for name in ("jwt", "cryptography")):
            raise ValueError("an App needs two packages more: install vedette[github]")
        return self
