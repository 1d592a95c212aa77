"""The base of values that are declared once: what a maintainer writes is what the program trusts.

Importing pydantic is slow, so that only modules for portals import this one.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from plainrecord.core.addresses import address_problem, is_email, normalise_base
from plainrecord.model.freshness import parse_day


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _day(text: str) -> str:
    if parse_day(text) is None:
        raise PydanticCustomError("day", "a day such as 2026-10-01")
    return text


def _address(text: str) -> str:
    if text and (problem := address_problem(text)):
        raise _no_address(problem)
    return text


def _base(text: str) -> str:
    try:
        return text and normalise_base(text)
    except ValueError as error:
        raise _no_address(str(error)) from None


def _no_address(problem: str) -> PydanticCustomError:
    return PydanticCustomError("address", "an http(s) address ({problem})", {"problem": problem})


def _email(text: str) -> str:
    if text and not is_email(text):
        raise PydanticCustomError("email", "an email address")
    return text


Text = Annotated[str, BeforeValidator(_text)]
"""A text that YAML may have read as a number."""
Day = Annotated[Text, AfterValidator(_day)]
"""A day of the calendar, as 2026-10-01."""
Address = Annotated[str, AfterValidator(_address)]
"""The address of a page on the internet, or "" for none."""
BaseAddress = Annotated[str, AfterValidator(_base)]
"""The public address of a portal, below which its paths are, or "" for none."""
Email = Annotated[str, AfterValidator(_email)]
Texts = tuple[str, ...]
Line = Annotated[str, AfterValidator(lambda text: " ".join(text.split()))]
DayOrNone = Annotated[Text, AfterValidator(lambda text: text and _day(text))]
TextLine = Annotated[Line, BeforeValidator(_text)]
"""A text of one line: YAML writes a name over several, or with an end of line after it."""


class StrictForm(BaseModel):
    """An object with keys of this project alone: an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=True, defer_build=True
    )

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Yield keys, as paths (`keys.0.total`), without effect, and what each needs."""
        yield from ()
