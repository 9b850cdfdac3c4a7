"""Change data: a change as plain data that says what it is, and back again.

Law: a word once written stands in stores and undo files; a field may be added with a usual value, none renamed.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from vedette.model.changes import ORDER, Change

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")
#: What a change is called in JSON, stores and logs: create_team, delete_member …
WORDS: Mapping[type[Change], str] = {kind: _HUMP.sub("_", kind.__name__).lower() for kind in ORDER}
_KINDS = {word: kind for kind, word in WORDS.items()}
_KEY = "change"


def word_of(change: Change) -> str:
    """The change's word."""
    return WORDS[type(change)]


def change_data(change: Change) -> dict[str, Any]:
    """The change as plain data, its word under `change`."""
    return {_KEY: word_of(change), **msgspec.to_builtins(change, enc_hook=_plain)}


def _plain(value: Any) -> Any:
    """A mapping of another make as a dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"{type(value).__name__} is no plain data")


def change_of(data: Mapping[str, Any]) -> Change:
    """The change that `change_data` wrote; ValueError for anything else. Keys that are not known are ignored."""
    kind = _KINDS.get(str(data.get(_KEY)))
    if kind is None:
        raise ValueError(f"{data.get(_KEY)!r} is no change; there are {', '.join(_KINDS)}")
    try:
        return msgspec.convert({key: value for key, value in data.items() if key != _KEY}, kind)
    except msgspec.ValidationError as problem:
        raise ValueError(f"{data[_KEY]}: {problem}") from None
