"""The lines of a table of counts on a page."""

from plainrecord.model.counts import CountTable
from plainrecord.model.evidence import Receipt
from plainrecord.pages.count_tables import describe_lines


def test_periods_are_written_in_words_where_the_names_may_be_periods() -> None:
    rows = (("2024-10", 5), ("2024-Q4", 9), ("18 to 24", 2))
    table = CountTable("d.t", "T", "stop", ("k", "n"), rows, Receipt("SELECT 1", (), "", 3))
    names = [line.name.text for line in describe_lines(table, periods=True)]
    assert names == ["October 2024", "Q4 2024", "18 to 24"]
    assert [line.name.text for line in describe_lines(table)] == ["2024-10", "2024-Q4", "18 to 24"]
