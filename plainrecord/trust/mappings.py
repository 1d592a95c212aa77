"""A crosswalk and a methodology checklist, from the form in a descriptor to values."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.forms.scores import CrosswalkForm, MethodologyForm
from plainrecord.model.elements import Correspondence, Crosswalk, MethodLink, Totals


def read_crosswalk(form: CrosswalkForm | None, resources: Sequence[str]) -> Crosswalk | None:
    """The crosswalk as written; over the first of `resources` where it names none."""
    if form is None:
        return None
    return Crosswalk(
        standard=form.standard,
        unit=form.unit,
        resource=form.resource or resources[0],
        matches=tuple(
            Correspondence(
                element,
                (match.field, *match.fields) if match.field else match.fields,
                tuple(match.values.items()),
                match.sql,
                match.precision,
                match.released,
                match.note,
            )
            for element, match in form.fields.items()
        ),
        absent=tuple(form.absent.items()),
        totals=tuple(
            Totals(element, item.link, item.note) for element, item in form.aggregated.items()
        ),
        constant=tuple(form.constant.items()),
        kept_back=tuple(form.kept_back.items()),
        inapplicable=tuple(form.inapplicable.items()),
    )


def read_checklist(form: MethodologyForm) -> tuple[MethodLink, ...]:
    """The items of the checklist that the methodology has, in the order of the form."""
    return tuple(
        MethodLink(name, item.link, item.note)
        for name in type(form).model_fields
        if (item := getattr(form, name)) is not None
    )
