// The search of a portal: a plain list, indexed here when a reader first uses the field.
import MiniSearch from "minisearch";
import { element } from "./dom.js";

const IN_LIST = 4; // results of a kind below the field; the page has all
const ON_PAGE = 50;
const VALUE = 5, PAGE = 6;
const BOOST = [6, 5, 1.6, 0.25, 1, 0.4, 1.3]; // of the kinds, in their order: places first
const WHOLE = 24; // of an entry whose title is the query
const TERM = 6; // of a page or a place of which the query is a word: "API" is one of downloads, "TX" of Texas
const PHRASE = 10; // of other words for a whole query of several words: "who publishes" asks for one page
const EDITED = 5; // letters of a word that may have a typing error, but not in its first letter; two of twice as many
const SWAPPED = 7; // of one that may have two, as when two letters changed places, where nothing else is found
const EXAMPLE = 0.4; // of what belongs to synthetic data
const MOST_VARIANTS = 60; // of a query, with other words in the place of some
const FEW_VARIANTS = 6; // where nothing has all words

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const words = (text) => fold(text).replace(/\bfy ?(?:20)?(\d\d)\b/gu, "fiscal year 20$1").split(/[^\p{L}\p{N}]+/u).filter(Boolean);
// A plural, English or Spanish, is found by its singular, as "states" and "state" lose what they do not
// share; and "stopped" as "stop".
const stem = (word) => {
  if (word.length > 6 && word.endsWith("ed")) return word.slice(0, -2).replace(/([^aeious])\1$/u, "$1");
  if (word.length > 4) word = word.replace(/ies$/u, "y");
  return word.length > 3 ? word.replace(/(?<=[^s])s$/u, "").replace(/(?<=.{4})e$/u, "") : word;
};
const stems = (text) => ` ${words(text).map(stem).join(" ")} `;

// Words of a question that do not say what it is about.
const ASKING = new Set(stems("a after against all an and any are at be been before by can data did do does find for from get had has have how i in is it its list many"
  + " me more most much my number numbers of on or people person persons record records show stats that the there this to was we were what when where which"
  + " who why with without you al como con cual cuales cuanta cuantas cuanto cuantos cuando datos de del donde el en es esta este fue fueron gente hay"
  + " la las lo los mas mi numero para personas por que quien quienes se son su un una y").split(" "));

export const makeIndex = ({ kinds, shared, entries, synonyms }) => {
  const kindOf = (id) => entries[id][0] % kinds.length;
  const boost = (id) => BOOST[kindOf(id)] * (entries[id][0] === kindOf(id) ? 1 : EXAMPLE);
  const wholeOf = (id) => entries[id][0] === kindOf(id) ? WHOLE : TERM;
  const index = new MiniSearch({
    fields: ["title", "words", "codes", "detail"],
    tokenize: words,
    processTerm: stem,
    searchOptions: {
      boost: { title: 4, words: 2, codes: 2 },
      combineWith: "AND",
      prefix: (term) => term.length > 1,
      weights: { fuzzy: 0.45, prefix: 0.1 }, // "CA" is a code before it is the beginning of "Carolina"
      boostDocument: boost,
    },
  });
  index.addAll(entries.map(([, title, detail, , more, codes], id) => ({
    // A value is not found by the name of its field or dataset, which would list all its values.
    id, title, words: more ?? "", codes: codes ?? "", detail: kindOf(id) === VALUE ? "" : shared[detail],
  })));
  const subject = (text) => {
    const all = stems(text).split(" ").filter(Boolean), told = all.filter((word) => !ASKING.has(word));
    return (told.length ? told : all).join(" ");
  };
  const titles = entries.map(([, title]) => stems(title).trim());
  const terms = entries.map(([, , , , more, codes], id) => stems(codes || (kindOf(id) === PAGE && more) || ""));
  // Those of the portal stand last, and replace what has the same stems: "arrests" also "arrest".
  const others = [...new Map(Object.entries(synonyms).map(([word, list]) => [stems(word), list.map(stems)]))];

  // The kinds with their entries, best first, how many there are, and whether all have only some words.
  const find = (query) => {
    const typed = stems(query);
    const scores = new Map();
    const add = (text, factor, options) => {
      const asked = subject(text);
      for (const { id, score } of index.search(asked, options)) {
        // A synonym alone is the title of a page or a value at most: "Stops" is no answer to all who ask for them.
        const exact = text === typed || asked.includes(" ") || kindOf(id) >= VALUE;
        const whole = exact && [asked, text.trim()].includes(titles[id]) ? wholeOf(id) : terms[id].includes(` ${asked} `) ? TERM : 1;
        scores.set(id, Math.max(scores.get(id) ?? 0, score * factor * whole));
      }
    };
    if (!typed.trim()) return { count: 0, groups: [], partly: false };
    add(typed, 1);
    const fuzzy = (term) => term.length >= EDITED && Math.floor(term.length / EDITED); // letters
    const filter = ({ terms, queryTerms }) => terms.every((term) => queryTerms.some((asked) => asked[0] === term[0]));
    const variants = [];
    for (const [word, list] of others) {
      if (!typed.includes(word) || variants.length > MOST_VARIANTS) continue;
      for (const [text, times] of [[typed, 1], ...variants]) {
        if (!text.includes(word)) continue;
        const factor = word === typed && word.trim().includes(" ") ? PHRASE : 0.8;
        variants.push(...list.map((other) => [text.replace(word, other), times * factor]));
      }
    }
    for (const [text, times] of variants.slice(0, MOST_VARIANTS)) add(text, times);
    if (!scores.size) add(typed, 1, { fuzzy, filter });
    if (!scores.size) add(typed, 1, { fuzzy: (term) => term.length >= SWAPPED && 2, filter });
    const partly = !scores.size;
    // Where nothing has all words, the rare word counts for more than the kind, unless it is a place.
    const any = { combineWith: "OR", boostDocument: (id) => boost(id) ** (kindOf(id) ? 0.25 : 0.7) };
    if (!scores.size) for (const [text, times] of [[typed, 1], ...variants.slice(0, FEW_VARIANTS)]) add(text, times, any);
    if (!scores.size) add(typed, 1, { ...any, fuzzy: (term) => term.length > EDITED && fuzzy(term), filter });
    const groups = new Map();
    for (const [id] of [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0])) {
      const [, title, detail, place, more] = entries[id], kind = kindOf(id);
      if (!groups.has(kind)) groups.set(kind, { name: kinds[kind], results: [] });
      // An address that ends with "=" is that of a view with the value chosen.
      const target = shared[place] + (shared[place].endsWith("=") ? encodeURIComponent(more ?? title) : "");
      groups.get(kind).results.push({ title, detail: shared[detail], target });
    }
    return { count: scores.size, groups: [...groups.values()], partly };
  };
  return find;
};

export const attach = async (search) => {
  const answer = await fetch(search.dataset.list);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const find = makeIndex(await answer.json());
  const input = search.querySelector("input"), list = search.querySelector("[role='listbox']");
  const status = search.querySelector(".search-status");
  const page = document.querySelector(".search-page");
  const root = new URL(search.dataset.root, document.baseURI);
  const address = (target) => new URL(target.replace(/(^|\/)index\.html(?=#|$)/u, "$1"), new URL(".", root)).href;
  const wholePage = (query) => {
    const place = new URL(search.dataset.page, document.baseURI);
    place.hash = `q=${encodeURIComponent(query)}`;
    return place.href;
  };

  let options = [], at = -1;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const choose = (place) => {
    options[at]?.setAttribute("aria-selected", "false");
    at = (place + options.length) % options.length;
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  };
  const option = (title, detail, href) => {
    const entry = element("div", { id: `site-search-${options.length}` }, title);
    if (detail) entry.append(element("small", {}, detail));
    entry.setAttribute("role", "option");
    entry.setAttribute("aria-selected", "false");
    entry.dataset.href = href;
    options.push(entry);
    return entry;
  };
  const tell = ({ count, partly }) =>
    count ? `${partly ? search.dataset.partly : search.dataset.results} ${count}` : search.dataset.none;

  const showList = (found) => {
    const { count, groups, partly } = found;
    options = [];
    at = -1;
    const note = element("div", { className: "group-name" }, partly ? search.dataset.partly : "");
    note.setAttribute("role", "presentation");
    list.replaceChildren(...(partly ? [note] : []), ...groups.map(({ name, results }, place) => {
      const heading = element("div", { className: "group-name", id: `site-search-group-${place}` }, name);
      heading.setAttribute("role", "presentation");
      const group = element("div", {}, heading,
        ...results.slice(0, IN_LIST).map(({ title, detail, target }) => option(title, detail, address(target))));
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", heading.id);
      return group;
    }));
    if (count > options.length) {
      list.append(option(`${search.dataset.all} (${count})`, "", wholePage(input.value)));
    }
    list.hidden = !count;
    input.setAttribute("aria-expanded", String(count > 0));
    input.removeAttribute("aria-activedescendant");
    status.textContent = tell(found);
    status.classList.toggle("unseen", count > 0);
  };

  const showPage = (found) => {
    page.querySelector(".search-count").textContent = tell(found);
    page.querySelector(".search-found").replaceChildren(...found.groups.map(({ name, results }) =>
      element("section", {}, element("h2", {}, name), element("ul", {}, ...results.slice(0, ON_PAGE).map(
        ({ title, detail, target }) => element("li", {}, element("a", { href: address(target) }, title),
          element("small", {}, detail)))))));
  };

  const update = () => {
    const query = input.value.trim();
    const found = find(query);
    if (!page) {
      if (query) showList(found);
      else { close(); status.textContent = ""; }
      return;
    }
    page.hidden = !query;
    document.querySelector(".a-z").hidden = Boolean(query) && found.count > 0;
    if (query) showPage(found);
    // The query stays in the reader's browser: what follows # is not sent to the host.
    history.replaceState(null, "", query ? `#q=${encodeURIComponent(query)}` : location.pathname);
  };
  const read = () => {
    if (!page || !location.hash.startsWith("#q=")) return;
    try { input.value = decodeURIComponent(location.hash.slice(3)); } catch { return; }
    update();
  };

  input.addEventListener("input", update);
  input.addEventListener("keydown", (event) => {
    const open = !list.hidden && options.length;
    if (event.key === "ArrowDown" && open) choose(at + 1);
    else if (event.key === "ArrowUp" && open) choose(at < 0 ? -1 : at - 1);
    else if (event.key === "Escape" && open) close();
    else if (event.key === "Enter" && open && at >= 0) location.assign(options[at].dataset.href);
    else if (event.key === "Enter" && input.value.trim() && !page) location.assign(wholePage(input.value.trim()));
    else return;
    event.preventDefault();
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role='option']");
    if (chosen) location.assign(chosen.dataset.href);
  });
  input.addEventListener("blur", close);
  input.addEventListener("focus", () => { if (input.value.trim() && !page) update(); });
  addEventListener("hashchange", read);
  read();
  if (document.activeElement === input && input.value) update();
};
