"""Values of `access:`: slugs as Sentry takes them, names of people and roles, days, shares."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from vedette.config.schema.base import Shape, as_text, fault

# https://docs.sentry.io/api/teams/create-a-new-team/ and .../projects/create-a-new-project/: pattern and maxLength.
_SLUG = re.compile(r"(?![0-9]+$)[a-z0-9_-]+", re.ASCII)
_LONGEST_TEAM, _LONGEST_PROJECT = 50, 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHARE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,2})?)%", re.ASCII)


def slug_of(text: str) -> str:
    """The slug that is meant by a name; "" where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_-]+", "-", plain)).strip("-")
    return found if _SLUG.fullmatch(found) else ""


def _slug(longest: int) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if not _SLUG.fullmatch(value):
            meant = slug_of(value)[:longest]
            message = "should be a slug: small letters, digits, - and _, and not digits alone"
            raise fault(message, f"did you mean {meant}?" if meant else "write one such as checkout")
        if len(value) > longest:
            raise fault(f"should have at most {longest} letters", "shorten it; Sentry takes no longer slug")
        return value

    return checked


def _schema(longest: int) -> Any:
    return Field(json_schema_extra={"pattern": f"^{_SLUG.pattern}$", "maxLength": longest})


def _day(value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise fault("is no day of the calendar", "write one such as 2027-03-31") from None
    raise fault("should be a day such as 2027-03-31", "write year-month-day")


def _share(value: Any) -> float:
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise fault("should be a share such as 30%", "write a number and %")
    percent = float(found[1])
    if percent > 100:
        raise fault("is more than the whole", "write at most 100%")
    return percent / 100


_CALLED = Shape(r"\S{1,120}", "should be a name of at most 120 letters without blanks, such as checkout-developer")
_MAIL = Shape(r"[^@\s<>,;]+@[^@\s<>,;]+", "should be an e-mail address", "write one such as ada@example.test")
_LOGIN = Shape(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
    "should be a login: letters, digits and -",
    "write what stands last in the address of the profile, without @",
)

TeamSlug = Annotated[str, AfterValidator(_slug(_LONGEST_TEAM)), _schema(_LONGEST_TEAM)]
ProjectSlug = Annotated[str, AfterValidator(_slug(_LONGEST_PROJECT)), _schema(_LONGEST_PROJECT)]
#: How a role or a person is called within the file.
Called = Annotated[str, _CALLED.check, _CALLED.schema]
Mail = Annotated[str, _MAIL.check, _MAIL.schema]
Login = Annotated[str, BeforeValidator(as_text), _LOGIN.check, _LOGIN.schema]
Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "title": "day", "pattern": f"^{_DAY.pattern}$"}),
]
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema({"type": "string", "title": "percent", "pattern": r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)%$"}),
]


def as_share(value: float) -> str:
    """The share as it is written."""
    return f"{value:.0%}"
