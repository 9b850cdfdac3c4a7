"""Access adopt: live organisations, read once with their projects' options and written down as they are."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vedette.config.nearest import suggestion
from vedette.config.schema.slugs import Mail, ProjectSlug, TeamSlug
from vedette.errors import VedetteError
from vedette.flows.access_known import paced
from vedette.flows.context import Context
from vedette.model.org import Details, Organization
from vedette.rules.access.adopting import Adopted, Forms, adopted

_DETAILS = Details(options=None)


def adopt(context: Context, names: Sequence[str] = ()) -> tuple[Adopted, tuple[Organization, ...]]:
    """What is to be written down of these instances (every one unless named), and what was read.

    Raises the families of `vedette.errors` where one cannot be read: half an organisation is not to be declared.
    """
    pace, now = paced(context), context.clock()
    instances = _instances(context, names)
    found = tuple(context.roster(name).read(_DETAILS, now=now, pace=pace) for name in instances)
    return adopted(found, forms=FORMS, now=now), found


def _instances(context: Context, names: Sequence[str]) -> tuple[str, ...]:
    there = context.settings.instances
    for name in names:
        if name not in there:
            raise VedetteError(f"there is no Sentry instance {name}; {suggestion(name, there)}")
    return tuple(name for name in there if not names or name in names)


def _form(kind: Any) -> Callable[[str], bool]:
    """Whether the settings take a word as that."""
    adapter = TypeAdapter[str](kind)

    def fits(word: str) -> bool:
        try:
            adapter.validate_python(word)
        except ValidationError:
            return False
        return True

    return fits


#: What the settings take.
FORMS = Forms(_form(TeamSlug), _form(ProjectSlug), _form(Mail))
