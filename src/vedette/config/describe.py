"""The JSON Schema of vedette.yaml, for editors, made from the same models that read it."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from vedette.config.durations import PATTERN as DURATION
from vedette.config.durations import text_of
from vedette.config.registry import Registry
from vedette.config.schema import SettingsFile
from vedette.config.secrets import PATTERN as REFERENCE
from vedette.config.sections import SECTIONS, Section, described
from vedette.model.policies import Rest
from vedette.model.secret import Secret
from vedette.model.settings import Listen

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INCLUDE = {
    "title": "files",
    "description": "Other files, or patterns of them, from this folder; maps merge, lists append, "
    "and a value set twice is a problem.",
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
}


class _Generator(GenerateJsonSchema):
    """Knows durations, secret references and how usual values are written."""

    def timedelta_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's interface
        return {"type": "string", "title": "duration", "pattern": DURATION}

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        if schema["cls"] is not Secret:
            return super().dataclass_schema(schema)
        one = {"type": "string", "pattern": REFERENCE}
        return {"title": "secret", "anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}

    def encode_default(self, dft: Any) -> Any:
        match dft:
            case timedelta():
                return text_of(dft)
            case Rest():
                return str(dft)
            case Listen(host=host, port=port):
                return f"{host}:{port}"
            case tuple() | list():
                return [self.encode_default(each) for each in dft]
            case frozenset():
                return sorted(self.encode_default(each) for each in dft)
        return super().encode_default(dft)


def json_schema(registry: Registry | None = None) -> dict[str, Any]:
    """The schema of the whole file; every kind of vendor that can be imported is described."""
    schema = _tidy(SettingsFile.model_json_schema(schema_generator=_Generator))
    blocks, keys = schema["$defs"], schema["properties"]
    for section in SECTIONS:
        common = blocks.pop(section.block.__name__)
        found = described(registry or Registry(), section)
        names = [_vendor(section, kind, config, common, blocks) for kind, config in found]
        # A list of no kinds is no schema; where there is none, nothing may stand there.
        one_kind: dict[str, Any] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]} if names else {"not": {}}
        keys[section.key]["patternProperties"] = dict.fromkeys(keys[section.key]["patternProperties"], one_kind)
    bare = {"$ref": "#/$defs/SentryBlock"}
    keys["sentry"] = {"description": keys["sentry"]["description"], "anyOf": [bare, _map_of(keys["sentry"])]}
    schema["properties"] = {"include": _INCLUDE, **keys}
    return {"$schema": _DIALECT, "title": "vedette.yaml", **schema}


def _vendor(
    section: Section,
    kind: str,
    config: type[BaseModel] | None,
    common: dict[str, Any],
    blocks: dict[str, Any],
) -> str:
    """Adds the block of one kind of vendor to `blocks`; its name there."""
    own: dict[str, Any] = {"properties": {}, "required": []}
    if config is not None:
        own = _tidy(config.model_json_schema(schema_generator=_Generator, ref_template=f"#/$defs/{kind}.{{model}}"))
        blocks.update({f"{kind}.{name}": block for name, block in own.pop("$defs", {}).items()})
    says = {"const": kind, "description": common["properties"]["kind"]["description"]}
    name = f"{section.role.capitalize()}.{kind}"
    blocks[name] = {
        "type": "object",
        "description": f"A {section.role} of kind {kind}.",
        "properties": {"kind": says, **own["properties"], **_without_kind(common["properties"])},
        "required": ["kind", *own.get("required", [])],
        "additionalProperties": False,
    }
    return name


def _without_kind(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "kind"}


def _map_of(sentry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sentry.items() if key != "description"}


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Closed blocks, and none of the titles that only repeat a key's name."""
    for block in [schema, *schema.get("$defs", {}).values()]:
        if "properties" not in block:
            continue
        block.pop("title", None)
        block["additionalProperties"] = False
        for name, value in block["properties"].items():
            if value.get("title", "").lower().replace(" ", "_") == name.lower():
                del value["title"]
            if "patternProperties" in value:
                value["additionalProperties"] = False
    return schema
