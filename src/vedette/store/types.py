"""Column types: moments as microseconds since 1970 in UTC, JSON as text, words without what a database refuses."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers rows itself only where the column is called INTEGER: https://sqlite.org/autoinc.html
Number = BigInteger().with_variant(Integer, "sqlite")
Body = LargeBinary


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, in integers: a float would lose the last digit."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(value: int) -> datetime:
    """The moment, aware and in UTC, that `microseconds` gave."""
    return _EPOCH + timedelta(microseconds=value)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as BIGINT, so that both databases sort, compare and index it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Microseconds for the database."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """A moment for the caller."""
        return None if value is None else moment_of(value)


class Span(TypeDecorator[timedelta]):
    """A length of time as BIGINT microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Microseconds for the database."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        """A length for the caller."""
        return None if value is None else timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text from strangers: PostgreSQL refuses NUL in text, and neither database stores a lone surrogate."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The same text, with a replacement character for what cannot be stored."""
        return None if value is None else storable(value)


class Json(TypeDecorator[Any]):
    """A plain value as JSON text; dataclasses and moments are written as msgspec writes them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """JSON for the database."""
        return None if value is None else encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """The value for the caller."""
        return None if value is None else msgspec.json.decode(value)


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def encode(value: Any) -> str:
    """JSON text of any plain value; lone surrogates inside become question marks."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_cleaned(msgspec.to_builtins(value))).decode()


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case Mapping():
            return {_cleaned(key): _cleaned(item) for key, item in value.items()}
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case _:
            return value
