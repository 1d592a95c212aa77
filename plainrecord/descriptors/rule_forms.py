"""What is wrong across the keys of plausibility rules and reconciliations, and their defaults."""

from collections.abc import Iterator, Sequence

from plainrecord.core.paths import is_slug
from plainrecord.descriptors.resource import unknown_resource
from plainrecord.findings.finding import Finding
from plainrecord.model.declarations import (
    PlausibilityRule,
    Reconciliation,
    SourceSide,
)


def read_reconciliations(
    forms: Sequence[Reconciliation], resources: Sequence[str]
) -> tuple[Reconciliation, ...]:
    """The reconciliations as trusted; a key without `there` is the same on both sides."""

    def side(form: SourceSide) -> SourceSide:
        return form.model_copy(update={"resource": form.resource or resources[0]})

    return tuple(
        form.model_copy(
            update={
                "here": side(form.here),
                "there": side(form.there),
                "keys": tuple(
                    key.model_copy(update={"there": key.there or key.here}) for key in form.keys
                ),
            }
        )
        for form in forms
    )


def name_problems(
    rules: Sequence[PlausibilityRule],
    reconciliations: Sequence[Reconciliation],
    resources: Sequence[str],
    file: str,
) -> Iterator[Finding]:
    """Findings for names that fit no address or occur twice, and for unknown tables."""
    entries = [
        ("rule", [t.name for t in rules]),
        ("reconciliation", [c.name for c in reconciliations]),
    ]
    for kind, names in entries:
        for name in sorted(set(names)):
            if not is_slug(name):
                found = f"a {kind} is called {name!r}"
                yield Finding("value-invalid", found, "a-z, 0-9 and hyphens", file=file)
            if names.count(name) > 1:
                found = f"two {kind}s are called {name!r}"
                yield Finding("value-invalid", found, "a name of its own for each", file=file)
    for rule in rules:
        for found, expected in rule.problems():
            yield Finding("value-invalid", f"rule {rule.name} has {found}", expected, file=file)
    for item in reconciliations:
        unnamed = {"label": "", "definition": ""}
        here, there = (side.model_copy(update=unnamed) for side in (item.here, item.there))
        alike = all(key.here == key.there for key in item.keys)
        if alike and here == there:
            found = f"both sides of reconciliation {item.name} are the same records"
            yield Finding("value-invalid", found, "two sides that can differ", file=file)
    references = [(f"rule {t.name}", t.resource) for t in rules]
    references += [
        (f"reconciliation {c.name}", c.here.resource) for c in reconciliations if not c.here.dataset
    ]
    for label, resource in references:
        if resource not in resources:
            yield unknown_resource(label, resource, resources, file)
