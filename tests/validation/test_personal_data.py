"""Personal data under odd names and in odd forms, and columns that only look like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest

from plainrecord.model.packages import Field
from plainrecord.validation.personal_data import find_personal_data
from plainrecord.validation.personal_labels import kind_by_name

Columns = dict[str, Sequence[object]]

PEOPLE = [
    *("Maria Lopez", "John Smith", "Wei Zhang", "Ashley Brown", "Carlos Rivera", "Linda Novak"),
    *("Omar Haddad", "Susan Clark", "James O'Neil", "Emily Stone", "Kevin Wright", "Ana Prieto"),
]
TURNED = [f"{name.split()[1].upper()}, {name.split()[0].upper()}" for name in PEOPLE]
LANDMARKS = [
    *("Lincoln Park", "City Hall", "Union Station", "Main Street Bridge", "Greyhound Depot"),
    *("Fort Snelling", "Lake Harriet", "Mall of America", "Target Field", "Washington Square"),
]
SSN = [f"{area:03}{group:02}{serial:04}" for area, group, serial in (
    *((219, 9, 9999), (78, 5, 1120), (457, 55, 5462), (502, 12, 8891), (613, 40, 2207)),
    *((3, 44, 9127), (731, 18, 3301), (151, 72, 6649), (388, 64, 1904), (545, 90, 7718)),
    *((266, 31, 4402), (424, 23, 9080)),
)]  # fmt: skip
PHONES = [f"{area}{middle}{last}" for area, middle, last in (
    *((612, 555, "0142"), (651, 238, "9911"), (763, 420, "1177"), (952, 884, "3020")),
    *((507, 361, "4456"), (218, 722, "8109"), (320, 253, "6604"), (415, 906, "1238")),
    *((312, 645, "7781"), (213, 374, "5550"), (718, 291, "4043"), (202, 467, "3312")),
)]  # fmt: skip
DATES = [f"{1944 + 5 * n}-0{1 + n % 9}-1{n % 10}" for n in range(12)]
STREETS = ("Oak St", "Main Street", "Lyndale Ave S", "3rd Ave", "Elm Rd", "Park Blvd")


def dashed(digits: str, sign: str = "-") -> str:
    return sign.join((digits[:3], digits[3:5], digits[5:]))


PERSONAL: dict[str, Columns] = {
    "Nombre completo": {"Nombre completo": PEOPLE},
    "DOB (mm/dd)": {"DOB (mm/dd)": [f"{date[5:7]}/{date[8:]}" for date in DATES]},
    "subj_dob": {"subj_dob": [date.replace("-", "") for date in DATES]},
    "ofc_badge": {"ofc_badge": [1201 + 37 * n for n in range(12)]},
    "tel.": {"tel.": ["612 555 0142", "651.238.9911", "(763) 420-1177", "+1 952-884-3020"]},
    "ssn under id2": {"id2": [int(digits) for digits in SSN]},
    "ssn with blanks": {"ref": [dashed(digits, " ") for digits in SSN]},
    "ssn with points": {"member": [dashed(digits, ".") for digits in SSN]},
    "ssn in few rows": {"id_no": [*(f"C-{n}" for n in range(500)), dashed(SSN[0])]},
    "names among landmarks": {"who_where": [*PEOPLE, *LANDMARKS]},
    "names turned": {"party": TURNED},
    "phones without signs": {"contact": [int(digits) for digits in PHONES]},
    "phone in a text": {"disposition": [*["closed"] * 40, "call Ann at 612-555-0142 first"]},
    "e-mail in a text": {"source": [*["web form"] * 40, "web form (a.b@example.org)"]},
    "A-numbers": {"file_ref": ["A012 345 678", "A-012345679", "A#098765432", "a 012345670"]},
    "addresses": {"location": [f"{100 + 7 * n} {STREETS[n % 6]}, Apt {n}" for n in range(12)]},
    "dirección": {"lugar": [f"Calle Mayor {n}" for n in range(3, 15)]},
    "point": {"where": [f"POINT (-93.26{n}41 44.97{n}83)" for n in range(10)]},
    "degrees under a and b": {
        "a": [44.97781 + n / 1000 for n in range(10)],
        "b": [-93.26503 - n / 1000 for n in range(10)],
    },
    "birth dates under d1": {"d1": DATES, "d2": [f"2024-03-{10 + n}" for n in range(12)]},
    "plates": {"LicensePlate": ["ABC 123", "JHK-8821", "7XYZ901", "MN 44 TT"]},
    "narrative": {
        "descr": [
            f"Officers stopped the driver near mile {n} because he had no belt on and he said that."
            for n in range(12)
        ]
    },
    "aka": {"AKA": ["Slim", "Big Tony", "El Chato"]},
    "last name in capitals": {"LASTNM": TURNED, "SUBJ_LAST_NAME": ["SMITH", "LOPEZ", "ZHANG"]},
    "inmate": {"InmateNumber": ["88-1201", "88-1202", "91-0007"]},
    "last four": {"ssn4": ["XXX-XX-1120", "XXX-XX-5462", "***-**-8891"]},
}
INNOCENT: dict[str, Columns] = {
    "county names": {"county_name": ["Hennepin", "St. Mary's", "Prince George's", "Anne Arundel"]},
    "counties under name": {"name": ["Hennepin County", "Ramsey County", "Madison County"]},
    "statutes": {"statute": ["169.14.2(a)", "8 U.S.C. 1357(g)", "Miss. Code 63-3-501", "1.2.3.4"]},
    "hashes": {"unique_id": [f"{n:040x}" for n in range(12)]},
    "short hashes": {"row": [f"{n * 7919:08x}" for n in range(50)]},
    "prices": {"price": [12.5, 199.99, 1049.0, 0.0375]},
    "budgets of nine digits": {"budget": [219099999, 780511209, 457555462, 502128891] * 3},
    "postcodes": {
        "zip": ["55401", "55402-1234", "39201"],
        "postcode": ["SW1A 1AA", "E1 6AN", "N1"],
    },
    "zip with nine digits": {"zip9": [*SSN], "ZIP": SSN},
    "case counts like phones": {"cases": ["612-555", "651-238", "763-420"]},
    "counts in turn": {"row_number": [100000001 + n for n in range(50)]},
    "ten digits in turn": {"record": [6125550000 + n for n in range(50)]},
    "officers counted": {"officers": [1, 2, 3, 2, 1, 4], "officer_count": [1, 2, 3, 4, 5, 6]},
    "officer's race": {"officer_race": ["W", "B", "H"], "officer_age": [31, 44, 52]},
    "flags": {"phone": ["Y", "N", "Y"], "address_known": ["yes", "no", "yes"]},
    "e-mails counted": {"email_count": [3, 0, 12], "emails sent": [1, 2, 3]},
    "birth year": {"birth_year": [1980, 1991, 2001], "country_of_birth": ["Mexico", "Peru", "US"]},
    "landmarks": {"landmark": LANDMARKS},
    "blocks": {"address": ["1200 BLOCK MAIN ST", "12XX OAK AVE", "3400 BLOCK ELM"]},
    "degrees of a city": {"lat": [44.98, 45.0, 43.7], "lon": [-93.27, -93.1, -92.5]},
    "agencies": {
        "agency_name": ["Austin Police Department", "Jackson County Sheriff", "Madison Police"]
    },
    "offences": {"offense": ["Robbery, Armed", "Assault, Simple", "Theft, Petty"] * 8},
    "cities": {"place": ["Denver, Colorado", "Austin, TX", "San Jose, CA", "Santa Maria, CA"]},
    "versions": {"version": ["1.2.3", "1.2.4", "2.0.0"]},
    "dates": {"stop_date": [f"2024-03-{10 + n}" for n in range(12)], "entered": DATES[9:] * 4},
    "shares": {"share": [0.014778, 0.333333, 0.125001], "rate": [17.12345, 18.54321, 33.98765]},
    "charges": {"charge": ["DRIVING WITHOUT A LICENSE ON A PUBLIC ROAD IN THE STATE"] * 30},
    "days and hours": {"weekday": ["Mon", "Tue", "Wed"], "hour": ["08:00", "09:00", "23:00"]},
    "withheld": {"Birth Date": ["(b)(6)"] * 5, "ssn": ["REDACTED"] * 5},
    "parcels": {"parcel": [dashed(digits) for digits in SSN]},
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connected:
        yield connected


def found_in(connection: duckdb.DuckDBPyConnection, columns: Columns) -> dict[str, str]:
    """The kind of each column that is found, of columns as a checked table has them."""
    fields, selected = [], []
    for number, (name, values) in enumerate(columns.items()):
        kinds = {
            int: ("integer", "BIGINT"),
            float: ("number", "DOUBLE"),
            str: ("string", "VARCHAR"),
        }
        kind, engine = kinds[type(values[0])]
        if kind == "string" and all(len(str(v)) == 10 and str(v)[4::3] == "--" for v in values):
            kind, engine = "date", "DATE"
        fields.append(Field(name, kind))
        listed = ", ".join(f"'{str(value).replace(chr(39), chr(39) * 2)}'" for value in values)
        selected.append(f'CAST(unnest([{listed}]) AS {engine}) AS "{name}"')
        del number
    connection.execute(f"CREATE OR REPLACE TABLE looked_at AS SELECT {', '.join(selected)}")
    hits = find_personal_data(connection, "looked_at", fields)
    for hit in hits:
        for values in columns.values():
            assert not any(str(value) in hit.words for value in values if len(str(value)) > 4)
    return {hit.field: hit.kind for hit in hits}


@pytest.mark.parametrize("case", PERSONAL)
def test_personal_data_are_found(connection: duckdb.DuckDBPyConnection, case: str) -> None:
    assert set(found_in(connection, PERSONAL[case])) >= set(PERSONAL[case]) - {"d2"}


@pytest.mark.parametrize("case", INNOCENT)
def test_innocent_columns_are_left_alone(connection: duckdb.DuckDBPyConnection, case: str) -> None:
    assert found_in(connection, INNOCENT[case]) == {}


def test_a_number_under_a_name_that_tells_is_of_that_kind(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert found_in(connection, {"ssn": SSN}) == {"ssn": "ssn"}
    assert found_in(
        connection, {"notes": [f"Call {name} soon about all this" for name in PEOPLE]}
    ) == {"notes": "free-text"}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Fecha de nacimiento", "birth-date"),
        ("Correo electrónico", "email"),
        ("PLACA", "plate"),
        ("first_offense", ""),
        ("length_of_stay", ""),
        ("contact_count", ""),
        ("last_updated", ""),
        ("plate_state", ""),
        ("state_id", "person-number"),
    ],
)
def test_labels(label: str, kind: str) -> None:
    assert kind_by_name(label) == kind
