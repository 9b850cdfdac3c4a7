"""`ownership:`, the CODEOWNERS texts, and what teams own by tags and URL."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from vedette.config.schema.base import ZERO, Address, Block, Filled, Flag, Shape, Text, fault
from vedette.model.owners import CodeownersSource, Entity, EntityKind, PathMap, Resolver
from vedette.model.secret import Secret
from vedette.model.settings import Mode, Settings
from vedette.rules.matching import NoMatcher, parse

_REPOSITORY = Shape(r"|[\w.-]+/[\w.-]+", "should be a repository", "write owner/name")
_USUAL = CodeownersSource(name="")

_RESOLVERS = Settings(mode=Mode.PRODUCTION, instances={}, trackers={}).resolvers


def _matcher(text: str) -> str:
    try:
        parse(text)
    except NoMatcher as error:
        raise fault(error.message, error.cure) from None
    return text


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    # A minimal length would be missed, too, by a list whose only item is wrong.
    if not values:
        raise fault("is empty", "add at least one")
    return values


MatcherText = Annotated[str, AfterValidator(_matcher), Field(json_schema_extra={"title": "matcher"})]


class PathMapBlock(Block):
    """A prefix of a frame's path, and what stands in the repository instead."""

    model_config = ConfigDict(populate_by_name=False)

    prefix: Text = Field(alias="from", description="Prefix of the path in the stack, such as /app/.")
    to: Text = Field(default="", description="What the repository has instead; empty takes the prefix away.")


class CodeownersBlock(Block):
    """Where one CODEOWNERS comes from: one of text, file and url, or else the repository itself."""

    name: Text = Field(default="", description="Name in messages; the repository, file or address unless given.")
    projects: tuple[Filled, ...] = Field(
        default=(), description="Slugs of the Sentry projects it serves; none means every project."
    )
    text: str = Field(default="", description="The rules themselves.")
    file: Path | None = Field(
        default=None,
        description="File with the rules, from the folder of the settings; - reads them from standard input.",
    )
    url: Address | None = Field(default=None, description="Address of the rules.")
    repository: Annotated[str, _REPOSITORY.check, _REPOSITORY.schema] = Field(
        default="",
        description="The GitHub repository, owner/name; read from there unless text, file or url is given.",
    )
    ref: Text = Field(default=_USUAL.ref, description="Branch, tag or commit; the default branch unless given.")
    path: Text = Field(
        default=_USUAL.path, description="Where the file lies in the repository; GitHub's three places unless given."
    )
    token: Secret | None = Field(default=None, description="Token for the repository or address.")
    api_url: Address = Field(default=_USUAL.api_url, description="GitHub's API; another one for GitHub Enterprise.")
    allow_private: Flag = Field(default=_USUAL.allow_private, description="Let url lead into a private network.")
    map: tuple[PathMapBlock, ...] = Field(
        default=(), description="Prefixes to rewrite before the look-up; the first that fits is used."
    )
    dialect: Literal["github", "gitlab"] = Field(
        default="github", description="Whose rules are spoken; gitlab knows sections."
    )

    def frozen(self) -> CodeownersSource:
        """The block as flows read it; `github` is set only where the text is to be fetched from there."""
        given = bool(self.text or self.file or self.url)
        return CodeownersSource(
            name=self.name or self.repository or str(self.url or self.file or "text"),
            projects=self.projects,
            text=self.text,
            file=self.file,
            url=self.url or "",
            github="" if given else self.repository,
            ref=self.ref,
            path=self.path,
            token=self.token,
            api_url=self.api_url,
            allow_private=self.allow_private,
            maps=tuple(PathMap(prefix=each.prefix, to=each.to) for each in self.map),
            dialect=self.dialect,
        )


class EntityBlock(Block):
    """What a team owns, known by the tags of its errors and the URL of their requests."""

    team: Filled = Field(description="Its owner, one of those under teams:.")
    match: Annotated[tuple[MatcherText, ...], AfterValidator(_some)] = Field(
        json_schema_extra={"minItems": 1},
        description="What must hold, all of it: tag, tag:value, tag:/pattern/, url:/pattern/ or url:prefix.",
    )
    kind: EntityKind = Field(
        default=EntityKind.OTHER,
        description="What it speaks of: of several entries that hold, team wins over service, and service over other.",
    )

    def frozen(self, number: int, *, place: str) -> Entity:
        """The entry as rules read it; a matcher written twice counts once."""
        match = tuple(parse(text) for text in dict.fromkeys(self.match))
        return Entity(self.team, match, self.kind, number, place)


class OwnershipBlock(Block):
    """Who owns which errors."""

    codeowners: tuple[CodeownersBlock, ...] = Field(default=(), description="The CODEOWNERS texts.")
    refresh: timedelta = Field(
        default=timedelta(minutes=10),
        gt=ZERO,
        description="How often texts from elsewhere are fetched again; the last good copy is kept.",
    )
    entities: tuple[EntityBlock, ...] = Field(
        default=(), description="What teams own by tags and URL, for errors whose code says too little."
    )
    resolvers: Annotated[tuple[Resolver, ...], AfterValidator(_some)] = Field(
        default=_RESOLVERS,
        json_schema_extra={"minItems": 1},
        description="Who is asked for the owner, in this order; the first that names an owner with a route decides.",
    )
