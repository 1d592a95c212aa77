"""Working days of the federal government, and the days by which a request must be answered.

A working day is a day that is no Saturday, no Sunday and no legal public holiday (5 U.S.C.
552(a)(6)(A)(i)); the holidays are those of 5 U.S.C. 6103(a), on the day on which they are observed
(6103(b) and Executive Order 11582). The library `holidays` knows them; a test holds it against a
table of its own. Left out on purpose: Inauguration Day, which is a holiday around Washington, D.C.
alone (6103(c)), and days off that a President grants for one year by order.
"""

import datetime as dt
from functools import cache

from holidays import country_holidays

FIRST_YEAR, LAST_YEAR = 1966, 2100
"""The years for which working days are known: from the year of the Act to the last that is known."""

ANSWER_DAYS = 20
"""Working days for a determination, and for one on an appeal: 5 U.S.C. 552(a)(6)(A)(i), (ii)."""
EXTENSION_DAYS = 10
"""More working days in unusual circumstances, after a written notice: 552(a)(6)(B)(i)."""
EXPEDITED_DAYS = 10
"""Calendar days to decide whether a request is expedited: 552(a)(6)(E)(ii)(I)."""


@cache
def federal_holidays(year: int) -> tuple[dt.date, ...]:
    """Observed federal holidays of `year`, ascending; ValueError outside known years."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"working days are known for {FIRST_YEAR} to {LAST_YEAR}, not for {year}")
    return tuple(sorted(day for day in country_holidays("US", years=year) if day.year == year))


def expedited_due(received: dt.date) -> dt.date:
    """The last day to decide on expedited processing: 10 calendar days (552(a)(6)(E)(ii)(I))."""
    return received + dt.timedelta(days=EXPEDITED_DAYS)
