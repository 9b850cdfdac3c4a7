"""Config: what the settings say of one Asana."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vedette.model.secret import Secret

API = "https://app.asana.com/api/1.0"
# A duplicate was closed because the work goes on elsewhere: cutting it anew would annoy whoever said so.
WONT_DO = ("Won't do", "Won't fix", "Declined", "Duplicate")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected the address of Asana's interface, such as {API}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("expected an address without credentials, query or fragment")
    return url.rstrip("/")


def _gid(text: str) -> str:
    if not text.isdecimal():
        raise ValueError("expected a workspace's gid, digits only, such as 1200: app.asana.com/api/1.0/workspaces")
    return text


class Config(BaseModel):
    """An Asana workspace. `token` is a personal access token, or that of an app where `oauth` is true.

    `stamp_field` is the name or gid of a text field that holds our key; without it the key is a line of the notes.
    `projects` are the only places to look for a ticket that was moved; none: every project that the token sees.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    workspace: Annotated[str, AfterValidator(_gid)] = Field(description="Gid of the workspace or organisation.")
    token: Secret = Field(description="Personal access token of the bot, or an app's token where `oauth` is true.")
    url: Annotated[str, AfterValidator(_address)] = Field(default=API, description="Address of Asana's interface.")
    stamp_field: str = Field(
        default="",
        description="Name or gid of a text field that holds the key; without it the key stands in the notes.",
    )
    oauth: bool = Field(default=False, description="The token is an app's, which may keep the key as its own data.")
    projects: tuple[str, ...] = Field(
        default=(),
        description="Names, gids or portfolio:GID of the only further projects to look for a moved task in; "
        "empty: every project that the token sees.",
    )
    priorities: tuple[str, ...] = Field(
        default=(),
        description="Options of the field Priority, the highest first; unless given, in the order that the field has.",
    )
    done_sections: tuple[str, ...] = Field(
        default=("Done",), description="Sections that complete a task which is put into them."
    )
    wont_do_sections: tuple[str, ...] = Field(
        default=WONT_DO, description="Sections that mean, on a completed task: this will not be done."
    )
