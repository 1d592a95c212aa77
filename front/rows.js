// The rows of a table: reads the published file column by column, filters, sorts and downloads.
// What a reader chose is in the address, and `plainrecord verify --view` reads it there.
import { Table, load, loadFile, megabytes, pause, sumValues } from "./columns.js";
import { NUMBER, _, button, copyButton, element, fileAddress, listValues, named, quoted, showFault, showReceipt, tellVersion, viewAddress, watchFaults, writeHash } from "./dom.js";
import { saveCSV, saveZip, writeReadme } from "./save.js";

const ON_PAGE = 50;
const FIRST = 10; // values of a column that are listed before "Show all"
const MOST_VALUES = 1000; // a column with more is filtered by its text alone
const LARGE = 5e6; // bytes: such a file is loaded when the reader asks for it
const NUMERAL = /^-?\d{1,40}(\.\d{1,40})?$/;
const KEYS = { absent: "_absent", from: "_from", to: "_to", text: "_text", sort: "_sort", columns: "_column", page: "_page", version: "_version" };

const root = document.querySelector(".rows");
if (root) start(root);

function fail(place, error) {
  showFault(place, _("The rows could not be read ({error}). The first rows are below, and the files have all of them.", { error: error.message }));
  place.querySelector(".rows-state").hidden = true;
}

async function start(place) {
  const read = await readTable(place).catch((error) => fail(place, error));
  if (!read) return;
  watchFaults(place);
  await new Page(place, ...read).draw();
}

/** The document of the page and its table. */
async function readTable(place) {
  const settings = await load(place.dataset.settings, "rows.json").then((answer) => answer.json());
  const state = place.querySelector(".rows-state"), bytes = Number(place.dataset.bytes);
  const size = { number: NUMBER.format(settings.rows), size: megabytes(bytes) };
  state.hidden = false;
  if (bytes > LARGE || navigator.connection?.saveData) {
    await new Promise((resolve) => { state.replaceChildren(button(_("Load the file with all {number} rows ({size})", size), resolve)); });
  }
  state.textContent = _("Loading the file with all {number} rows ({size}) …", size);
  const file = await loadFile(fileAddress(place, settings.file), settings.sha256);
  const table = new Table(file);
  if (table.length !== settings.rows) throw new Error(_("it is not the file that rows.json describes"));
  state.hidden = true;
  return [settings, table];
}

const two = (number) => String(number).padStart(2, "0");
const day = (days) => new Date(days * 864e5).toISOString().slice(0, 10);

function clock(micros) {
  const seconds = Number(micros / 1000000n), part = Number(micros % 1000000n);
  const text = [seconds / 3600, seconds / 60 % 60, seconds % 60].map((number) => two(Math.floor(number))).join(":");
  return part ? `${text}.${String(part).padStart(6, "0").replace(/0+$/, "")}` : text;
}

function moment(micros) {
  const inDay = ((micros % 86400000000n) + 86400000000n) % 86400000000n;
  return `${day(Number((micros - inDay) / 86400000000n))}T${clock(inDay)}`;
}

function decimal(value, scale) {
  const digits = String(value < 0 ? -value : value).padStart(scale + 1, "0");
  const text = scale ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, "") : digits;
  return value < 0 && text !== "0" ? `-${text}` : text;
}

const endless = (value) => (Number.isNaN(value) ? "NaN" : value > 0 ? "INF" : "-INF");

/** A value as the published CSV shows it. */
function toText(value, type, scale) {
  if (scale !== undefined) return decimal(value, scale);
  if (type === "date") return day(value);
  if (type === "datetime") return moment(value);
  if (type === "time" && typeof value === "bigint") return clock(value);
  if (type === "year") return String(value).padStart(4, "0");
  if (type === "number" && !Number.isFinite(value)) return endless(value);
  return String(value);
}

// As the engine's lower() does it: letter by letter.
const fold = (text) => (/^[\x00-\x7f]*$/.test(text) ? text.toLowerCase()
  : [...text].map((letter) => String.fromCodePoint(letter.toLowerCase().codePointAt(0))).join(""));

class Page {
  constructor(place, settings, table) {
    Object.assign(this, { place, settings, table, ready: new Map(), open: new Set(), turn: 0 });
    this.columns = new Map(settings.columns.map((column) => [column.name, column]));
    this.readAddress();
    this.build();
    addEventListener("hashchange", () => { this.readAddress(); this.draw(); });
  }

  // The columns, each read when it is first needed

  need(name) {
    if (!this.ready.has(name)) {
      this.ready.set(name, (async () => {
        await pause();
        return this.encode(this.columns.get(name));
      })());
    }
    return this.ready.get(name);
  }

  /** A column: of each different value its text, its order, and its mark where it is absent. */
  async encode({ name, type, mark, absent, categories }) {
    const column = await this.table.encode(name);
    const scale = this.table.scales.get(name);
    const words = new Map(absent.map(({ value, label }) => [value, label]));
    const only = absent[0]?.value ?? "";
    let { codes } = column;
    let keys = column.values.map((value) => (value === null || value === undefined ? [null, only] : [value, null]));
    if (mark) {
      const marks = await this.table.encode(mark);
      const none = column.values.findIndex((value) => value === null || value === undefined);
      if (none >= 0) {
        const places = new Map();
        codes = Uint32Array.from(codes, (code, row) => {
          if (code !== none) return code;
          const kind = marks.values[marks.codes[row]] ?? "";
          if (!places.has(kind)) places.set(kind, places.size ? keys.push([null, kind]) - 1 : (keys[none] = [null, kind], none));
          return places.get(kind);
        });
      }
    }
    const texts = keys.map(([value]) => (value === null ? null : toText(value, type, scale)));
    const marks = keys.map(([, kind]) => kind);
    const labels = keys.map(([value, kind], code) => (value === null ? words.get(kind) ?? _("Missing") : categories?.[texts[code]] ?? texts[code]));
    const orders = keys.map(([value], code) => (value === null ? null : scale !== undefined ? (scale ? Number(texts[code]) : BigInt(texts[code])) : Number.isNaN(value) ? Infinity : value));
    const order = keys.map((key, code) => code).sort((a, b) => (marks[a] !== null) - (marks[b] !== null)
      || (orders[a] < orders[b] ? -1 : orders[a] > orders[b] ? 1 : a - b));
    const ranks = new Uint32Array(order.length);
    order.forEach((code, rank) => { ranks[code] = rank; });
    return { values: keys, codes, texts, marks, labels, orders, ranks };
  }

  // The address

  readAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const empty = () => ({ values: [], absent: [], from: "", to: "", text: "" });
    Object.assign(this, { chosen: new Map(), unknown: [], shown: [], sort: null, page: 1 });
    const names = [...this.columns.keys()].sort((a, b) => b.length - a.length);
    const take = (word, can) => {
      const name = names.find((one) => word.startsWith(`${one}:`));
      if (!name || !this.columns.get(name).filters.includes(can)) return [];
      if (!this.chosen.has(name)) this.chosen.set(name, empty());
      return [this.chosen.get(name), word.slice(name.length + 1), this.columns.get(name).type];
    };
    for (const [key, word] of words) {
      let known = true;
      if (this.columns.has(key) && this.columns.get(key).filters.includes("values")) {
        if (!this.chosen.has(key)) this.chosen.set(key, empty());
        this.chosen.get(key).values.push(word);
      } else if (key === KEYS.absent) {
        const name = names.find((one) => word.startsWith(`${one}:`));
        known = Boolean(name);
        if (name && !this.chosen.has(name)) this.chosen.set(name, empty());
        if (name) this.chosen.get(name).absent.push(this.columns.get(name).mark ? word.slice(name.length + 1) : this.columns.get(name).absent[0]?.value ?? "");
      } else if (key === KEYS.from || key === KEYS.to) {
        const [choice, bound, type] = take(word, "range");
        known = Boolean(choice) && isBound(bound, type);
        if (known) choice[key.slice(1)] = bound;
      } else if (key === KEYS.text) {
        const [choice, text] = take(word, "text");
        known = Boolean(choice && text);
        if (known) choice.text = text;
      } else if (key === KEYS.sort) {
        const name = word.replace(/:down$/, "");
        known = this.columns.has(name);
        if (known) this.sort = { name, down: word.endsWith(":down") };
      } else if (key === KEYS.columns) {
        known = this.columns.has(word);
        if (known && !this.shown.includes(word)) this.shown.push(word);
      } else if (key === KEYS.page) this.page = Math.max(1, Math.floor(Number(word)) || 1);
      else known = key === KEYS.version;
      if (!known) this.unknown.push(key.startsWith("_") ? `${key}=${word}` : key);
    }
    for (const [name, choice] of this.chosen) if (isEmpty(choice)) this.chosen.delete(name);
    this.initial = [...this.columns.keys()].slice(0, this.settings.shown);
    if (!this.shown.length) this.shown = this.initial;
  }

  /** The view in words of an address. */
  writeWords() {
    const words = new URLSearchParams();
    for (const [name, { values, absent, from, to, text }] of this.chosen) {
      for (const value of values) words.append(name, value);
      for (const mark of absent) words.append(KEYS.absent, `${name}:${mark}`);
      if (from) words.append(KEYS.from, `${name}:${from}`);
      if (to) words.append(KEYS.to, `${name}:${to}`);
      if (text) words.append(KEYS.text, `${name}:${text}`);
    }
    if (this.sort) words.set(KEYS.sort, `${this.sort.name}${this.sort.down ? ":down" : ""}`);
    if (this.shown.join("\n") !== this.initial.join("\n")) for (const name of this.shown) words.append(KEYS.columns, name);
    if (this.page > 1) words.set(KEYS.page, this.page);
    return words;
  }

  get address() {
    return viewAddress(this.settings, this.writeWords());
  }

  writeAddress({ page = 1 } = {}) {
    this.page = page;
    writeHash(this.settings, this.writeWords());
    this.unknown = [];
    return this.draw();
  }

  /** Change what is chosen of a column. */
  choose(name, change) {
    const before = this.chosen.get(name) ?? { values: [], absent: [], from: "", to: "", text: "" };
    const after = { ...before, ...change(before) };
    if (isEmpty(after)) this.chosen.delete(name);
    else this.chosen.set(name, after);
    return this.writeAddress();
  }

  // What stands once

  build() {
    const find = (name) => this.place.querySelector(name);
    Object.assign(this, { answer: find(".answer-words"), fault: find(".explorer-fault"), grid: find(".rows-table"), pages: find(".rows-pages"), receipt: find(".explorer-receipt") });
    const tools = find(".explorer-tools"), filters = find(".rows-filters");
    this.chips = element("ul", { className: "rows-chips", "aria-label": _("Filters") });
    tools.append(
      this.chips,
      button(_("Reset"), () => { this.chosen.clear(); this.sort = null; this.shown = this.initial; this.writeAddress(); }),
      button(_("Download these rows (CSV)"), () => this.download(saveCSV)),
      button(_("Download with a README (ZIP)"), () => this.download(saveZip)),
      ...(navigator.clipboard ? [copyButton(this)] : []),
    );
    this.boxes = [...this.columns.values()].map(({ name, label }) => element("input", { type: "checkbox", value: name, "aria-label": label, onchange: () => {
      const shown = this.boxes.filter((box) => box.checked).map((box) => box.value);
      if (shown.length) this.shown = shown;
      this.writeAddress({ page: this.page });
    } }));
    const choice = element("details", { className: "rows-filter" }, element("summary", { textContent: _("Columns") }),
      ...this.boxes.map((box) => element("label", {}, box, ` ${this.columns.get(box.value).label}`)));
    this.filters = [...this.columns.values()].map((column) => this.buildFilter(column));
    this.sorts = element("select", { onchange: () => {
      const [name, down] = this.sorts.value ? JSON.parse(this.sorts.value) : [];
      this.sort = name === undefined ? null : { name, down };
      this.writeAddress();
    } }, element("option", { value: "", textContent: _("the order of the file") }), ...[...this.columns.values()].flatMap(({ name, label }) => [false, true].map((down) => (
      element("option", { value: JSON.stringify([name, down]), textContent: `${label}, ${down ? _("descending") : _("ascending")}` })))));
    filters.append(element("label", { className: "rows-sort" }, `${_("Sort by")} `, this.sorts), choice, ...this.filters.map((filter) => filter.details));
    filters.open = matchMedia("(min-width: 64rem)").matches;
    tools.hidden = filters.hidden = false;
  }

  buildFilter(column) {
    const { name, label, type, filters } = column;
    const summary = element("summary", { textContent: label });
    const details = element("details", { className: "rows-filter", ontoggle: () => {
      if (details.open) this.open.add(name);
      else this.open.delete(name);
      if (details.open) this.draw();
    } }, summary);
    const inputs = {};
    const input = (key, words, kind) => {
      inputs[key] = element("input", { type: kind, ...(type === "yearmonth" ? { placeholder: "2019-08" } : {}), onchange: () => {
        const value = inputs[key].value.trim();
        const wrong = key !== "text" && value && !isBound(value, type);
        inputs[key].setCustomValidity(wrong ? _("Give a number, such as 12.5, or a date, such as 2019-08-31.") : "");
        if (wrong) inputs[key].reportValidity();
        else this.choose(name, () => ({ [key]: value }));
      } });
      details.append(element("label", {}, `${words} `, inputs[key]));
    };
    if (filters.includes("text")) input("text", _("Contains"), "search");
    if (filters.includes("range")) for (const [key, words] of [["from", _("From")], ["to", _("to")]]) input(key, words, type.startsWith("date") ? "date" : "text");
    const list = element("ol", { className: "explorer-values" });
    details.append(list);
    return { column, details, summary, inputs, list, whole: false };
  }

  // What follows a choice

  async draw() {
    const turn = (this.turn += 1), began = performance.now();
    this.place.dataset.busy = "";
    const opened = this.filters.map((filter) => filter.column.name).filter((name) => this.open.has(name));
    const first = [...new Set([...this.chosen.keys(), ...(this.sort ? [this.sort.name] : [])])];
    for (const name of first) await this.need(name);
    if (turn !== this.turn) return;
    await this.select();
    this.drawAnswer();
    for (const name of this.shown) await this.need(name);
    if (turn !== this.turn) return;
    await this.drawRows();
    for (const name of opened) await this.need(name);
    if (turn !== this.turn) return;
    await this.drawFilters(opened);
    delete this.place.dataset.busy;
    this.place.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  /** Of each column with a choice, which of its values are kept. */
  async tests(names = [...this.chosen.keys()]) {
    const tests = [];
    for (const name of names) {
      const { values, absent, from, to, text } = this.chosen.get(name);
      const { type } = this.columns.get(name);
      const { codes, texts, marks, orders } = await this.need(name);
      const [set, none, part] = [new Set(values), new Set(absent), fold(text)];
      const listed = values.length + absent.length > 0;
      const within = (code) => {
        const value = type.startsWith("date") || type === "yearmonth" ? texts[code].slice(0, 10) : orders[code];
        const bound = (limit) => (type.startsWith("date") || type === "yearmonth" ? limit : limit.includes(".") ? Number(limit) : BigInt(limit));
        return (!from || value >= bound(from)) && (!to || value <= bound(to));
      };
      const kept = Uint8Array.from(texts, (one, code) => (one === null
        ? none.has(marks[code]) && !from && !to && !text
        : (!listed || set.has(one)) && within(code) && (!part || fold(one).includes(part))));
      tests.push({ name, codes, kept });
    }
    return tests;
  }

  async select() {
    this.rows = sumValues(this.table.length, await this.tests(), new Map()).rows;
    const found = this.rows.length;
    if (this.sort) {
      const { codes, ranks, marks } = await this.need(this.sort.name);
      const most = ranks.length, absent = marks.filter((mark) => mark !== null).length;
      const rank = (code) => (this.sort.down && marks[code] === null ? most - absent - 1 - ranks[code] : ranks[code]);
      const starts = new Uint32Array(most + 1);
      for (const row of this.rows) starts[rank(codes[row]) + 1] += 1;
      for (let n = 0; n < most; n += 1) starts[n + 1] += starts[n];
      const sorted = new Uint32Array(found);
      for (const row of this.rows) sorted[starts[rank(codes[row])]++] = row;
      this.rows = sorted;
    }
    this.page = Math.min(this.page, Math.max(1, Math.ceil(found / ON_PAGE)));
  }

  /** The label of a value, or of a mark, of a column that may not be read yet. */
  describe({ absent, categories }, value, isMark) {
    return isMark ? absent.find((mark) => mark.value === value)?.label ?? (value || _("Missing")) : categories?.[value] ?? value;
  }

  /** Each condition in words, with what takes it away. */
  conditions() {
    return [...this.chosen].flatMap(([name, { values, absent, from, to, text }]) => {
      const column = this.columns.get(name), made = [];
      const listed = [...values.map((value) => this.describe(column, value, false)), ...absent.map((mark) => this.describe(column, mark, true))];
      if (listed.length) made.push([`${column.label}: ${listed.join(` ${_("or")} `)}`, { values: [], absent: [] }]);
      if (from || to) made.push([`${column.label}: ${from && to ? _("from {from} to {to}", { from, to }) : from ? _("from {from}", { from }) : _("to {to}", { to })}`, { from: "", to: "" }]);
      if (text) made.push([_("{column} contains “{text}”", { column: column.label, text }), { text: "" }]);
      return made.map(([words, change]) => ({ words, remove: () => this.choose(name, () => change) }));
    });
  }

  words() {
    const { unit, units, rows } = this.settings, found = this.rows.length;
    const number = NUMBER.format(found);
    return this.chosen.size ? _("{number} of {all} {units}", { number, all: NUMBER.format(rows), units })
      : _("{number} in all", { number: `${number} ${found === 1 ? unit : units}` });
  }

  drawAnswer() {
    this.answer.textContent = this.words();
    this.chips.replaceChildren(...this.conditions().map(({ words, remove }) => element("li", {},
      button(`${words} ✕`, remove, { "aria-label": _("Remove the filter {words}", { words }) }))));
    this.chips.hidden = !this.chosen.size;
    this.fault.hidden = !this.unknown.length;
    this.fault.textContent = this.unknown.length ? _("The address names what this table does not have: {names}. It was left out.", { names: this.unknown.join(", ") }) : "";
    tellVersion(this.place, this.settings);
    showReceipt(this.receipt, this.address, this.words(), this.queries);
  }

  get queries() {
    const { sha256, units } = this.settings;
    return [[_("Query (SQL)"), this.sql("count(*) AS count"), sha256], [_("The {units} themselves", { units }), this.sql(this.shown.map(named).join(", "), true), sha256]];
  }

  async drawRows() {
    const columns = await Promise.all(this.shown.map((name) => this.need(name)));
    const specs = this.shown.map((name) => this.columns.get(name));
    const from = (this.page - 1) * ON_PAGE, rows = this.rows.subarray(from, from + ON_PAGE);
    const numeric = specs.map(({ type }) => ["integer", "number"].includes(type));
    const focused = this.grid.contains(document.activeElement) && document.activeElement.dataset.name;
    this.grid.tHead.replaceChildren(element("tr", {}, ...specs.map(({ name, label }, place) => {
      const sorted = this.sort?.name === name ? (this.sort.down ? "descending" : "ascending") : "none";
      const made = button(label, () => {
        this.sort = sorted === "descending" ? null : { name, down: sorted === "ascending" };
        this.writeAddress();
      });
      made.dataset.name = name;
      return element("th", { scope: "col", "aria-sort": sorted, className: numeric[place] ? "numeric" : "" }, made);
    })));
    this.grid.tBodies[0].replaceChildren(...[...rows].map((row) => element("tr", {}, ...columns.map(({ codes, labels, marks }, place) => {
      const code = codes[row], text = labels[code], { longest } = this.settings;
      const cell = element("td", { className: [numeric[place] ? "numeric" : "", marks[code] === null ? "" : "absent"].join(" ").trim(), textContent: text.length > longest ? `${text.slice(0, longest)} …` : text });
      cell.dataset.label = specs[place].label;
      return cell;
    }))));
    if (focused) [...this.grid.querySelectorAll("th button")].find((one) => one.dataset.name === focused)?.focus();
    const last = Math.min(from + ON_PAGE, this.rows.length), number = this.rows.length;
    const shown = { first: NUMBER.format(from + 1), last: NUMBER.format(last), number: NUMBER.format(number) };
    this.grid.caption.textContent = number === 0 ? _("No row fits these filters.") : _("Rows {first} to {last} of {number}", shown);
    const go = (words, page, able) => button(words, () => this.writeAddress({ page }).then(() => this.grid.scrollIntoView({ block: "start" })), { disabled: !able });
    this.pages.replaceChildren(go(_("Previous rows"), this.page - 1, this.page > 1), go(_("Next rows"), this.page + 1, last < number));
    this.pages.hidden = number <= ON_PAGE;
  }

  async drawFilters(opened) {
    for (const { column, summary, inputs } of this.filters) {
      const choice = this.chosen.get(column.name);
      summary.textContent = choice ? `${column.label} ✓` : column.label;
      for (const key of Object.keys(inputs)) inputs[key].value = choice?.[key] ?? "";
    }
    this.sorts.value = this.sort ? JSON.stringify([this.sort.name, this.sort.down]) : "";
    for (const box of this.boxes) box.checked = this.shown.includes(box.value);
    const listed = this.filters.filter(({ column }) => opened.includes(column.name) && column.filters.includes("values"));
    const columns = new Map();
    for (const { column } of listed) columns.set(column.name, await this.need(column.name));
    const { sums } = sumValues(this.table.length, await this.tests(), columns);
    for (const filter of listed) this.drawValues(filter, columns.get(filter.column.name), sums.get(filter.column.name));
  }

  drawValues(filter, { texts, marks, labels }, sums) {
    const { column: { name }, list } = filter;
    const { values = [], absent = [] } = this.chosen.get(name) ?? {};
    const chosen = (code) => (marks[code] === null ? values.includes(texts[code]) : absent.includes(marks[code]));
    if (texts.length > MOST_VALUES) {
      list.replaceChildren(element("li", { className: "explorer-all note", textContent: _("{number} different values: type a part of one.", { number: NUMBER.format(texts.length) }) }));
      return;
    }
    const order = texts.map((text, code) => code).sort((a, b) => sums[b] - sums[a] || (labels[a] < labels[b] ? -1 : 1));
    const lines = order.filter((code, place) => filter.whole || place < FIRST || chosen(code)).map((code) => (
      { value: String(code), label: labels[code], count: sums[code], words: NUMBER.format(sums[code]), chosen: chosen(code) }));
    const without = (all, value) => (all.includes(value) ? all.filter((one) => one !== value) : [...all, value]);
    const change = () => {
      filter.whole = !filter.whole;
      this.drawValues(filter, { texts, marks, labels }, sums);
    };
    listValues(list, lines, (code) => this.choose(name, (before) => (marks[code] === null
      ? { values: without(before.values, texts[code]) } : { absent: without(before.absent, marks[code]) })), order.length > FIRST && { open: filter.whole, many: order.length, change });
  }

  // The proof

  sql(columns, sorted = false) {
    const tests = [...this.chosen].flatMap(([name, { values, absent, from, to, text }]) => {
      const { type, mark } = this.columns.get(name), field = named(name);
      const plain = ["integer", "year", "boolean", "date", "time"].includes(type) ? `CAST(${field} AS VARCHAR)` : field;
      const bound = (value) => (type === "yearmonth" || type.startsWith("date") ? quoted(value) : value);
      const limited = type === "datetime" ? `CAST(${field} AS DATE)` : field;
      const listed = [];
      if (values.length) listed.push(`${plain} IN (${values.map(quoted).join(", ")})`);
      if (absent.length) listed.push(mark ? `${field} IS NULL AND ${named(mark)} IN (${absent.map(quoted).join(", ")})` : `${field} IS NULL`);
      return [
        ...(listed.length ? [listed.length > 1 ? `(${listed.join(" OR ")})` : listed[0]] : []),
        ...(from ? [`${limited} >= ${bound(from)}`] : []),
        ...(to ? [`${limited} <= ${bound(to)}`] : []),
        ...(text ? [`contains(lower(${field}), lower(${quoted(text)}))`] : []),
      ];
    });
    const address = fileAddress(this.place, this.settings.file);
    const order = this.sort ? `${named(this.sort.name)}${this.sort.down ? " DESC" : ""} NULLS LAST, ` : "";
    return `SELECT ${columns} FROM read_parquet(${quoted(address)}${sorted ? ", file_row_number = true" : ""})`
      + `${tests.length ? ` WHERE ${tests.join(" AND ")}` : ""}${sorted ? ` ORDER BY ${order}file_row_number` : ""}`;
  }

  async download(write) {
    const columns = await Promise.all(this.shown.map((name) => this.need(name)));
    const rows = [this.shown];
    for (const row of this.rows) rows.push(columns.map(({ codes, texts, marks }) => texts[codes[row]] ?? marks[codes[row]]));
    const { settings } = this;
    const conditions = this.conditions().map(({ words }) => words);
    write(`${settings.dataset}-rows`, rows, writeReadme({ settings, words: this.words(), conditions, queries: this.queries, address: this.address }));
  }
}

const isEmpty = ({ values, absent, from, to, text }) => !(values.length || absent.length || from || to || text);

/** Whether a text limits values of a type: a day, a month, or a number. */
const isBound = (text, type) => (type.startsWith("date") ? /^\d{4}-\d{2}-\d{2}$/.test(text) && text > "0001" && new Date(`${text}T00:00Z`).toJSON()?.startsWith(text)
  : type === "yearmonth" ? /^\d{4}-\d{2}$/.test(text) : NUMERAL.test(text));
