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
    "people under what happened": {"encountered": [name.upper() for name in PEOPLE]},
    "surname and initial": {"inspector": [f"{name.split()[1]}, {name[0]}" for name in PEOPLE]},
    "initials": {"initials": ["M.L.", "J.S.", "W.Z."], "subject_initials": ["ML", "JS", "WZ"]},
    "A-numbers with points": {"ref": ["A012.345.678", "A098.765.432"]},
    "taxpayers": {"tin": SSN, "taxid": [int(digits) for digits in SSN]},
    "ssn announced": {"info": [*["none"] * 40, "SSN 219 09 9999 given"]},
    "state and plate": {"reg": ["TX ABC1234", "CA 7XYZ901", "NY-KLM 882"]},
    "placas": {"num_placas": ["FKF-37-89", "AFE-83-58"], "OLN": ["F1975777", "G4826539"]},
    "officers by number": {"star": [13868, 16210], "agent_serial_no": [16145, 21112]},
    "home without number": {"home_street": ["Cedar Rd", "Birch Rd", "Oak St"]},
    "flat before the street": {"resid": ["Apt 5, 594 Cedar Street", "#6, 194 Oak Street"]},
    "places in one text": {
        "pluscode": ["86P85P1X+HQ", "86P88P7X+CM"],
        "point": ['{"type":"Point","coordinates":[-93.69225,44.88412]}'],
    },
    "nacido": {"nacido_el": ["28 Nov 1986", "15 Jul 1960"]},
    "e-mail in words": {"contact_mail": ["dwayne at example dot org"]},
    "people abroad": {
        "clave": ["DBGI710769HBHFBD05", "AIID406887MHEIAD03"],
        "travel_doc_no": ["G46763376", "G71164052"],
    },
    "newer addresses": {"client": ["2001:db8:5::6", "2001:db8:0:1:1:1:1:1"]},
    "two surnames": {
        "remitido": [f"{name.split()[1]} Castillo, {name.split()[0]}" for name in PEOPLE],
        "persona_detenida": ["Vega", "Luna", "Ruiz"],
    },
    "seconds": {"site": ["44 43 41.75 N, 74 19 20.97 W", "29-00-25 N 90-43-35 W"]},
    "point with a system": {"shape": ["SRID=4326;POINT(-82.809092 46.597272)"]},
    "short plus code": {"spot": ["JW2P+37X Austin, TX", "V9CF+R69 Austin, TX"]},
    "geohash": {"geohash7": ["9q8ymyn", "9q8yzqr"]},
    "e-mail in brackets": {"via": ["luis54 (at) mail (dot) org", "ana.ruiz[at]mail.org"]},
    "mobile in Mexico": {"callback": ["+52 1 81 4542 1247", "+52 1 55 1732 4410"]},
    "bank accounts": {
        "paid_to": ["DE20 1986 0395 4762 0075 32", "ES9261265206427928775744"],
        "clabe": ["762168275217488851", "132215672841424307"],
    },
    "devices": {
        "radio": ["8b:db:5e:ba:45:6b", "95-eb-92-e5-75-61"],
        "imei": ["357416299864984", "359640707620088"],
    },
    "birth date in a number": {"caso": ["19571227-8508", "19690115-8576", "20040903-0337"]},
    "names in JSON": {"payload": [f'{{"nm": "{name}", "n": 2}}' for name in PEOPLE]},
    "a key in JSON": {"body": ['{"fecha_nac": "3 mar 1980"}', '{"fecha_nac": "9 ene 1991"}']},
    "what happened": {
        "hechos": ["fue visto cerca de su casa", "dijo que iba a la tienda", "nada mas que decir"]
    },
    "fnac": {"fnac": ["1977-04-16 ", "1973-02-03 "], "ap_materno": ["Petrov", "Haddad"]},
    "initials of agents": {"iniciales_agente": ["R.C.", "A.B.", "R.D."]},
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
    "offices": {
        "agency_phone": ["612-555-0100", "651-555-0199"],
        "facility_address": ["100 Main St", "22 Oak Ave"],
    },
    "teams": {"team": ["Baker Team", "Adam Squad", "David Watch", "Kevin Shift"]},
    "times and roads": {"at": ["10:00:00", "23:59:59"], "road": ["TX FM1960", "NY I278"]},
    "star ratings": {"star": [1, 2, 3, 4, 5], "agent_count": [10, 20, 30]},
    "identifiers of rows": {
        "equipment": [
            "065e5751-f751-43a5-f61d-ebc267b0bc8d",
            "b327f2f1-71fc-118d-e911-65c672a32526",
        ],
        "incident": ["20240315-0012", "20240316-0001", "20231224-0100"],
        "row_hash": ["0f3b9a77c21e", "a81b00d2c3f4"],
        "unit_code": ["ABC-123", "DEF-456", "GHJ-789"],
        "contract": ["70CDCR18DIG000012", "ESX2019000123", "DE-2020-114"],
    },
    "lists in JSON": {"codes": ['["Robbery, Armed", "Theft, Petty"]', '["Assault, Simple"]'] * 6},
    "numbers with points": {
        "score": ["12.25, 31.50", "4.75, 8.00"],
        "tile": ["12/1204/2210", "12/1204/2211"],
    },
    "places in Mexico": {
        "agencia": ["Policia Municipal", "Guardia Nacional", "Fiscalia General"],
        "motivo": ["falta administrativa", "orden judicial"],
    },
    "who was seen": {"nature": ["Suspicious Person", "Noise Complaint", "Welfare Check"]},
}


# Lists of columns that were written without a look at the patterns: each with its name and type.
LATER_PERSONAL: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("arrested", "string", ("TAMIKA OKAFOR", "DESHAWN VILLANUEVA", "SIOBHAN PETROV", "XIOMARA O'BRIEN", "YOLANDA MCDONALD", "BARTHOLOMEW JOHNSON", "KEISHA GARCIA-LOPEZ", "HECTOR KIM", "LUPE TRAN", "INGRID HAILE", "DMITRI YANG", "AALIYAH VANG", "ROHAN XIONG", "PRIYA ABDI", "KWAME MOHAMUD", "SVETLANA OLSON",)),
    ("who", "string", ("Okafor, Tamika", "Villanueva, DeShawn", "Petrov, Siobhan", "O'Brien, Xiomara", "McDonald, Yolanda", "Johnson, Bartholomew", "Garcia-Lopez, Keisha", "Kim, Hector", "Tran, Lupe", "Haile, Ingrid", "Yang, Dmitri", "Vang, Aaliyah", "Xiong, Rohan", "Abdi, Priya", "Mohamud, Kwame", "Olson, Svetlana",)),
    ("NOMBRES Y APELLIDOS", "string", ("Tamika Okafor", "DeShawn Villanueva", "Siobhan Petrov", "Xiomara O'Brien", "Yolanda McDonald", "Bartholomew Johnson", "Keisha Garcia-Lopez", "Hector Kim", "Lupe Tran", "Ingrid Haile", "Dmitri Yang", "Aaliyah Vang", "Rohan Xiong", "Priya Abdi", "Kwame Mohamud", "Svetlana Olson",)),
    ("perp_nm", "string", ("Tamika Okafor", "DeShawn Villanueva", "Siobhan Petrov", "Xiomara O'Brien", "Yolanda McDonald", "Bartholomew Johnson", "Keisha Garcia-Lopez", "Hector Kim", "Lupe Tran", "Ingrid Haile", "Dmitri Yang", "Aaliyah Vang", "Rohan Xiong", "Priya Abdi", "Kwame Mohamud", "Svetlana Olson",)),
    ("Fech. Nac.", "string", ("01/02/1980", "14/11/1975", "01/02/1980", "14/11/1975", "01/02/1980", "14/11/1975", "01/02/1980", "14/11/1975",)),
    ("D.O.B.", "string", ("01/02/1980", "12/11/1975", "01/02/1980", "12/11/1975", "01/02/1980", "12/11/1975", "01/02/1980", "12/11/1975",)),
    ("Birthdate (approx)", "string", ("1980-01-02", "1975-11-12", "1980-01-02", "1975-11-12", "1980-01-02", "1975-11-12", "1980-01-02", "1975-11-12",)),
    ("social", "string", ("332 - 20 - 6469", "668 - 07 - 1187", "842 - 69 - 1543", "375 - 75 - 0951", "520 - 28 - 0615", "089 - 56 - 6852", "072 - 31 - 1487", "565 - 55 - 0969", "848 - 73 - 2029", "229 - 81 - 9552",)),
    ("identifier", "string", ("064749594", "407073623", "048722182", "297542364", "554169354", "316722962", "106759359", "655256102", "100711029", "578083375", "509888712", "438417629", "600595925", "307322946", "717321342", "589398605", "507447354", "295781200", "121666851", "169975605", "156636910", "041861272", "784729389", "810415573", "713459739", "509757475", "071124423", "486901065", "063945073", "663747302",)),
    ("SSN_LAST4", "string", ("1234", "5521", "0981",)),
    ("contact", "string", ("+52 55 1234 5678", "+1.612.555.0142", "612/555/0142", "(612)5550142",)),
    ("ph", "string", ("1-612-555-0142", "1-651-238-9911",)),
    ("EML", "string", ("JOHN@EXAMPLE.ORG", "a_b+c@x.co.uk",)),
    ("location", "string", ("123 Broadway", "4501 Chicago", "77 Lyndale",)),
    ("LOC", "string", ("1200 E 35th St", "401 N 3rd St #204", "90 S 7TH ST",)),
    ("Addr.", "string", ("RR 2 Box 45", "PO Box 1220", "Route 3 Box 9",)),
    ("domicilio particular", "string", ("Av. Reforma 222 Int. 4", "Calle 5 de Mayo #12",)),
    ("A#", "string", ("012345678", "098765432", "076543210",)),
    ("afile", "string", ("A 012-345-678", "A-098-765-432",)),
    ("Geolocation", "string", ("(44.97781, -93.26503)", "(45.01234, -93.10001)",)),
    ("Y", "number", (44.97781, 44.98123,)),
    ("Star #", "integer", (1234, 5521, 981, 4432,)),
    ("Officer Badge No.", "string", ("A12", "B992",)),
    ("emp_nbr", "integer", (10234, 20345, 11223,)),
    ("veh_lic", "string", ("ABC123", "JHK882", "7XYZ901",)),
    ("vehicle", "string", ("1HGCM82633A004352", "2T1BURHE5JC034461", "3VWDX7AJ5DM373112",)),
    ("notes", "string", ("Jane seemed upset, called her mom", "Told to leave by Ofc Olson",)),
    ("text1", "string", ("Respondent said that he was going to work when the two officers approached him.", "She was held for three hours and asked about her sister who lives in Duluth MN.",)),
    ("Med Rec #", "string", ("00123", "00456",)),
    ("client", "string", ("10.2.3.4", "192.168.1.9", "8.8.8.8",)),
    ("payload", "string", ("{\"name\":\"Ann\",\"email\":\"ann@x.org\"}", "{\"phone\":\"612-555-0142\"}",)),
    ("officer", "string", ("Sgt. T. Olson", "Ofc. M. Vang",)),
    ("DL#", "string", ("S123-456-789-012", "J999-111-222-333",)),
    ("Apellido paterno", "string", ("Ruiz", "Vega", "Luna",)),
    ("LNAME_1", "string", ("Smith", "Vang",)),
    ("Reporting Officer", "string", ("T. Olson", "M. Vang",)),
    ("RespondentName", "string", ("Tamika Okafor", "DeShawn Villanueva", "Siobhan Petrov", "Xiomara O'Brien", "Yolanda McDonald", "Bartholomew Johnson", "Keisha Garcia-Lopez", "Hector Kim", "Lupe Tran", "Ingrid Haile", "Dmitri Yang", "Aaliyah Vang", "Rohan Xiong", "Priya Abdi", "Kwame Mohamud", "Svetlana Olson",)),
    ("guardian", "string", ("Tamika Okafor", "DeShawn Villanueva", "Siobhan Petrov", "Xiomara O'Brien", "Yolanda McDonald", "Bartholomew Johnson", "Keisha Garcia-Lopez", "Hector Kim", "Lupe Tran", "Ingrid Haile", "Dmitri Yang", "Aaliyah Vang", "Rohan Xiong", "Priya Abdi", "Kwame Mohamud", "Svetlana Olson",)),
    ("next_of_kin", "string", ("Tamika Okafor", "DeShawn Villanueva", "Siobhan Petrov", "Xiomara O'Brien", "Yolanda McDonald", "Bartholomew Johnson", "Keisha Garcia-Lopez", "Hector Kim", "Lupe Tran", "Ingrid Haile", "Dmitri Yang", "Aaliyah Vang", "Rohan Xiong", "Priya Abdi", "Kwame Mohamud", "Svetlana Olson",)),
    ("Age/DOB", "string", ("44 / 01-02-1980", "32 / 11-12-1992",)),
    ("born_on", "string", ("1980-01-02", "1992-12-11",)),
    ("FechaNacimiento", "string", ("1980-01-02", "1992-12-11",)),
    ("NSS", "string", ("12345678901", "98765432109",)),
    ("SS#", "string", ("219099999", "078051120",)),
    ("tax_id", "string", ("900-70-1234", "912-88-4321",)),
    ("home_ph", "string", ("555-0142", "555-9911",)),
    ("caller", "string", ("(612)555-0142 Ann", "(651) 238-9911 Bob",)),
    ("Cell #", "string", ("6125550142", "6512389911",)),
    ("cc", "string", ("a@x.org; b@y.org", "c@z.org",)),
    ("resid_addr", "string", ("4501 Chicago Ave Apt 2", "77 Lyndale N",)),
    ("last_known_address", "string", ("4501 Chicago Ave Apt 2", "77 Lyndale N",)),
    ("xy", "string", ("44.97781,-93.26503", "45.01234,-93.10001",)),
    ("gps", "string", ("44°58'40.1\"N 93°15'54.1\"W", "45°00'44.4\"N 93°06'00.0\"W",)),
    ("OfficerEmployeeID", "string", ("00123", "00991",)),
    ("shield_no", "integer", (12345, 99123,)),
    ("veh_tag", "string", ("ABC123", "JHK882",)),
    ("AlienRegNo", "string", ("012345678", "098765432",)),
    ("consular_id", "string", ("G12345678", "G98765432",)),
    ("allegation", "string", ("The complainant states that Officer Olson grabbed her arm and pushed her to the ground outside.", "He reports the officers took his phone and laughed at him in front of his daughter.",)),
    ("Booking_Num", "string", ("2020001234", "2020001999",)),
    ("INMATE", "string", ("OKAFOR, TAMIKA", "VILLANUEVA, DESHAWN", "PETROV, SIOBHAN", "O'BRIEN, XIOMARA", "MCDONALD, YOLANDA", "JOHNSON, BARTHOLOMEW", "GARCIA-LOPEZ, KEISHA", "KIM, HECTOR", "TRAN, LUPE", "HAILE, INGRID", "YANG, DMITRI", "VANG, AALIYAH", "XIONG, ROHAN", "ABDI, PRIYA", "MOHAMUD, KWAME", "OLSON, SVETLANA",)),
    ("person_uuid", "string", ("21636369-8b52-9b4a-97b7-50923ceb3ffd", "795b929e-9a9a-80fd-ea7b-5bf55eb561a4", "9b08923d-10c6-7fd9-94b2-b8fda02f34a6")),
    ("Detainee Key", "string", ("781f9c58-d664-5fa9-e8a8-529f035efa25", "31162427-3bfd-1d33-8d00-38ec42650644", "8a7d43b5-7863-3074-b797-0386fee29476")),
    ("contact", "string", ("@maria_garcia", "@jose_lopez", "@juan_nguyen", "@ana_smith", "@luis_hernandez", "@karen_walker", "@david_perez", "@rosa_gomez", "@pedro_torres", "@linda_adams", "@carlos_wright", "@james_flores")),
    ("Year and month of birth", "string", ("1981-04", "1990-11")),
    ("case_ref", "string", ("19-GARCIA-1000", "20-LOPEZ-1037", "21-NGUYEN-1074", "22-SMITH-1111", "23-HERNANDEZ-1148", "19-WALKER-1185", "20-PEREZ-1222", "21-GOMEZ-1259", "22-TORRES-1296", "23-ADAMS-1333", "19-WRIGHT-1370", "20-FLORES-1407")),
    ("account", "string", ("maria.garcia", "jose.lopez", "juan.nguyen", "ana.smith", "luis.hernandez", "karen.walker", "david.perez", "rosa.gomez", "pedro.torres", "linda.adams", "carlos.wright", "james.flores")),
    ("entered_by", "string", ("mgarcia0", "jlopez1", "jnguyen2", "asmith3", "lhernandez4", "kwalker5", "dperez6", "rgomez7", "ptorres8", "ladams9", "cwright10", "jflores11")),
    ("login", "string", ("mxqv", "otrz")),
    ("registro", "string", ("GODE561231GR8", "MAPL790402K19")),
    ("Driver EIN", "string", ("12-3456789", "98-7654321")),
    ("Jail Book ID", "string", ("2021-004417", "2020-118230")),
    ("A-File", "string", ("012-345-678", "098-765-432")),
    ("detail", "string", ("alien no 012345678 was moved", "none", "none", "none", "none", "none", "none", "none", "none")),
    ("subject_init", "string", ("MLS", "JRS")),
)  # fmt: skip
LATER_INNOCENT: tuple[tuple[str, str, tuple[object, ...]], ...] = (
    ("precinct_name", "string", ("First Precinct", "Second Precinct", "Third Precinct",)),
    ("street", "string", ("Main St", "Oak Ave", "Broadway",)),
    ("court", "string", ("4th District Court", "Hennepin County District Court",)),
    ("office", "string", ("Office of the Attorney General", "City Attorney",)),
    ("program_name", "string", ("Secure Communities", "Jail Enforcement Model", "Task Force Model",)),
    ("vehicle_model", "string", ("Ford Explorer", "Dodge Charger", "Honda Civic",)),
    ("species", "string", ("Canis lupus", "Ursus arctos", "Felis catus",)),
    ("docket", "string", ("19-cv-01234", "20-cr-00231", "2019-12-3456",)),
    ("isbn", "string", ("978-3-16-148410-0", "0-306-40615-2",)),
    ("ts", "integer", (1609459200, 1609460177, 1609461154, 1609462131, 1609463108, 1609464085, 1609465062, 1609466039, 1609467016, 1609467993, 1609468970, 1609469947, 1609470924, 1609471901, 1609472878, 1609473855, 1609474832, 1609475809, 1609476786, 1609477763,)),
    ("updated_ms", "integer", (1609459200000, 1609459209771, 1609459219542, 1609459229313, 1609459239084, 1609459248855, 1609459258626, 1609459268397, 1609459278168, 1609459287939, 1609459297710, 1609459307481, 1609459317252, 1609459327023, 1609459336794, 1609459346565, 1609459356336, 1609459366107, 1609459375878, 1609459385649,)),
    ("tract_fips", "string", ("46507529170", "34236671276", "84268465632", "12233079244", "02685995289", "07866661760", "31372159010", "92815901396", "24595711777", "74121547280", "38528084148", "52538885393", "36338750047", "43957551313", "73537990751", "16372651676", "12220297299", "75288200182", "63304348395", "48620579868",)),
    ("naics", "string", ("561612", "922120",)),
    ("pop", "integer", (240405983, 671042709, 263033078, 662110918, 648195686,)),
    ("total_paid", "integer", (120084195, 572580523, 296610599, 753430573, 104222468, 260849193, 285055879, 251997788, 608409165, 764754893, 878670347, 229210455, 697511159, 166309234, 450020665, 832647724, 656572693, 669863085, 696401168, 618066484, 213934118, 701613399, 161012773, 366818750, 305413398, 397337444, 145310712, 204953188, 645153748, 585520203,)),
    ("stop_id", "integer", (703152336, 129920624, 916036417, 168041773, 575934338, 449624976, 757696806, 642833537, 750835376, 649929199, 314107560, 843814251, 397625709, 585702592, 645628515, 672610874, 966898501, 613287584, 645194407, 365918391, 850779486, 661792086, 378735098, 700773368, 317527775, 580529775, 247246981, 547360632, 230590580, 521298041,)),
    ("incident", "integer", (1960836459, 8328603841, 7029316967, 2809368694, 6826616181, 9985904926, 2571754093, 7264943241, 4020012165, 6945714618, 5126495981, 4764076051, 5656007683, 2167889500, 6074724585, 4246035554, 8815883859, 9358013058, 2743532650, 2404662647, 2198563463, 6082423929, 4845220704, 9662226292, 2119061845, 1955235051, 5817568426, 5344558402, 9226695066, 3670196012,)),
    ("id", "string", ("550e8400-e29b-41d4-a716-446655440000", "6fa459ea-ee8a-3ca4-894e-db77e160355e",)),
    ("z", "number", (0.12345, -1.23456, 2.34567,)),
    ("latitude", "number", (44.97, 45.01,)),
    ("last_name_count", "integer", (1, 2, 3,)),
    ("first_stop", "string", ("yes", "no",)),
    ("first_appearance", "string", ("2020-01-02", "2020-03-04",)),
    ("nombre_pais", "string", ("México", "Guatemala", "Honduras",)),
    ("nombre del municipio", "string", ("San Luis", "Benito Juárez", "Francisco I. Madero",)),
    ("holiday", "string", ("Martin Luther King Day", "Labor Day",)),
    ("facility", "string", ("Johnson Memorial", "Mary Greeley Medical Center", "Mark Twain House",)),
    ("age", "integer", (18, 25, 44, 99,)),
    ("phone_type", "string", ("cell", "home",)),
    ("mail_sent", "string", ("2020-01-02", "2020-02-03",)),
    ("charge_desc", "string", ("FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN", "FAILURE TO YIELD RIGHT OF WAY TO A PEDESTRIAN IN A CROSSWALK", "SPEEDING 10 MPH OR MORE ABOVE THE LIMIT POSTED ON THE SIGN",)),
    ("url", "string", ("https://x.org/a/b", "https://x.org/c",)),
    ("contributor", "string", ("Publisher", "Author",)),
    ("note", "string", ("a", "b", "see 4",)),
    ("badge_color", "string", ("red", "blue",)),
    ("hotel", "string", ("Hilton", "Ritz",)),
    ("intersection", "string", ("Main St & 5th Ave", "Oak St & Elm St",)),
    ("milepost", "string", ("I-35 MM 12", "US 61 MM 4",)),
    ("blk", "string", ("100 BLK OAK ST", "XX MAIN ST",)),
    ("range", "string", ("100-200", "200-300", "555-1234",)),
    ("case_name", "string", ("Smith v. Jones", "Terry v. Ohio", "Graham v. Connor",)),
    ("judicial_district", "string", ("Fourth", "Second",)),
    ("moa_link", "string", ("https://ice.gov/a.pdf",)),
    ("lat_minutes", "number", (12.5, 13.1,)),
    ("long", "string", ("yes", "no",)),
    ("x", "number", (0.12, 0.33,)),
    ("source", "string", ("The inspectorate", "Department of Justice",)),
    ("offense_dt", "string", ("2020-01-01", "2020-02-01",)),
    ("contract_number", "string", ("70CDCR20D00000001", "70CDCR21D00000002",)),
    ("sku", "string", ("12345-6789", "23456-7890",)),
    ("bill", "string", ("H.R. 1234", "S. 567",)),
    ("hours", "string", ("08:00-17:00", "09:00-18:00",)),
    ("race", "string", ("White", "Black", "Native American",)),
    ("language", "string", ("Spanish", "Haitian Creole",)),
    ("country", "string", ("Trinidad And Tobago", "Dominican Republic", "El Salvador",)),
    ("processing_disposition", "string", ("Expedited Removal (I-860)", "Warrant Of Arrest/Notice To Appear",)),
    ("road", "string", ("Highway 61", "County Road 5",)),
    ("persons", "integer", (1, 2, 3,)),
    ("victims", "integer", (0, 1, 2,)),
    ("defendant_count", "integer", (1, 2,)),
    ("first_quarter", "integer", (100, 200,)),
    ("last_inspection", "string", ("2020-01-01", "2020-02-01",)),
    ("patient_days", "integer", (100, 200,)),
    ("employee_share", "number", (0.1, 0.2,)),
    ("telework", "string", ("yes", "partly", "mostly",)),
    ("plate_reads_total", "integer", (100, 200,)),
    ("mail_ballots", "integer", (1000, 2000,)),
    ("street_lights", "integer", (100, 200,)),
    ("country_of_residence", "string", ("Mexico", "Peru",)),
    ("opened", "string", ("1980-01-02", "1992-12-11", "2001-05-05",)),
    ("operation", "string", ("Cross Check", "Safe City", "Iron Fist", "Clean House",)),
    ("gini", "number", (0.12345, 0.23456,)),
    ("notes", "string", ("A1", "B2", "C3",)),
    ("unit", "string", ("person", "case",)),
    ("squad", "string", ("Alpha Team", "Bravo Team",)),
    ("gang_name", "string", ("Latin Kings", "Native Mob",)),
    ("Cell", "string", ("101-2-0345", "101-2-0346")),
    ("Software release", "string", ("1.2.3.4", "1.2.4.0")),
    ("First", "string", ("arrest", "encounter")),
    ("tag", "string", ("@jail", "@court")),
    ("user_type", "string", ("staff", "public")),
    ("initial_disposition", "string", ("held", "released")),
    ("EIN", "string", ("12-3456789", "98-7654321")),
    ("office", "string", ("ELP", "SNA")),
    ("passport_country", "string", ("MX", "GT")),
    ("court_no", "string", ("19-CV-1000", "20-CV-1001", "21-CV-1002", "22-CV-1003", "23-CV-1004", "19-CV-1005", "20-CV-1006", "21-CV-1007", "22-CV-1008", "23-CV-1009", "19-CV-1010", "20-CV-1011")),
)  # fmt: skip


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


def kinds_of(
    connection: duckdb.DuckDBPyConnection, name: str, kind: str, values: tuple[object, ...]
) -> list[str]:
    engine = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}[kind]
    connection.execute(f'CREATE OR REPLACE TABLE looked_at ("{name}" {engine})')
    connection.executemany("INSERT INTO looked_at VALUES (?)", [(value,) for value in values])
    return [hit.kind for hit in find_personal_data(connection, "looked_at", [Field(name, kind)])]


@pytest.mark.parametrize(("name", "kind", "values"), LATER_PERSONAL)
def test_columns_of_a_stranger_are_found(
    connection: duckdb.DuckDBPyConnection, name: str, kind: str, values: tuple[object, ...]
) -> None:
    assert kinds_of(connection, name, kind, values)


@pytest.mark.parametrize(("name", "kind", "values"), LATER_INNOCENT)
def test_innocent_columns_of_a_stranger_are_left_alone(
    connection: duckdb.DuckDBPyConnection, name: str, kind: str, values: tuple[object, ...]
) -> None:
    assert kinds_of(connection, name, kind, values) == []


def test_a_number_under_a_name_that_shows_is_of_that_kind(
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
