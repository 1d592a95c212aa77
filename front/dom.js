// What several pages need to build their elements.

// The translations of texts, which a page in another language than English has on its scripts.
const translations = Object.assign({}, ...[...document.querySelectorAll("script[data-words]")].map((one) => JSON.parse(one.dataset.words)));

/** The translation of a text, or the text itself, with `values` in the place of `{name}`. */
export const _ = (text, values = {}) => (translations[text] ?? text).replace(/\{(\w+)\}/gu, (mark, name) => values[name] ?? mark);

export const NUMBER = new Intl.NumberFormat("en-US");

export const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

/** An element of a picture. */
export const draw = (name, attributes, textContent = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = textContent;
  return made;
};

export const button = (textContent, onclick, attributes = {}) => element("button", { type: "button", textContent, onclick, ...attributes });

/**
 * Buttons with values, their numbers and bars. `more` says whether all of so `many` values are
 * listed (`open`), and changes that; `extra` makes what stands beside a button.
 */
export function listValues(list, lines, choose, more, extra = () => []) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const most = Math.max(...lines.map((line) => line.count)) || 1;
  list.replaceChildren(...lines.map((line) => {
    const bar = element("span", { className: "explorer-bar" });
    bar.style.inlineSize = `${line.count / most * 100}%`;
    const made = button("", () => choose(line.value), { className: "explorer-value", disabled: !(line.there ?? line.count) && !line.chosen, "aria-pressed": String(line.chosen) });
    made.append(element("span", { className: "explorer-name", textContent: line.label }), element("span", { className: "explorer-number", textContent: line.words }), bar);
    const buttons = [made, ...extra(line.value)];
    for (const one of buttons) one.dataset.value = line.value;
    return element("li", {}, ...buttons);
  }));
  if (more) {
    const words = more.open ? _("Show fewer") : _("Show all {number}", { number: NUMBER.format(more.many) });
    list.append(element("li", { className: "explorer-all" }, button(words, more.change)));
  }
  // The button that a keyboard was on is written anew.
  if (focused) [...list.querySelectorAll("button")].find((one) => one.className === focused.className && one.dataset.value === focused.dataset.value)?.focus();
}

/** Say what went wrong; the page is loaded again where the reader asks for it. */
export function showFault(place, words) {
  const notice = place.querySelector(".explorer-fault");
  notice.replaceChildren(words, " ", button(_("Try again"), () => location.reload()));
  notice.hidden = false;
  document.body.classList.add("faulty"); // no place is kept for what does not come
}

/** Say so where the page fails after its first words: some of it may follow a choice, and some not. */
export function watchFaults(place) {
  const tell = ({ error, reason = error }) => { if (reason) showFault(place, _("A part of this page could not be drawn ({error}), so not all of it may show your choice.", { error: reason.message ?? reason })); };
  addEventListener("error", tell);
  addEventListener("unhandledrejection", tell);
}

const VERSION = "_version";

/** Write the words of a view in the address, which some browsers refuse where many follow each other: the page shows the view all the same. */
export function writeHash({ version }, words) {
  if (`${words}`) words.set(VERSION, version);
  const hash = `${words}`;
  if (hash === location.hash.slice(1)) return;
  try {
    history.pushState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch { /* the receipt has the address */ }
}

/** The address of a view: the `words` that the page has read, and the version of the records that its numbers are from. */
export function viewAddress({ version }, words) {
  words.set(VERSION, version);
  return `${location.href.split("#")[0]}#${words}`;
}

/** Say so where the address names another version of the records, and lead to that release. */
export function tellVersion(place, { version, releases = [] }) {
  const meant = new URLSearchParams(location.hash.slice(1)).get(VERSION) || version;
  const notice = place.querySelector(".explorer-version");
  notice.hidden = meant === version;
  if (notice.hidden) return;
  const date = (name) => releases.find((release) => release.version === name)?.date;
  const now = date(version) ? _("The numbers below are from the release of {date}.", { date: date(version) }) : _("The numbers below are from the records as they are now.");
  const earlier = releases.find((release) => release.version === meant);
  if (!earlier) {
    notice.textContent = `${_("This link was made with another version of the records, which is not published here.")} ${now}`;
    return;
  }
  const same = element("a", { href: `${fileAddress(place, earlier.page)}${location.hash}`, textContent: _("See the same view in the release of {date}", earlier) });
  notice.replaceChildren(`${_("This link was made with the release of {date}.", earlier)} ${now} `, same, ".");
}

export function copyButton(view) {
  const copy = button(_("Copy the link"), async () => {
    await navigator.clipboard.writeText(view.address).then(() => { copy.textContent = _("Copied"); }, () => { copy.textContent = _("Copy it from the address bar"); });
    setTimeout(() => { copy.textContent = _("Copy the link"); }, 2500);
  });
  return copy;
}

/** The address of a file of the portal, which the page names by its path. */
export const fileAddress = (place, path) => new URL(path, new URL(".", new URL(place.dataset.root, document.baseURI))).href;

export const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
export const named = (text) => `"${text.replaceAll('"', '""')}"`;
const shell = (words) => `'${words.replaceAll("'", "'\\''")}'`;

/** The receipt of a view: its number in words; its queries, each with its name and the hash of the file that it reads. */
export function showReceipt(place, address, words, queries) {
  const block = ([label, text]) => [element("p", { className: "label", textContent: label }), element("pre", {}, element("code", { textContent: text }))];
  place.replaceChildren(
    element("h3", { textContent: _("Receipt of your view") }),
    element("p", { textContent: _("{number}. Anyone can run this again and get the same number.", { number: words }) }),
    ...queries.flatMap(block),
    ...block([_("File read, SHA-256"), [...new Set(queries.map(([, , sha256]) => sha256))].join("\n")]),
    ...(globalThis.crypto?.subtle ? [] : [element("p", { className: "note", textContent: _("This page was not loaded over https, so your browser could not check that hash.") })]),
    ...block([_("Run it in a terminal"), `duckdb -c ${shell(queries[0][1])}`]),
    ...block([_("Or let the program read the link"), `plainrecord verify --view ${shell(address)}`]),
  );
  place.hidden = false;
}
