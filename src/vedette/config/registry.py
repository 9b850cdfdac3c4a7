"""The registry: finds a vendor by its `kind:` and imports only the kinds that are asked for."""

import importlib
import importlib.util
import pkgutil
import re
from dataclasses import dataclass
from functools import cache

from vedette.config.nearest import suggestion
from vedette.ports.roles import Integration

_KIND = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class UnknownKind(LookupError):
    """No integration of that kind can be used; the message says why, `cure` what to do."""

    def __init__(self, message: str, *, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Registry:
    """The integrations of one package: each of its modules that exports `INTEGRATION` is a kind of that name."""

    package: str = "vedette.integrations"

    def kinds(self) -> tuple[str, ...]:
        """Every kind, by module name; none is imported."""
        return _module_names(self.package)

    def find(self, kind: str) -> Integration:
        """The integration of that kind; raises UnknownKind."""
        if not _KIND.fullmatch(kind) or kind not in self.kinds():
            raise UnknownKind(f"unknown kind {kind}", cure=suggestion(kind, self.kinds()))
        try:
            module = importlib.import_module(f"{self.package}.{kind}")
        except ModuleNotFoundError as error:
            raise UnknownKind(f"kind {kind} needs the package {error.name}", cure=f"install {error.name}") from error
        integration = getattr(module, "INTEGRATION", None)
        if not isinstance(integration, Integration):
            raise UnknownKind(
                f"kind {kind} exports no INTEGRATION", cure="mend the integration, or choose another kind"
            )
        return integration


@cache
def _module_names(package: str) -> tuple[str, ...]:
    spec = importlib.util.find_spec(package)
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    return tuple(sorted(module.name for module in pkgutil.iter_modules(places) if not module.name.startswith("_")))
