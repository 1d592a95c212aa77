"""Pages of releases: the list of a dataset's releases, and moved addresses."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from plainrecord.core.paths import absolute_url
from plainrecord.core.plurals import count_noun
from plainrecord.core.strict_json import Json
from plainrecord.core.translation import _
from plainrecord.model.chain import entry_hash
from plainrecord.model.declarations import Move, Portal
from plainrecord.model.freshness import Freshness, day_words
from plainrecord.model.history import Release
from plainrecord.model.packages import Package
from plainrecord.model.products import History, ReleasedDataset
from plainrecord.model.views import VERSION_DIGITS
from plainrecord.pages import portal_context as contexts
from plainrecord.pages.portal_context import Age, DatasetPage, Fact, Page, Shell, Shells


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A frozen file of a release: its name, its public address where it has one, its hash."""

    name: str
    address: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release in the list of releases. `tables` are (title, rows, unit); none if not built.

    `withdrawn` says when and why it was taken back, empty where it was not. `repaired` says the
    same of another descriptor that is used for it. `hash` is that of its entry in the chain.
    """

    release: Release
    date: str
    newest: bool
    target: str
    absence: str
    withdrawn: str
    repaired: tuple[str, ...]
    tables: tuple[tuple[str, int, str], ...]
    warnings: int
    files: tuple[ReleaseFile, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class ReleasesContext(DatasetPage):
    """`releases.html`: every release, the newest first; `document` is the chain for programs."""

    releases: tuple[ReleaseLine, ...]
    looks: tuple[Fact, ...]
    age: Age | None
    document: str


@dataclass(frozen=True, slots=True)
class MovedContext:
    """`moved.html`: the page at an old address. `target` is the new address, "" if there is none.

    `title` is the current title of the dataset, or the last one of a withdrawn dataset; `date` is
    in words. `release` is the day, in words, of a single withdrawn release; the dataset is then
    still at `target`.
    """

    shell: Shell
    title: str
    target: str
    date: str
    reason: str
    release: str = ""


RELEASE_PAGES = (
    "",
    "codebook/",
    "check/",
    "methodology/",
    "privacy/",
    "withheld/",
    "law/",
    "explore/",
)
"""The pages that every release may have, below its folder."""

MOVED_PAGES = (*RELEASE_PAGES, "plausibility/", "scorecard/", "changes/")
"""The pages that a dataset as it is now may have, below its folder; a moved one leaves them behind."""


def releases_path(name: str) -> str:
    """The page of all releases of a dataset."""
    return f"datasets/{name}/releases/index.html"


def describe_position(release: ReleasedDataset, history: History) -> contexts.ReleasePosition:
    """The position of a release among the releases of its dataset."""
    package = release.package
    newest = history.ledger.newest
    return contexts.ReleasePosition(
        date=day_words(package.release),
        newest=day_words(newest),
        is_newest=package.release == newest,
        fixed=package.frozen,
        newest_target=f"datasets/{package.name}/index.html",
        own_target=f"{package.permanent}/index.html",
        releases_target=releases_path(package.name),
        count=len(history.ledger.kept),
        repaired=describe_repairs(history, package.release) if package.frozen else (),
    )


def name_release(title: str, package: Package) -> str:
    """A title of a dataset as it is now, or that title with the release that is meant."""
    if not package.frozen:
        return title
    words = _("{title}, release of {release}")
    return words.format(title=title, release=day_words(package.release))


def describe_version(
    release: ReleasedDataset,
    hashes: Sequence[str],
    pages: Iterable[tuple[ReleasedDataset, str]],
) -> dict[str, Json]:
    """The version of the records that a page with views reads, and the same page of each release.

    `hashes` are those of the files that it reads, `pages` the releases with the path of theirs.
    """
    joined = hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()
    releases: list[Json] = [
        {"version": item.package.release, "date": day_words(item.package.release), "page": page}
        for item, page in pages
    ]
    return {
        "version": release.package.release or joined[:VERSION_DIGITS],
        **({"releases": releases} if releases else {}),
    }


def describe_repairs(history: History, date: str) -> tuple[str, ...]:
    """When and why the descriptor of the release of `date` was replaced, the first repair first."""
    return tuple(
        _(
            "Corrected on {date}: {rstrip}. It uses the descriptor with SHA-256 {descriptor_sha256}; its files are unchanged."
        ).format(
            date=day_words(item.date),
            rstrip=item.reason.rstrip("."),
            descriptor_sha256=item.descriptor_sha256,
        )
        for item in history.ledger.repairs
        if item.release == date
    )


def describe_age(freshness: Freshness | None) -> contexts.Age | None:
    """Sentences on how current the newest release is; None if nothing is known."""
    if freshness is None:
        return None
    on = day_words(freshness.as_of)
    lines = []
    if freshness.checked > freshness.newest:
        lines.append(
            _("Last checked on {checked}: no new release.").format(
                checked=day_words(freshness.checked)
            )
        )
    if freshness.late:
        lines.append(
            _("An update was expected by {due}. It was {late} overdue on {on}.").format(
                due=day_words(freshness.due), late=time_span(freshness.late), on=on
            )
        )
    elif freshness.due:
        lines.append(_("Next update expected by {due}.").format(due=day_words(freshness.due)))
    if freshness.age:
        lines.append(
            _("The newest release was {age} old on {on}.").format(
                age=time_span(freshness.age), on=on
            )
        )
    late, newest, due = freshness.late > 0, freshness.newest, freshness.due
    return contexts.Age(tuple(lines), late, newest, due, freshness.as_of)


def time_span(days: int) -> str:
    """A number of days in words: days up to 60, months up to two years, then years."""
    # portal.js has the same limits
    for text, length, least in (
        (_("{count} years"), 365.25, 730),
        (_("{count} months"), 30.4375, 61),
    ):
        if days >= least:
            return text.format(count=f"{days / length:,.0f}")
    return count_noun(days, "day")


def describe_releases(history: History) -> tuple[ReleaseLine, ...]:
    """Every release as the list of releases shows it, the newest first."""
    releases = {released.package.release: released for released in history.releases}
    return tuple(
        _release_line(release, releases.get(release.date), history)
        for release in reversed(history.ledger.releases)
    )


def _release_line(
    release: Release, released: ReleasedDataset | None, history: History
) -> ReleaseLine:
    built = released is not None and released.built
    gone = history.ledger.withdrawn.get(release.date)
    page = f"datasets/{history.name}/releases/{release.date}/index.html"
    return ReleaseLine(
        release=release,
        date=day_words(release.date),
        newest=release.date == history.ledger.newest,
        target=page if released or gone else "",
        absence="" if built or released is None else released.absence,
        withdrawn=_("Withdrawn on {date}: {reason}").format(
            date=day_words(gone.date), reason=gone.reason
        )
        if gone
        else "",
        repaired=describe_repairs(history, release.date),
        tables=tuple((t.title or t.resource, t.rows, t.unit) for t in released.tables)
        if released
        else (),
        warnings=sum(finding.count for finding in released.findings) if released else 0,
        files=tuple(
            ReleaseFile(path.rsplit("/", 1)[-1], path if "://" in path else "", digest)
            for path, digest in sorted(release.files.items())
        ),
        hash=entry_hash(release.entry),
    )


def moved_paths(
    move: Move, releases: Sequence[str], there: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """The old addresses of a moved dataset, each with its new one ("" if there is none).

    `releases` are the dates of the releases that the new dataset still has, `there` the paths of
    all pages. Each page leads to the same page under the new name, each page of a release to that
    of the same release; if there is no such page, to the main page of the dataset.
    """
    old, new = f"datasets/{move.name}", f"datasets/{move.to}"
    home = f"{new}/index.html" if move.to else ""
    dates = sorted({*move.releases, *(day for day in releases if day <= move.date)})
    pairs = [(f"{old}/{page}index.html", f"{new}/{page}index.html", home) for page in MOVED_PAGES]
    rows = sorted(page for page in there if page.startswith(f"{new}/rows/"))
    pairs += [(page.replace(new, old, 1), page, home) for page in rows]
    if dates:
        listed = releases_path(move.to) if releases else home
        pairs.append((f"{old}/releases/index.html", listed, listed))
    for day in dates:
        release_page = f"{new}/releases/{day}/index.html" if day in releases else home
        for page in RELEASE_PAGES:
            below = f"releases/{day}/{page}index.html"
            pairs.append((f"{old}/{below}", f"{new}/{below}", release_page))
        below = f"changes/{day}/index.html"
        pairs.append((f"{old}/{below}", f"{new}/{below}", release_page))
    return tuple(
        (path, like if move.to and like in there else other) for path, like, other in pairs
    )


def plan_releases(
    shells: Shells, trail: tuple[contexts.Place, ...], release: ReleasedDataset, history: History
) -> Page:
    """The page of all releases of a dataset; `release` is the dataset as it is now."""
    package, path = release.package, releases_path(release.package.name)
    dataset = f"{package.home}/index.html"
    title = _("Releases of {title}").format(title=package.title)
    about = _("Every release of {title}, with its files and their hashes.").format(
        title=package.title
    )
    below = (*trail, contexts.Place(package.title, dataset))
    looks = reversed(history.ledger.looks)
    context = ReleasesContext(
        shell=shells(path, title, about, below, synthetic=package.synthetic),
        release=release,
        releases=describe_releases(history),
        looks=tuple(contexts.Fact(day_words(look.date), look.note) for look in looks),
        age=describe_age(release.freshness),
        document=f"datasets/{package.name}/releases.json",
    )
    return Page(path, "releases.html", context)


def plan_moved(
    shells: Shells,
    trail: tuple[contexts.Place, ...],
    portal: Portal,
    move: Move,
    now: ReleasedDataset | None,
    history: History | None,
    there: Collection[str],
) -> list[Page]:
    """A page at each old address of a dataset that is `now` another, or was withdrawn."""
    title = move.title or (now.package.title if now else move.name)
    dates = [release.date for release in history.ledger.releases] if history else []
    planned: list[Page] = []
    for path, target in moved_paths(move, dates, there):
        about = _("{title} has moved.") if target else _("{title} was withdrawn.")
        shell = shells(path, title, about.format(title=title), trail)
        if target and portal.base_url:
            shell = replace(shell, canonical=absolute_url(portal.base_url, target))
        date = day_words(move.date)
        context = MovedContext(shell, title, target, date, move.reason)
        planned.append(Page(path, "moved.html", context))
    return planned


def plan_withdrawn(
    shells: Shells, trail: tuple[contexts.Place, ...], release: ReleasedDataset, history: History
) -> list[Page]:
    """A page at each address of the releases of a dataset that were withdrawn."""
    package = release.package
    home = f"datasets/{package.name}"
    below = (
        *trail,
        contexts.Place(package.title, f"{home}/index.html"),
        contexts.Place(_("Releases"), releases_path(package.name)),
    )
    planned: list[Page] = []
    for item in history.ledger.withdrawals:
        day = day_words(item.release)
        title = _("{title}, release of {day}").format(title=package.title, day=day)
        places = [f"releases/{item.release}/{page}" for page in RELEASE_PAGES]
        for folder in (*places, f"changes/{item.release}/"):
            path = f"{home}/{folder}index.html"
            about = _("{title}, was withdrawn.").format(title=title)
            shell = shells(path, title, about, below, synthetic=package.synthetic)
            context = MovedContext(
                shell, package.title, f"{home}/index.html", day_words(item.date), item.reason, day
            )
            planned.append(Page(path, "moved.html", context))
    return planned


def describe_move(move: Move, cards: Sequence[contexts.Card]) -> contexts.MovedLine:
    """The line of a renamed or withdrawn dataset in the catalogue."""
    now = next((card.title for card in cards if card.name == move.to), "")
    text = _("is now {now}").format(now=now) if now else _("was withdrawn")
    target = f"datasets/{move.name}/index.html"
    return contexts.MovedLine(move.title or move.name, target, f"{text} ({day_words(move.date)})")
