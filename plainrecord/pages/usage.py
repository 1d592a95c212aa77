"""Lines to copy that read a dataset's downloads in other programs, and in what to cite it."""

import json

from plainrecord.core.paths import absolute_url
from plainrecord.core.translation import _
from plainrecord.model.declarations import Portal
from plainrecord.model.products import Distribution, ReleasedDataset
from plainrecord.pages.portal_context import Example


def list_examples(portal: Portal, release: ReleasedDataset) -> tuple[Example, ...]:
    """How to read a table with pandas, R, DuckDB, JavaScript and Excel: the first, or the largest
    of a protected dataset, whose first one holds the total alone.

    Addresses are absolute if the portal has a public address, otherwise paths in a copy of it.
    Text is read as text: a code such as 007 keeps its zeros.
    """
    first = next((item.resource for item in release.distributions if item.resource), "")
    if release.package.protection:
        first = max(release.tables, key=lambda table: table.rows).resource
    files = {i.format: i for i in reversed(release.distributions) if i.resource == first}
    made = []
    if table := files.get("CSV"):
        place = _quoted(portal, table)
        read = f"import pandas as pd\n\ntable = pd.read_csv({place}, dtype=str)"
        made.append(Example("Python (pandas)", read))
        made.append(Example("R", f'table <- read.csv({place}, colClasses = "character")'))
    if table := files.get("Parquet"):
        place = _place(portal, table).replace("'", "''")
        made.append(Example("DuckDB", f"SELECT * FROM '{place}' LIMIT 10;"))
    if (table := files.get("JSON")) and portal.base_url:
        read = f"const rows = await (await fetch({_quoted(portal, table)})).json();"
        made.append(Example("JavaScript", read))
    if table := files.get("XLSX"):
        note = _("Open this file, or use Data > Get Data. The records are in the sheet “Data”.")
        made.append(Example("Excel", _place(portal, table), note))
    return tuple(made)


def _place(portal: Portal, item: Distribution) -> str:
    return absolute_url(portal.base_url, item.path)


def _quoted(portal: Portal, item: Distribution) -> str:
    return json.dumps(_place(portal, item))
