"""Documents: an item put at the end of a list in a YAML text, the rest kept to the letter."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.core.strict_json import Json, write_exact
from plainrecord.core.yaml_json import append_item, dump_document, parse_document, replace_values

ITEM = "- date: 2026-11-01\n  note: new"
NEW = {"date": "2026-11-01", "note": "new"}


@pytest.mark.parametrize(
    "text",
    [
        "releases:\n  - {date: 2026-10-01}\n",
        "releases:\n- date: 2026-10-01\n  note: old\n",
        "# head\nreleases: # here\n  - date: 2026-10-01\n    note: old # why\n# foot\n",
        "releases:\n  - date: 2026-10-01\n\n# looked\nchecks:\n  - {date: 2026-10-02}\n",
        "checks: []\nreleases:\n    - date: 2026-10-01\n      files:\n        a: b\n        c: {d: e}",
        "releases:\n  - note: |\n      two\n      lines\nchecks: []\n",
        'releases:\n  - note: "folded\n      text"\n',
        "releases:\n  - note: plain\n      that goes on\n    date: x\n\n\n",
        "other: 1\n",
        "",
        "# only a comment\n",
    ],
)
def test_an_item_goes_to_the_end_and_nothing_else_changes(text: str) -> None:
    added = append_item(text, "releases", ITEM)
    before = parse_document(text) or {}
    assert isinstance(before, dict)
    old = before.get("releases", [])
    assert isinstance(old, list)
    assert parse_document(added) == {**before, "releases": [*old, NEW]}
    rest = iter(added.splitlines())
    assert all(line in rest for line in text.splitlines()), "a line was lost or moved"


@pytest.mark.parametrize(
    "text", ["releases: [{date: 2026-10-01}]\n", "releases: 3\n", "{releases: []}", "- a\n"]
)
def test_a_list_that_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        append_item(text, "releases", ITEM)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["date", "note", "x"]),
            st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20),
            min_size=1,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "# foot\n", "\n\nchecks:\n  - {date: 2026-10-02}\n"]),
)
def test_any_list_takes_an_item(items: list[dict[str, str]], tail: str) -> None:
    text = "# head\nreleases:\n"
    for item in items:
        lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in item.items()]
        text += "  - " + "\n    ".join(lines) + "\n"
    added = append_item(text + tail, "releases", ITEM)
    found = parse_document(added)
    assert isinstance(found, dict)
    assert found["releases"] == [*items, NEW]
    assert added.startswith(text)
    assert added.endswith(tail)


def test_a_few_nested_aliases_that_unfold_to_billions_of_values_are_refused() -> None:
    letters = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, after in pairwise(letters):
        lines.append(f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]")
    with pytest.raises(ValueError, match="aliases stand for more than 100,000 values") as caught:
        parse_document("\n".join(lines))
    assert caught.value.args[1] == 6  # the line at which there are too many
    doubled = "a: &x0 [1, 1]\n" + "".join(
        f"b{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 41)
    )
    with pytest.raises(ValueError, match="aliases stand for"):
        parse_document(doubled)


def test_aliases_that_stand_for_little_are_read() -> None:
    text = "a: &a {b: [1, 2]}\nc: &s text\nd: [*a, *s, *a]\n"
    part = {"b": [1, 2]}
    assert parse_document(text) == {"a": part, "c": "text", "d": [part, "text", part]}


@pytest.mark.parametrize(
    ("text", "place", "value", "wanted"),
    [
        ("a: 1 # one\nb: 2\n", ("a",), 9, "a: 9 # one\nb: 2\n"),
        ("a: 'x' # one\n", ("a",), "y", "a: 'y' # one\n"),
        ("a: abc\n", ("a",), "1e5", 'a: "1e5"\n'),  # without quotes it would be a number
        ("a: 2026-01-01\n", ("a",), "2026-05-18", "a: 2026-05-18\n"),
        ("l:\n  - {b: 1, c: 2}\n", ("l", 0, "c"), 3, "l:\n  - {b: 1, c: 3}\n"),
        ('{\n\t"a": {"b": "x"}\n}', ("a", "b"), "y", '{\n\t"a": {"b": "y"}\n}'),
        ("é: 1\na: 2\n", ("a",), 3, "é: 1\na: 3\n"),
        ("\ufeffa: 𐍈\r\nb: 2\r\n", ("b",), 3, "\ufeffa: 𐍈\r\nb: 3\r\n"),
    ],
)
def test_a_value_is_replaced_in_its_place(
    text: str, place: tuple[str | int, ...], value: str | int, wanted: str
) -> None:
    found = replace_values(text, {place: value})
    assert found == wanted
    read = parse_document(found)
    for step in place:
        read = read[step]  # type: ignore[index]
    assert read == value


@pytest.mark.parametrize("place", [("b",), ("a", 3), ("a", "x"), ("c",), ("a",)])
def test_a_place_without_a_value_is_named(place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValueError, match="is not a value on one line"):
        replace_values("a: [1]\nc: |\n  text\n", {place: 1})


def test_a_value_at_many_places_is_written_at_each() -> None:
    shared: Json = {"value": "", "kind": "missing"}
    written = dump_document({"fields": [{"missing": [shared]} for _ in range(200)]})
    assert "&id" not in written
    assert parse_document(written)


@pytest.mark.parametrize("number", ["1.0e+400", "-1.0e+400", "1" * 301, "-0." + "1" * 300])
@pytest.mark.parametrize("json_only", [True, False])
def test_a_number_that_json_does_not_hold_is_refused(number: str, json_only: bool) -> None:
    with pytest.raises(ValueError, match="programs that read JSON cannot store"):
        parse_document(f'{{"minimum": {number}}}', json_only=json_only)


@pytest.mark.parametrize("word", [".inf", "-.inf", ".nan"])
def test_yaml_words_for_numbers_that_json_has_not_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="programs that read JSON cannot store"):
        parse_document(f"minimum: {word}")


@pytest.mark.parametrize(
    "number",
    [
        "9007199254740993",
        "0.1234567890123456789",
        "9007199254740993.5",
        "-1.5e-400",
        "1e300",
        "0.5",
    ],
)
@pytest.mark.parametrize("json_only", [True, False])
def test_bounds_are_written_with_all_their_digits(number: str, json_only: bool) -> None:
    text = f'{{"constraints": {{"minimum": {number}, "enum": [{number}]}}}}'
    document: Any = parse_document(text, json_only=json_only)
    again = json.loads(write_exact(document), parse_float=Decimal, parse_int=Decimal)
    wanted: Any = {"minimum": Decimal(number), "enum": [Decimal(number)]}
    if isinstance(document["constraints"]["minimum"], str):  # YAML reads 1e300 as a text
        wanted = {"minimum": number, "enum": [number]}
    assert again == {"constraints": wanted}
