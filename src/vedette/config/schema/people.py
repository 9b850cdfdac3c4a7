"""`access.roles:` and `access.people:`, who should have which access, and how their addresses are found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from vedette.config.schema.base import Block, Filled, Flag
from vedette.config.schema.projects import Instances
from vedette.config.schema.slugs import Day, Login, Mail
from vedette.model.access import DeclaredRole, DirectoryFile, Person
from vedette.model.org import OrgRole, TeamRole

_USUAL_ROLE = DeclaredRole("")
_USUAL_PERSON = Person("")
_USUAL_DIRECTORY = DirectoryFile("")


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value))


def _teams_form(value: Any) -> str | None:
    return "list" if isinstance(value, list | tuple) else "map" if isinstance(value, Mapping) else None


RoleTeams = Annotated[
    Annotated[tuple[Filled, ...], Tag("list")] | Annotated[dict[str, TeamRole | None], Tag("map")],
    Discriminator(_teams_form, custom_error_type="teams_form", custom_error_message="should be teams"),
]


class RoleBlock(Block):
    """What a role brings to whoever has it."""

    role: OrgRole = Field(default=_USUAL_ROLE.role, description="Role in the organisation; the strongest one holds.")
    teams: RoleTeams = Field(
        default=(),
        description="Slugs of teams, or a map of them to the role in each: {checkout: admin}. Without a role in it, a "
        "team takes whatever Sentry gives.",
    )
    expires: Day | None = Field(default=None, description="The role is ignored from this day on (UTC).")
    instances: tuple[Filled, ...] = Instances

    def frozen(self, name: str) -> DeclaredRole:
        """The block as rules read it."""
        teams = self.teams if isinstance(self.teams, Mapping) else dict.fromkeys(self.teams)
        return DeclaredRole(name=name, **(self.values() | {"teams": teams}))


class PersonBlock(Block):
    """A person or bot, and one way to their address: email, github or directory."""

    email: Mail | None = Field(default=None, description="Their e-mail address.")
    github: Login | None = Field(
        default=None, description="Their login on GitHub: the public address of that profile is theirs."
    )
    directory: Filled | None = Field(default=None, description="Their id in the file of access.directory.")
    roles: Annotated[tuple[Filled, ...], AfterValidator(_once)] = Field(
        default=_USUAL_PERSON.roles, description="Names of their roles, under access.roles."
    )
    expires: Day | None = Field(default=None, description="They have no role any more from this day on (UTC).")
    bot: Flag = Field(default=_USUAL_PERSON.bot, description="Whether it is a machine's account.")
    instances: tuple[Filled, ...] = Instances

    def frozen(self, name: str) -> Person:
        """The block as rules read it."""
        return Person(name=name, **self.values())


class DirectoryBlock(Block):
    """A file of people: CSV with a header, or an LDAP export (LDIF)."""

    file: Path = Field(description="The file, from the folder of this one.")
    id: Filled = Field(default=_USUAL_DIRECTORY.id, description="Column, or attribute, of the id.")
    email: Filled = Field(default=_USUAL_DIRECTORY.email, description="Column, or attribute, of the address.")

    def frozen(self) -> DirectoryFile:
        """The block as flows read it."""
        return DirectoryFile(file=str(self.file), id=self.id, email=self.email)
