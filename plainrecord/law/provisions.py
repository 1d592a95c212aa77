"""The sections of law that records of stops, arrests and removals name: a closed table.

Sources: the headings of title 8 (Immigration and Nationality Act, INA), 18 and 19 of the United
States Code and of title 8 of the Code of Federal Regulations, as at govinfo.gov; for England and
Wales the headings at legislation.gov.uk. A section whose heading we were not sure of is left out:
the table says what is known, and that a section is not in it proves nothing. `HIGHEST` says where
a number is certainly too high. The words in `about` are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STOP, ARREST, REMOVAL = "stop", "arrest", "removal"
BASES: Mapping[str, str] = {
    STOP: "a stop",
    ARREST: "an arrest",
    REMOVAL: "a removal",
}
"""What a legal basis can be the basis of, with the words for it."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of law: its heading, what it is about in a sentence, and what it is a basis of.

    `book` is `8 U.S.C.`, `8 CFR`, `8 CFR part` or the name of an act; `number` the section's.
    `fits` holds those of `BASES` for which it can stand: a power to stop or to arrest, an offence
    that the person may be suspected of, a ground of removal. `ina` is the section of the
    Immigration and Nationality Act that is the same law, empty where there is none.
    """

    book: str
    number: str
    title: str
    about: str = ""
    fits: frozenset[str] = frozenset()
    ina: str = ""
    address: str = ""


# number, INA number, what it fits, heading, what it is about
_USC8 = """
1101|101||Definitions|says what the words of the immigration law mean
1103|103||Powers and duties of the Secretary, the Under Secretary, and the Attorney General|
1151|201||Worldwide level of immigration|
1153|203||Allocation of immigrant visas|
1154|204||Procedure for granting immigrant status|
1157|207||Annual admission of refugees and admission of emergency situation refugees|
1158|208||Asylum|who may be given asylum, and how
1159|209||Adjustment of status of refugees|
1181|211||Admission of immigrants into the United States|
1182|212|removal|Inadmissible aliens|lists the grounds on which a person can be refused entry
1183|213||Admission of aliens on giving bond or undertaking; return upon permanent departure|
1184|214||Admission of nonimmigrants|
1185|215||Travel control of citizens and aliens|
1187|217|removal|Visa waiver program for certain visitors|visits without a visa, in which the visitor gives up most rights to a hearing
1201|221||Issuance of visas|
1202|222||Application for visas|
1221|231||Lists of alien and citizen passengers arriving and departing|
1222|232|stop arrest|Detention of aliens for physical and mental examination|lets officers hold arriving people for an examination
1223|233||Entry through or from foreign territory and adjacent islands|
1224|234||Designation of ports of entry for aliens arriving by aircraft|
1225|235|stop arrest removal|Inspection by immigration officers; expedited removal of inadmissible arriving aliens; referral for hearing|lets officers inspect people who arrive, hold them, and remove some without a hearing
1226|236|stop arrest|Apprehension and detention of aliens|lets officers arrest a person on a warrant and hold them while removal is decided
1226a|236A|stop arrest|Mandatory detention of suspected terrorists; habeas corpus; judicial review|
1227|237|removal|Deportable aliens|lists the grounds on which a person who was let in can be removed
1228|238|removal|Expedited removal of aliens convicted of committing aggravated felonies|quicker removal after certain convictions
1229|239||Initiation of removal proceedings|how a removal case begins: with a notice to appear
1229a|240|removal|Removal proceedings|how an immigration judge decides whether a person is removed
1229b|240A||Cancellation of removal; adjustment of status|
1229c|240B|removal|Voluntary departure|lets a person leave at their own expense instead of being removed
1231|241|arrest removal|Detention and removal of aliens ordered removed|how people with an order of removal are held and sent away; an old order can be used again
1252|242||Judicial review of orders of removal|how a court reviews an order of removal
1253|243|arrest|Penalties related to removal|punishes a person who does not leave after an order
1254a|244||Temporary protected status|
1255|245||Adjustment of status of nonimmigrant to that of person admitted for permanent residence|
1258|248||Change of nonimmigrant classification|
1281|251||Alien crewmen|
1282|252||Conditional permits to land temporarily|
1301|261||Alien seeking entry|registration of people who ask for a visa
1302|262|stop arrest|Registration of aliens|who must register and be fingerprinted
1303|263||Registration of special groups|
1304|264|stop arrest|Forms for registration and fingerprinting|the forms of registration; adults must carry the proof of theirs
1305|265||Notices of change of address|people must tell the government when they move
1306|266|stop arrest|Penalties|punishes a person who does not register or tell a change of address
1321|271||Prevention of unauthorized landing of aliens|duties of carriers
1323|273||Unlawful bringing of aliens into United States|punishes ships and airlines that bring people without papers
1324|274|arrest|Bringing in and harboring certain aliens|punishes smuggling and hiding other people; it is seldom about the person who is stopped
1324a|274A||Unlawful employment of aliens|punishes employers
1324b|274B||Unfair immigration-related employment practices|forbids employers to treat people unfairly
1324c|274C|arrest|Penalties for document fraud|punishes false papers
1324d|274D||Civil penalties for failure to depart|fines for not leaving after an order
1325|275|stop arrest|Improper entry by alien|makes it a crime to come in without inspection
1326|276|stop arrest|Reentry of removed aliens|makes it a crime to come back after a removal
1327|277|arrest|Aiding or assisting certain aliens to enter|punishes helping certain other people to come in
1328|278|arrest|Importation of alien for immoral purpose|punishes bringing in other people for prostitution
1329|279||Jurisdiction of district courts|
1330|280||Collection of penalties and expenses|
1356|286||Disposition of moneys collected under the provisions of this subchapter|
1357|287|stop arrest|Powers of immigration officers and employees|lets immigration officers question, search and arrest, with or without a warrant
1358|288||Local jurisdiction over immigrant stations|
1360|290||Establishment of central file|
1361|291||Burden of proof upon alien|
1362|292||Right to counsel|the right to a lawyer, at one’s own expense
1367|||Penalties for disclosure of information|protects information about victims of violence
1373|||Communication between government agencies and the Immigration and Naturalization Service|
1401|301||Nationals and citizens of United States at birth|
1427|316||Requirements of naturalization|
"""
_OTHER_USC = """
18|111|stop arrest|Assaulting, resisting, or impeding certain officers or employees|makes it a crime to attack or hinder federal officers
18|758|stop arrest|High speed flight from immigration checkpoint|makes it a crime to flee a checkpoint at high speed
18|911|stop arrest|Citizen of the United States|makes it a crime to claim falsely to be a citizen
18|1001|arrest|Statements or entries generally|makes it a crime to lie to a federal agency
18|1544|arrest|Misuse of passport|
18|1546|stop arrest|Fraud and misuse of visas, permits, and other documents|makes false immigration papers a crime
19|482|stop arrest|Search of vehicles and persons|lets customs officers stop and search vehicles and people
19|1581|stop arrest|Boarding vessels|lets customs officers stop and search ships and vehicles
19|1582|stop arrest|Search of persons and baggage; regulations|lets customs officers search people and baggage
19|1589a|stop arrest|Enforcement authority of customs officers|lets customs officers carry arms, serve warrants and arrest
"""
_CFR8 = """
212.5||Parole of aliens into the United States|
235.1|stop arrest|Scope of examination|how people who arrive are examined
235.3|stop arrest removal|Inadmissible aliens and expedited removal|
235.4||Withdrawal of application for admission|
236.1|stop arrest|Apprehension, custody, and detention|
238.1|removal|Proceedings under section 238(b) of the Act|
239.1||Notice to appear|
241.3|arrest removal|Detention of aliens during removal period|
241.4|arrest removal|Continued detention of inadmissible, criminal, and other aliens beyond the removal period|
241.8|arrest removal|Reinstatement of removal orders|
264.1|stop arrest|Registration and fingerprinting|
287.1|stop arrest|Definitions|says among other things what a reasonable distance from the border is
287.3|arrest|Disposition of cases of aliens arrested without warrant|what happens after an arrest without a warrant, and within which time
287.5|stop arrest|Exercise of power by immigration officers|which officers may question, search and arrest
287.7|arrest|Detainer provisions under section 287(d)(3) of the Act|lets officers ask a jail to hold a person for them
287.8|stop arrest|Standards for enforcement activities|the rules for force, questioning, arrests and searches
1003.19||Custody/bond|
1236.1|arrest|Apprehension, custody, and detention|
"""
_CFR8_PARTS = """
212||Documentary requirements: Nonimmigrants; waivers; admission of certain inadmissible aliens; parole
214||Nonimmigrant classes
217|removal|Visa Waiver Program
235|stop arrest removal|Inspection of persons applying for admission
236|stop arrest|Apprehension and detention of inadmissible and deportable aliens; removal of aliens ordered removed
238|removal|Expedited removal of aggravated felons
239||Initiation of removal proceedings
241|arrest removal|Apprehension and detention of aliens ordered removed
264|stop arrest|Registration and fingerprinting of aliens in the United States
274a||Control of employment of aliens
287|stop arrest|Field officers; powers and duties
1003||Executive Office for Immigration Review
"""
_ACTS = """
Misuse of Drugs Act 1971|1971/38|23|Powers to search and obtain evidence|lets a constable search a person whom they suspect of carrying drugs
Police and Criminal Evidence Act 1984|1984/60|1|Power of constable to stop and search persons, vehicles etc.|lets a constable stop and search for stolen goods, weapons and tools for a crime
Criminal Justice and Public Order Act 1994|1994/33|60|Powers to stop and search in anticipation of, or after, violence|lets a constable stop and search anyone in an area for a limited time, without suspicion
Firearms Act 1968|1968/27|47|Powers of constables to stop and search|lets a constable search for firearms
Wildlife and Countryside Act 1981|1981/69|19|Enforcement|lets a constable stop and search on suspicion of an offence against wildlife
Aviation Security Act 1982|1982/36|27|Prevention of theft at airports|lets a constable stop and search at an airport
Psychoactive Substances Act 2016|2016/2|36|Power to stop and search persons|lets an officer stop and search on suspicion of an offence with psychoactive substances
Deer Act 1991|1991/54|12|Powers of search, arrest and seizure|lets a constable stop and search on suspicion of an offence about deer
"""
LINKS = "https://www.govinfo.gov/link"


def _rows(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _table() -> list[Section]:
    made = []
    for number, ina, fits, title, about in _rows(_USC8):
        made.append(Section("8 U.S.C.", number, title, about, frozenset(fits.split()), ina))
    for book, number, fits, title, about in _rows(_OTHER_USC):
        made.append(Section(f"{book} U.S.C.", number, title, about, frozenset(fits.split())))
    for number, fits, title, about in _rows(_CFR8):
        made.append(Section("8 CFR", number, title, about, frozenset(fits.split())))
    for number, fits, title in _rows(_CFR8_PARTS):
        made.append(Section("8 CFR part", number, title, "", frozenset(fits.split())))
    for act, place, number, title, about in _rows(_ACTS):
        address = f"https://www.legislation.gov.uk/ukpga/{place}/section/{number}"
        made.append(Section(act, number, title, about, frozenset((STOP, ARREST)), "", address))
    return made


SECTIONS: Mapping[tuple[str, str], Section] = {(row.book, row.number): row for row in _table()}
"""Every known section by its book and number."""

BY_INA: Mapping[str, Section] = {row.ina: row for row in SECTIONS.values() if row.ina}
"""The sections of title 8 of the U.S. Code by their number in the Immigration and Nationality Act."""

HIGHEST: Mapping[str, int] = {"8 U.S.C.": 1999, "INA": 507, "8 CFR part": 1399}
"""No section (or part) of these has a higher number. Below it, one that is not in the table may exist."""

GROUNDS: Mapping[str, int] = {"212": 10, "237": 7}
"""How many numbered paragraphs the lists of grounds have now: INA 212(a)(1) to (10), 237(a)(1) to (7)."""
