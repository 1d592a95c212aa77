"""The register of claims as a maintainer writes it: the forms of `claims.yaml`."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

from pydantic import PlainValidator, create_model

from plainrecord.core.registry import load_modules
from plainrecord.measures import claim_tests
from plainrecord.model.claims import ClaimEntry, ClaimPart, ClaimTest
from plainrecord.model.forms import StrictForm

CLAIM_TESTS: dict[str, type[ClaimTest]] = dict(module.TEST for module in load_modules(claim_tests))
"""Every kind of test by the key under which a maintainer writes it."""


def _read_part(written: object) -> ClaimPart:
    return _part_form(*CLAIM_TESTS.items()).model_validate(written)


@cache
def _part_form(*kinds: tuple[str, type[ClaimTest]]) -> type[ClaimPart]:
    """A part of a claim with a key for each kind of test."""
    keys: Any = {name: (kind | None, None) for name, kind in kinds}
    return create_model("ClaimPart", __base__=ClaimPart, **keys)


class ClaimForm(ClaimEntry):
    tests: tuple[Annotated[ClaimPart, PlainValidator(_read_part)], ...] = ()

    def idle_keys(self) -> Iterator[tuple[str, str]]:
        """Bounds and tolerances of a claim about other records, which is never judged.

        A claim whose source is not found keeps them: it is judged once the source is there.
        """
        judged = self.same_records != "no"
        for number, part in enumerate(() if judged else self.tests):
            for kind, test in part.tests.items():
                for key in test.judging:
                    yield f"tests.{number}.{kind}.{key}", "a claim that is judged by these records"


class RegisterForm(StrictForm):
    claims: tuple[ClaimForm, ...] = ()
