"""Forms: pydantic models of what a person writes, and findings for where a text does not fit.

Two kinds: `StrictForm` for keys of this project, where an unknown key is an error, and `OpenForm` for
objects of the Data Package standard, which may hold keys of others, so that only a key that looks
like a misspelt one is an error.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from plainrecord.core.strict_json import Json
from plainrecord.descriptors.levels import is_misspelt_rule
from plainrecord.findings.catalogue import Severity
from plainrecord.findings.finding import Finding, Findings, suggest
from plainrecord.model.forms import StrictForm

Form = TypeVar("Form", bound=BaseModel)

_EXPECTED = {
    "tuple_type": "a list",
    "dict_type": "keys with values (a mapping)",
    "model_type": "keys with values (a mapping)",
    "string_type": "a text; put it in quotes if it looks like a number",
    "int_type": "a whole number, without quotes",
    "float_type": "a number, without quotes",
    "is_instance_of": "a number, without quotes",
    "bool_type": "true or false, without quotes",
    "too_short": "at least one item",
    "too_long": "at most {max_length} items",
}
"""What is expected, in the words of somebody who writes YAML, by the kind of pydantic's error."""


class OpenForm(BaseModel):
    model_config = ConfigDict(
        extra="allow", strict=True, frozen=True, populate_by_name=True, defer_build=True
    )


def read_form(
    form: type[Form], document: Json, file: str, *, lenient: bool = False
) -> tuple[Form | None, Findings]:
    """`document` as `form`, and a finding for every place where it does not fit.

    The form is None when a finding keeps it from being read. A key of the standard that looks
    misspelt is a warning where the reading is `lenient`: others may mean something by it.
    """
    findings = Findings(file=file)
    if not isinstance(document, dict):
        found = "nothing" if document is None else f"a {type(document).__name__}"
        findings.add("value-invalid", f"the document is {found}", "a mapping")
        return None, findings
    read: Form | None = None
    try:
        read = form.model_validate(_tuples(document))
    except ValidationError as error:
        problems = error.errors()
        paths = [_place(problem["loc"]) for problem in problems]
        described: dict[str, Finding] = {}
        for problem, path in zip(problems, paths, strict=True):
            # What is wrong inside a value says more than that the value as a whole does not fit:
            # a list without valid items is too short, and a mapping is not the text `open` either.
            if not any(other.startswith((f"{path}.", f"{path}[")) for other in paths):
                finding = _describe(form, problem, file)
                before = described.setdefault(f"{finding.rule} {path}", finding)
                if before.expected != finding.expected:  # another form that the value may have
                    expected = f"{before.expected}; or {finding.expected}"
                    described[f"{finding.rule} {path}"] = replace(before, expected=expected)
        findings.extend(described.values())
    if read is not None:
        findings.extend(_idle(read, file))
        misspelt = _misspelt(read, file)
        if lenient:
            findings.extend(map(_less_strictly, misspelt))
            return read, findings
        findings.extend(misspelt)
    return (None if findings else read), findings


def shared(form: BaseModel, kind: type) -> dict[str, Any]:
    """The values of `form` whose names are those of fields of the dataclass `kind`."""
    fields = getattr(kind, "__dataclass_fields__", {})
    return {name: getattr(form, name) for name in type(form).model_fields if name in fields}


def _less_strictly(finding: Finding) -> Finding:
    """A key that looks misspelt, as a warning, unless it looks like a rule that would never be run."""
    key = finding.found.split(" ", 1)[0].rsplit(".", 1)[-1]
    if is_misspelt_rule(key):
        return finding
    return replace(finding, severity_given=Severity.WARNING)


def _tuples(value: Json) -> object:
    """Lists as tuples: strict models of frozen values take nothing else."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _lists(value: object) -> object:
    """Tuples as the lists that they were in the document."""
    if isinstance(value, tuple):
        return [_lists(item) for item in value]
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return value


def _describe(form: type[BaseModel], problem: ErrorDetails, file: str) -> Finding:
    location = tuple(problem["loc"])
    key = _place(location)
    if problem["type"] == "extra_forbidden":
        known = _known_keys(form, location[:-1])
        hint = suggest(str(location[-1]), known)
        found = f"{key} is not a known key{hint}"
        return Finding("key-unknown", found, f"one of {', '.join(sorted(known))}", file=file)
    if problem["type"] == "missing":
        return Finding("key-missing", f"{key} is missing", f"a value for {key}", file=file)
    shown = repr(_lists(problem["input"]))
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    expected = _EXPECTED.get(problem["type"], "").format(**problem.get("ctx", {}))
    expected = expected or problem["msg"].replace("Input", "The value").replace("'', ", "")
    return Finding("value-invalid", f"{key} is {shown}", expected, file=file)


_KINDS = ("str", "int", "float", "bool")
"""What pydantic puts at the end of a place for each kind that a value may have."""


def _place(location: tuple[object, ...]) -> str:
    text = ""
    for part in location[:-1] if location and location[-1] in _KINDS else location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif isinstance(part, str) and not part.endswith("Form") and "[" not in part:
            text += f".{part}" if text else part
    return text or "the document"


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [*(kind for one in annotation.__subclasses__() for kind in _models(one)), annotation]
    return [
        model for argument in getattr(annotation, "__args__", ()) for model in _models(argument)
    ]


def _tags(form: type[BaseModel]) -> tuple[object, ...]:
    """The values of `kind` that choose this form among several."""
    kind = form.model_fields.get("kind")
    return getattr(kind.annotation, "__args__", ()) if kind else ()


def _known_keys(form: type[BaseModel], location: tuple[object, ...]) -> set[str]:
    current, choices = form, [form]
    for part in location:
        tagged = [m for m in choices if part in _tags(m)]
        if len(choices) > 1 and tagged:  # one of several forms, chosen by `kind`
            current = tagged[0]
        for name, info in current.model_fields.items():
            if part in (name, info.alias) and (models := _models(info.annotation)):
                current, choices = models[0], models
    return {info.alias or name for name, info in current.model_fields.items()}


def _idle(read: BaseModel, file: str) -> Iterator[Finding]:
    """Keys of our own that were given and have no effect beside the others."""
    for model, path in _walk(read, ""):
        for key, expected in model.idle_keys() if isinstance(model, StrictForm) else ():
            if _is_given(model, key):
                info = type(model).model_fields.get(key)
                name = (info and info.alias) or key
                found = f"`{name}` of {path or 'the document'} has no effect there"
                yield Finding("key-misplaced", found, expected, file=file)


def _is_given(model: BaseModel, key: str) -> bool:
    """Whether somebody wrote the key at a path, with another value than it has by itself."""
    *outer, last = key.split(".")
    inner: Any = model
    for part in outer:
        inner = inner[int(part)] if part.isdigit() else getattr(inner, part)
    if inner is None or last not in inner.model_fields_set:
        return False
    info = type(inner).model_fields[last]
    return bool(getattr(inner, last) != info.get_default(call_default_factory=True))


def _walk(model: BaseModel, path: str) -> Iterator[tuple[BaseModel, str]]:
    """Each form inside `model`, itself first, with its place in the document."""
    yield model, path
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        inner = f"{path}.{info.alias or name}" if path else (info.alias or name)
        for number, item in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(item, BaseModel):
                yield from _walk(item, f"{inner}[{number}]" if isinstance(value, tuple) else inner)


def _misspelt(read: BaseModel, file: str) -> Iterator[Finding]:
    """Keys that the standard allows but that look like a misspelt key of the standard."""
    for model, path in _walk(read, ""):
        known = {info.alias or name for name, info in type(model).model_fields.items()}
        for key in model.model_extra or {}:
            if hint := suggest(key, known):
                name = f"{path}.{key}" if path else key
                found = f"{name} is not a known key{hint}"
                yield Finding("key-unknown", found, "a key of the standard", file=file)
