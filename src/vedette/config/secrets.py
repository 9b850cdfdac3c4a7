"""Secret references (`env/NAME`, `file/PATH`) and what they stand for.

The law: no message holds a value or any text that could be one; a problem names the reference only.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vedette.config.tree import Node
from vedette.errors import Problem
from vedette.model.secret import Secret

#: What an editor's JSON Schema checks a reference against.
PATTERN = r"^(env/[A-Za-z_][A-Za-z0-9_]*|file/.+|aws/.+|gcp/.+|vault/.+)$"
INLINE = "write env/NAME or file/PATH, and keep the value out of the file"

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Stores that DESIGN.md names and that need a vendor of their own to be asked.
_STORES = {"aws": "AWS Secrets Manager", "gcp": "Google Secret Manager", "vault": "Vault"}


class _Unusable(ValueError):
    """A reference that leads to no secret."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


@dataclass(slots=True)
class Resolver:
    """Looks references up; collects problems (it cannot be used) and warnings (it can, but look at it)."""

    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def secret(self, node: Node) -> Secret | None:
        """The secret that a reference, or a list of them, stands for; None with a problem noted where there is none."""
        nodes = [child for _, child in node.children()] if isinstance(node.value, list) else [node]
        if not nodes:
            self.problems.append(node.place.problem("the list of secrets is empty", INLINE))
        values = [value for each in nodes for value in self._values(each)]
        if not nodes or len(values) < len(nodes):
            return None
        return Secret(tuple(values), reference=", ".join(str(each.value) for each in nodes))

    def _values(self, node: Node) -> list[str]:
        try:
            return [self._value(node)]
        except _Unusable as error:
            self.problems.append(node.place.problem(str(error), error.cure))
            return []

    def _value(self, node: Node) -> str:
        if not isinstance(node.value, str):
            raise _Unusable("a secret should be a reference", INLINE)
        store, slash, name = node.value.partition("/")
        match store:
            case "env" if slash and _ENV_NAME.fullmatch(name):
                return self._from_environment(name)
            case "file" if slash and name:
                return self._from_file(node, name)
            case "aws" | "gcp" | "vault" if slash and name:
                message = f"{store}/ needs a reader of {_STORES[store]}, and this Vedette has none"
                raise _Unusable(
                    message, "have the value put into the environment or a file; write env/NAME or file/PATH"
                )
        raise _Unusable("a secret stands in the file itself", INLINE)

    def _from_environment(self, name: str) -> str:
        value = self.environ.get(name)
        if not value:
            state = "not set" if value is None else "empty"
            raise _Unusable(f"env/{name}: the environment variable {name} is {state}", f"set {name}")
        return value

    def _from_file(self, node: Node, name: str) -> str:
        path = node.folder / name
        try:
            value = path.read_text(encoding="utf-8")
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise _Unusable(f"file/{name}: there is no file {path}", "create it; paths start at this folder") from None
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or "not UTF-8 text"
            raise _Unusable(f"file/{name} cannot be read: {why.lower()}", "correct permissions or content") from None
        if mode & stat.S_IROTH:
            self.warnings.append(node.place.problem(f"file/{name} can be read by everybody", f"chmod 600 {path}"))
        # Editors and `echo` end a file with a newline that is no part of the secret.
        value = value.removesuffix("\n").removesuffix("\r")
        if not value:
            raise _Unusable(f"file/{name} is empty", "write the value into it")
        return value


def relative(node: Node) -> Path:
    """The path that a setting names, starting at the folder of its file; `-` (standard input) stays as it is."""
    return Path("-") if node.value == "-" else node.folder / str(node.value)
