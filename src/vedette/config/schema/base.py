"""What every block of the schema shares: an empty key is an unset one; text, addresses and numbers are strict."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

ZERO = timedelta(0)


def fault(message: str, cure: str = "") -> PydanticCustomError:
    """An error that the loader turns into a problem; neither text may hold what the operator wrote into a secret."""
    return PydanticCustomError("vedette", "{message}", {"message": message, "cure": cure})


class Block(BaseModel):
    """A mapping of the YAML. Unknown keys are found by the loader, which can say which key was meant."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unset(cls, data: Any) -> Any:
        """`teams:` with nothing behind it is as good as no `teams:` at all."""
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, Mapping) else data

    def values(self) -> dict[str, Any]:
        """The fields by name, not turned into dicts themselves."""
        return dict(self)


def as_text(value: Any) -> Any:
    """A bare number as its digits; anything else as it is."""
    # A project's number is text to us; bool is an int to Python and is not meant.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise fault("should be a web address", "write https://host") from None
    if parts.scheme not in ("http", "https") or not host:
        raise fault("should be a web address", "write https://host")
    if parts.username or parts.password:
        raise fault("holds a user name or password", "take it out of the address; secrets have keys of their own")
    if parts.query or parts.fragment:
        raise fault("should end with the path", "take out what follows ? or #")
    return value.rstrip("/")


class Shape:
    """A validator of text by a pattern, with a message for people; `schema` tells editors the same."""

    def __init__(self, pattern: str, message: str, cure: str = "") -> None:
        self.schema = Field(json_schema_extra={"pattern": f"^(?:{pattern})$"})
        self.check = AfterValidator(self._check)
        self._pattern = re.compile(pattern, re.ASCII)
        self._message = message
        self._cure = cure

    def _check(self, value: str) -> str:
        if not self._pattern.fullmatch(value):
            raise fault(self._message, self._cure)
        return value


_NAME = Shape(r"[a-z0-9][a-z0-9_]{0,39}", "should be a name of at most 40 small letters, digits and _, such as eu_west")

AS_TEXT = Field(json_schema_extra={"type": ["string", "integer"], "title": "text"})

#: Text; a bare number is taken as its digits.
Text = Annotated[str, BeforeValidator(as_text), AS_TEXT]
#: Text with something in it.
Filled = Annotated[str, BeforeValidator(as_text), Field(min_length=1), AS_TEXT]
#: A name that becomes part of a ticket's stamp.
Name = Annotated[str, _NAME.check, _NAME.schema]
#: An http or https address, without credentials; a slash at the end is dropped.
Address = Annotated[str, AfterValidator(_address), Field(json_schema_extra={"format": "uri"})]
Whole = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Rate = Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)]
