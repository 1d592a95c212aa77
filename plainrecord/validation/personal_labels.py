"""What the label of a column says of personal data, in English and Spanish."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from plainrecord.core.word_lists import split_words, word_set

# Words of a label, each a phrase of whole words; the first kind that has one of them is taken.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "birth-date": split_words(
        "dob, date of birth, birth date, birthdate, birthday, born, day of birth, fecha de "
        "nacimiento, fecha nacimiento, nacimiento, fec nacimiento, nacido, nacida, bday, birth dt, birth day, "
        "dateofbirth, date birth, geburtsdatum, fnac, f nac, f nacimiento, month of birth, birth month, "
        "birth ym, mes de nacimiento"
    ),
    "ssn": split_words(
        "ssn, ss number, ss no, social security, soc sec, seguro social, sin number, national "
        "insurance, ssnum, itin, curp, nss, dni, cedula, rfc, tin, tax id, taxid, taxpayer id"
    ),
    "a-number": split_words(
        "alien number, a number, anumber, number a, alien registration, a num, fein, a no, alien no, "
        "alien file, alien id, a file, numero de extranjero, uscis number"
    ),
    "email": ("email", "e mail", "mail", "correo", "correo electronico", "emails"),
    "phone": split_words(
        "phone, telephone, mobile, cell phone, tel, telefono, celular, fax, phone number, "
        "cell, phones, ph, tel no, cellphone, telef, movil"
    ),
    "address": split_words(
        "address, street address, street, home address, addr, block address, direccion, "
        "domicilio, calle, adresse, residence, address1, addr1"
    ),
    "plate": split_words(
        "plate, license plate, licence plate, tag number, vin, placa, placas, plates, driver license, "
        "drivers license, driver licence, dl number, dl no, oln, operator license, lic plate, "
        "vehicle tag, vehicle registration, matricula, license number, licencia, vehicle license"
    ),
    "officer": split_words(
        "officer name, badge, officer badge, badge number, officer id, officer number, agent "
        "name, officer first, officer last, arresting officer, shield number, star number, "
        "shield, deputy name, officer badge, trooper name, agente, reporting officer, officer "
        "1, officer1, oficial nombre, star no, officers name"
    ),
    "person-number": split_words(
        "inmate number, inmate id, booking number, booking id, fbi number, state id, mrn, "
        "consular id, national id, voter id, employee number, patient id, student id, "
        "employee id, detainee id, subject number, civ id, person number, medical record "
        "number, medicare, medicaid, fbi no, passport, pasaporte, travel document, travel doc, iban, "
        "clabe, bank account, cuenta bancaria, numero cuenta, imei, imsi, book id, book number, jail id, "
        "jail number, jacket number, offender id, offender number, prisoner number"
    ),
    "name": split_words(
        "first name, last name, full name, surname, middle name, given name, family name, "
        "firstname, lastname, fullname, fname, lname, maiden name, person name, suspect name, "
        "victim name, subject name, inmate name, alias, defendant, detainee name, patient, "
        "nombre, apellido, apellidos, nombres, requester, requester name, requestor, "
        "requestor name, complainant, nachname, vorname, player name, employee name, "
        "employee, driver name, name first, name last, middle initial, aka, aliases, witness "
        "name, owner name, mname, initials, iniciales, contact name, plaintiff, client name, last nm, first nm, "
        "first, last, username, user name, screen name, login, logon, user id, handle, nickname, apodo, "
        "ap paterno, ap materno, persona detenida"
    ),
    "ip": ("ip address", "ip", "mac address", "device id"),
    "case": split_words(
        "case number, case no, event number, unique identifier, anonymized identifier"
    ),
    "coordinates": split_words(
        "latitude, longitude, lat, lon, lng, long, coordinates, geom, latitud, longitud, gps, "
        "location x, location y, x coord, y coord, x coordinate, y coordinate, coord x, coord "
        "y, xcoord, ycoord, coordenadas, lat long, geohash, plus code"
    ),
    "free-text": split_words(
        "narrative, notes, note, comment, comments, remarks, observaciones, notas, "
        "comentarios, synopsis, narrativa, relato, free text, hechos, descripcion incidente, "
        "incident description, descripcion del incidente"
    ),
}
_SHORT: Mapping[str, str] = {
    **dict.fromkeys(["no", "num", "nbr", "nr", "#", "numero"], "number"),
    **dict.fromkeys(["nm", "nme", "names"], "name"),
    **dict.fromkeys(["ofc", "ofcr", "offcr"], "officer"),
    **dict.fromkeys(["subj", "sbj"], "subject"),
    **dict.fromkeys(["susp", "perp", "perpetrator"], "suspect"),
    "vic": "victim",
    "vict": "victim",
    "deft": "defendant",
    "emp": "employee",
    "lic": "license",
    "veh": "vehicle",
    "med": "medical",
    "reg": "registration",
    "rec": "record",
    "soc": "social",
    "sec": "security",
    "addr": "address",
    "fech": "fecha",
    "nac": "nacimiento",
    "eml": "email",
    "dept": "department",
}
PEOPLE = word_set(
    "arrested encountered apprehended detained deported stopped cited deceased arrestee suspect who "
    "party person persons people subject individual alien noncitizen driver victim inmate detainee "
    "defendant owner witness client applicant occupant passenger complainant guardian "
    "parent mother father spouse kin respondent petitioner caller relative sponsor tenant juvenile "
    "attorney lawyer counsel judge inspector investigator supervisor interpreter individuo sujeto "
    "persona detenido detenida abogado madre padre conductor victima testigo"
)
"""Words for a person: a column so called that holds what looks like names holds names."""
_OFFICERS = frozenset(["officer", "deputy", "trooper", "agent", "sheriff", "oficial", "agente"])
_INITIALS = frozenset(["init", "inits"])
_KEYS = frozenset(["id", "ids", "uuid", "guid", "key", "identifier", "identificador", "ein"])
_NUMBERS = frozenset(
    ["number", "id", "badge", "star", "shield", "serial", "placa", "initials", "iniciales"]
)
# Words that name a person only where they are the whole label.
_ALONE: Mapping[str, str] = {
    **dict.fromkeys(["officer", "deputy", "trooper", "oficial", "star"], "officer"),
    **dict.fromkeys(["suspect", "victim", "person", "requester", "arrestee", "driver"], "name"),
    **dict.fromkeys(["x", "y"], "coordinates"),
    **dict.fromkeys(["complainants", "inmate", "detainee"], "name"),
}
# Labels in which such a word means something else.
_NOT = split_words(
    "country of birth, place of birth, year of birth, birth year, birth country, county "
    "name, state name, city name, agency name, facility name, school name, street type, "
    "street lighting, first time, last updated, last modified, long name, first seen, "
    "last seen, year born, born year, mail code, first day, last day, first date, last "
    "date, cell type, cell block, email domain, phone model, parcel, apn, how long, long "
    "term, first offense, last year, first year"
)
# Words that say that a column counts or classifies what another word names.
_ABOUT = word_set(
    "count counts total totals share rate percent pct type status method flag sent provided has "
    "is average avg median mean sum state country county condado agencia agency ciudad city "
    "escuela hospital departamento facility oficina estado pais municipio station category class "
    "race sex gender ethnicity age year zip postal rank division unit color colour make model "
    "brand"
)
_COUNTED = frozenset(["officer", "name", "phone", "email", "address", "plate"])


def words_of(label: str) -> tuple[str, ...]:
    """The words of a label in small letters: at capitals, digits, signs; accents left out."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", label) if not unicodedata.combining(sign)
    )
    split = re.sub(r"([a-z])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", plain)
    joined = re.sub(r"\b([A-Za-z])\.(?=[A-Za-z]\b)", r"\1", split)  # D.O.B. is one word
    return tuple(re.findall(r"[a-z]+|\d+|#", joined.lower()))


def _full(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a label or phrase with usual abbreviations written out."""
    return tuple(_SHORT.get(word, word) for word in words)


def has_phrase(words: tuple[str, ...], phrase: str) -> bool:
    """Whether the words of `phrase` stand in `words` side by side."""
    return f" {phrase} " in f" {' '.join(words)} "


_FULL_NAMES: Mapping[str, tuple[str, ...]] = {
    kind: tuple(" ".join(_full(tuple(phrase.split()))) for phrase in phrases)
    for kind, phrases in _NAMES.items()
}


@lru_cache(maxsize=4096)  # labels recur in the tables of a portal
def kind_by_name(label: str) -> str:
    """The kind of personal data that a column's label names, "" for none."""
    words = _full(words_of(label))
    if any(has_phrase(words, phrase) for phrase in _NOT):
        return ""
    for kind, phrases in _FULL_NAMES.items():
        if kind in _COUNTED and (_ABOUT & set(words) or words[:2] == ("number", "of")):
            continue
        named = [phrase for phrase in phrases if has_phrase(words, phrase)]
        if kind != "case" and (set(named) - {"first", "last"} or (named and len(words) == 1)):
            return kind
    if {"name", *_INITIALS} & set(words) and PEOPLE & set(words):
        return "name"
    if PEOPLE & set(words) and _KEYS & set(words) and not _ABOUT & set(words):
        return "person-number"
    if any(has_phrase(words, phrase) for phrase in _FULL_NAMES["case"]):
        return "case"
    if _OFFICERS & set(words) and _NUMBERS & set(words) and not _ABOUT & set(words):
        return "officer"
    return _ALONE.get(" ".join(words), "")
