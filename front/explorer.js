// The explorer of a dataset: reads the published combinations, counts what a reader chooses, and
// writes the sentence, the line, the tables and the receipt. The choice is in the address.
import { Cells, Cube, nameAbsent } from "./counts.js";
import { load, loadFile, megabytes } from "./columns.js";
import { PlaceMap } from "./maps.js";
import { NUMBER, _, button, copyButton, draw, element, fileAddress, listValues, named, quoted, showFault, showReceipt, tellVersion, viewAddress, watchFaults, writeHash } from "./dom.js";
import { saveCSV, saveZip, writeReadme } from "./save.js";

const FIRST = 10; // values of a field that are listed before "Show all"
const FEW = 30; // of fewer records, a change in percent would say too much
const FIRST_ORDERED = 24; // the same of a field whose values have an order
const AND = ` ${_("and")} `, OR = ` ${_("or")} `;
const RESERVED = { from: "_from", to: "_to", compare: "_compare", show: "_show", version: "_version" };
/** So many periods are drawn with those between them that have no record: a wrong year must not make thousands. */
const MOST_PERIODS = 2400;
/** Bytes: so much of a file that is split by year is loaded when the reader asks for it. */
const LARGE = 5e6;
const SHOWN = { number: _("numbers"), share: _("shares"), index: _("index (first period = 100)") };

const root = document.querySelector(".explorer");
if (root) start(root);

async function start(place) {
  const read = (path, sha256) => loadFile(fileAddress(place, path), sha256);
  let settings, cube;
  try {
    settings = await load(place.dataset.settings, "explorer.json").then((answer) => answer.json());
    cube = await (settings.tables ? Cells : Cube).read(settings, read, place);
  } catch (error) {
    showFault(place, _("The file could not be read ({error}), so the values below cannot be combined. They are the totals of all records.", { error: error.message }));
    return;
  }
  watchFaults(place);
  new Page(place, settings, cube);
}

/** What sorts a number: absent ones come last. */
const rank = (number) => (Number.isFinite(number) ? number : -1);

/** The year of a period; a text that is no period is its own year. */
function yearOf(stamp, kind) {
  const match = /^(\d{4})(?:-(?:(\d{2})|Q(\d)))?$/.exec(stamp);
  if (!match) return stamp;
  const late = Number(match[2]) >= 10 || match[3] === "4";
  return String(Number(match[1]) + (kind === "fiscal" && (match[2] || match[3]) && late ? 1 : 0));
}

/** All periods from the first to the last of `stamps`, also those without a record. */
function fillPeriods(stamps) {
  const each = stamps[0]?.length === 4 ? 1 : stamps[0]?.[5] === "Q" ? 4 : 12;
  const place = (stamp) => Number(stamp.slice(0, 4)) * each + Number(stamp.slice(5).replace("Q", "") || 1) - 1;
  const length = stamps.length ? place(stamps.at(-1)) - place(stamps[0]) + 1 : 0;
  if (length === stamps.length || length > MOST_PERIODS) return stamps;
  return Array.from({ length }, (_, at) => {
    const number = place(stamps[0]) + at, year = String(Math.floor(number / each)).padStart(4, "0"), part = number % each + 1;
    return each === 1 ? year : `${year}-${each === 4 ? `Q${part}` : String(part).padStart(2, "0")}`;
  });
}

class Page {
  constructor(place, settings, cube) {
    Object.assign(this, { place, settings, cube, protected: cube instanceof Cells });
    const rates = settings.rates ?? [];
    const alike = (words) => rates.filter((rate) => rate.words === words).length > 1;
    this.kinds = this.protected ? { number: SHOWN.number } : { ...SHOWN, ...Object.fromEntries(rates.map(({ name, title, words }) => [`rate.${name}`, alike(words) ? title : words])) };
    this.period = settings.period?.name ?? "";
    this.stamps = this.period
      ? fillPeriods([...new Set([...cube.fields.get(this.period).values, ...cube.groups.flatMap(({ first, last }) => [first, last])])].filter((stamp) => /^\d/.test(stamp)).sort())
      : [];
    this.open = new Set();
    this.readAddress();
    this.buildTools();
    this.buildFields();
    addEventListener("hashchange", () => {
      this.readAddress();
      this.draw();
    });
    this.draw();
    this.maps = [];
    for (const section of this.place.querySelectorAll("[data-map]")) this.loadMap(section);
  }

  /** Outlines are loaded last: all else can be used before. */
  async loadMap(section) {
    try {
      const map = new PlaceMap(section, await load(section.dataset.map, _("the map")).then((answer) => answer.json()), (name, value) => this.choose(name, value));
      this.drawMap(map);
      this.maps.push(map);
    } catch (error) {
      section.replaceChildren(element("p", { className: "notice", textContent: _("The map could not be drawn ({error}). The lists below have the same choices.", { error: error.message }) }));
    }
    section.hidden = false;
  }

  drawMap(map) {
    const { values } = this.cube.fields.get(map.field), { label } = this.settings.fields.find((field) => field.name === map.field);
    const numbers = this.numbersOf(map.field);
    map.draw(new Map(values.map((value, code) => [value, numbers[code]])), this.chosen.get(map.field) ?? [], this.wordsFor(map.field), label, this.rate ? undefined : 0);
  }

  // The address

  readAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const known = [...this.settings.fields.map(({ name }) => name), ...Object.values(RESERVED)];
    const unknown = [...words.keys()].filter((name) => !known.includes(name));
    this.chosen = new Map();
    for (const { name } of this.settings.fields) {
      const { places } = this.cube.fields.get(name);
      const values = [...new Set(words.getAll(name))];
      const found = values.filter((value) => places.has(value)).slice(0, this.protected ? 1 : undefined);
      unknown.push(...values.filter((value) => !found.includes(value)));
      if (found.length) this.chosen.set(name, found);
    }
    const [first, last] = [this.stamps[0], this.stamps.at(-1)];
    const stamp = (key, otherwise) => {
      const value = words.get(RESERVED[key]);
      if (value && !this.stamps.includes(value)) unknown.push(value);
      return this.stamps.includes(value) ? value : otherwise;
    };
    this.from = stamp("from", first);
    this.to = stamp("to", last);
    if (this.from > this.to) [this.from, this.to] = [this.to, this.from];
    this.bounded = words.has(RESERVED.from) || words.has(RESERVED.to);
    const [name, ...rest] = (words.get(RESERVED.compare) ?? "").split("\u001f"), value = rest.join("\u001f");
    this.compared = this.cube.fields.get(name)?.places.has(value) && name !== this.period ? [name, value] : null;
    if (words.get(RESERVED.compare) && !this.compared) unknown.push(value || name);
    const shown = words.get(RESERVED.show) ?? "number";
    const offered = Object.hasOwn(this.kinds, shown);
    if (!offered) unknown.push(shown);
    this.show = offered ? shown : "number";
    this.unknown = unknown;
  }

  /** The view in words of an address. */
  writeWords() {
    const words = new URLSearchParams();
    for (const [name, values] of this.chosen) for (const value of values) words.append(name, value);
    if (this.span) {
      words.set(RESERVED.from, this.from);
      words.set(RESERVED.to, this.to);
    }
    if (this.compared) words.set(RESERVED.compare, this.compared.join("\u001f"));
    if (this.show !== "number") words.set(RESERVED.show, this.show);
    return words;
  }

  get address() {
    return viewAddress(this.settings, this.writeWords());
  }

  writeAddress() {
    writeHash(this.settings, this.writeWords());
    this.unknown = [];
    this.draw();
  }

  /** The periods that a reader chose: records without a date are in none of them. */
  get span() {
    return this.bounded && this.stamps.length ? [this.from, this.to] : null;
  }

  choose(name, value) {
    const values = this.chosen.get(name) ?? [];
    let rest = values.filter((one) => one !== value);
    if (rest.length === values.length) rest = this.protected ? [value] : [...values, value];
    if (rest.length) this.chosen.set(name, rest);
    else this.chosen.delete(name);
    this.writeAddress();
  }

  // What stands once

  buildTools() {
    const tools = this.place.querySelector(".explorer-tools");
    if (this.stamps.length > 1) {
      const select = (key, label) => {
        const list = element("select", { onchange: () => { this[key] = list.value; this.bounded = true; if (this.from > this.to) this[key === "from" ? "to" : "from"] = list.value; this.writeAddress(); } });
        list.append(...this.stamps.map((stamp) => element("option", { value: stamp, textContent: begin(nameStamp(stamp, this.settings.period.kind)) })));
        tools.append(element("label", {}, `${label} `, list));
        return list;
      };
      this.lists = { from: select("from", _("From")), to: select("to", _("to")) };
    }
    if (!this.protected) {
      const kinds = Object.entries(this.kinds).filter(([kind]) => kind !== "index" || this.stamps.length > 1);
      this.shares = element("select", { onchange: () => { this.show = this.shares.value; this.writeAddress(); } },
        ...kinds.map(([value, textContent]) => element("option", { value, textContent })));
      tools.append(element("label", {}, `${_("Show")} `, this.shares));
    }
    tools.append(
      button(_("Reset"), () => {
        this.chosen.clear();
        [this.from, this.to] = [this.stamps[0], this.stamps.at(-1)];
        this.bounded = false;
        this.compared = null;
        this.show = "number";
        this.writeAddress();
      }),
      button(_("Download this view (CSV)"), () => this.download(saveCSV)),
      button(_("Download with a README (ZIP)"), () => this.download(saveZip)),
      ...(navigator.clipboard ? [copyButton(this)] : []),
    );
    tools.hidden = false;
    // Far from the answer, on a phone, its number stays in sight.
    const answer = this.place.querySelector(".answer");
    this.far = button("", () => {
      answer.tabIndex = -1;
      answer.focus({ preventScroll: true });
      answer.scrollIntoView({ block: "center" });
    }, { className: "explorer-far", hidden: true });
    this.place.append(this.far);
    new IntersectionObserver(([{ isIntersecting }]) => { this.far.hidden = isIntersecting; }).observe(answer);
    const words = { month: _("Numbers by month"), quarter: _("Numbers by quarter") }[this.settings.period?.kind];
    if (this.stamps.length > 1 && words) {
      const table = element("table", {}, element("caption", { className: "unseen", textContent: words }), element("thead"), element("tbody"));
      this.periods = element("details", { className: "explorer-periods", ontoggle: () => { if (this.periods.open) this.drawPeriods(); } }, element("summary", { textContent: words }), table);
      this.place.querySelector("#years").append(this.periods);
    }
    this.receipt = this.place.querySelector(".explorer-receipt");
  }

  buildFields() {
    this.sections = [...this.place.querySelectorAll("[data-field]")].map((section) => {
      const list = element("ol", { className: "explorer-values" });
      section.append(list); // the table stays until the list is drawn
      return { section, name: section.dataset.field, list };
    });
  }

  // What follows a choice

  draw() {
    if (this.lists) [this.lists.from.value, this.lists.to.value] = [this.from, this.to];
    if (this.cube.lacking(this.span).length) this.fetch();
    else this.drawView();
  }

  /** Load the years that the view needs; a large part of the file only if the reader has asked for it. */
  async fetch(asked) {
    const state = this.place.querySelector(".explorer-state"), lacking = this.cube.lacking(this.span);
    const bytes = lacking.reduce((sum, group) => sum + group.bytes, 0), size = megabytes(bytes);
    if (this.fetching) return;
    state.hidden = false;
    if (!asked && (bytes > LARGE || navigator.connection?.saveData)) {
      state.replaceChildren(_("The years of this view have {size}, which are not loaded yet. Choose a shorter time, or load them.", { size }), " ", button(_("Load {size}", { size }), () => this.fetch(true)));
      return;
    }
    this.fetching = true;
    this.place.dataset.busy = "";
    let year = "";
    try {
      await this.cube.load(lacking, ({ first }) => { state.textContent = _("Loading {year} …", { year: year = first.slice(0, 4) }); });
    } catch (error) {
      state.replaceChildren(_("The records of {year} could not be loaded ({error}). The numbers below do not show your choice.", { year, error: error.message }), " ", button(_("Try again"), () => this.fetch(true)));
      return;
    } finally {
      delete this.place.dataset.busy;
      this.fetching = false;
    }
    this.draw();
  }

  drawView() {
    const began = performance.now();
    this.now = this.chosen.size || this.span ? this.cube.count(this.chosen, this.span) : this.cube.all;
    const other = this.other = this.compared && new Map([...this.chosen, [this.compared[0], [this.compared[1]]]]);
    this.then = other && this.cube.count(other, this.span);
    this.rate = this.settings.rates?.find(({ name }) => this.show === `rate.${name}`);
    const parts = (chosen) => [this.rate.numerator, this.rate.denominator].map((name) => this.cube.count(chosen, this.span, this.cube.numbers.get(name)));
    this.parts = this.rate && { now: parts(this.chosen), then: other && parts(other) };
    for (const state of this.place.querySelectorAll(".explorer-state")) state.hidden = true;
    if (this.shares) this.shares.value = this.show;
    this.place.querySelector(".answer-words").textContent = this.sentence();
    const fault = this.place.querySelector(".explorer-fault");
    this.far.textContent = _("{number}: see the answer", { number: begin(this.units(this.now.total)) });
    fault.hidden = !this.unknown.length;
    fault.textContent = this.unknown.length ? _("The address names what is not in the records: {names}. It was left out.", { names: this.unknown.join(", ") }) : "";
    tellVersion(this.place, this.settings);
    for (const part of this.sections) this.drawField(part);
    for (const map of this.maps ?? []) this.drawMap(map);
    if (this.stamps.length) this.drawTime();
    this.drawReceipt();
    this.place.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  units(number) {
    const { unit, units } = this.settings;
    if (number === null) return _("a suppressed number of {units}", { units });
    if (number === undefined) return _("an unreleased number of {units}", { units });
    if (Number.isNaN(number)) return nameAbsent(number);
    return `${NUMBER.format(number)} ${number === 1 ? unit : units}`;
  }

  /** A value as readers know it: a place by its name where the records have its code. */
  nameOf(name, value) {
    const { names, order } = this.settings.fields.find((field) => field.name === name);
    return names?.[value] ?? (order ? nameStamp(value) : value);
  }

  /** What is compared with another value of its field. */
  get ownName() {
    const [name] = this.compared;
    return (this.chosen.get(name) ?? []).map((value) => this.nameOf(name, value)).join(OR) || (this.chosen.size ? _("your choice") : _("all {units}", this.settings));
  }

  conditions(chosen = this.chosen) {
    const labels = new Map(this.settings.fields.map((field) => [field.name, field.label]));
    return [...chosen].map(([name, values]) => `${labels.get(name)}: ${values.map((value) => this.nameOf(name, value)).join(OR)}`);
  }

  sentence() {
    const { total } = this.now;
    const values = { number: this.units(total), conditions: this.conditions().join("; "), time: this.time() };
    const words = [begin(values.conditions && this.span ? _("{number} with {conditions}, {time}.", values)
      : values.conditions ? _("{number} with {conditions}.", values)
      : this.span ? _("{number} {time}.", values) : _("{number} in all.", values))];
    if (this.show === "share" && values.conditions && total) {
      const all = this.span ? this.sumDated(this.cube.all) : this.cube.all.total, part = { share: share(total, all), units: this.settings.units };
      if (all) words.push(this.span ? _("That is {share} of all {units} in that time.", part) : _("That is {share} of all {units}.", part));
    }
    if (this.settings.rounding) words.push(_("Numbers are rounded to multiples of {base}.", { base: this.settings.rounding }));
    const undated = this.stamps.length && !this.span ? total - this.sumDated(this.now) : 0;
    if (undated) words.push(undated === 1 ? _("1 of them has no date.") : _("{number} of them have no date.", { number: NUMBER.format(undated) }));
    const years = this.years(this.now).filter(([, , whole]) => whole);
    if (years.length > 1) {
      const [[before, old], [year, recent]] = years.slice(-2);
      if (old && Number(year) - Number(before) === 1) {
        const change = Math.round((recent - old) / old * 100);
        const compared = { before, old: NUMBER.format(old), percent: NUMBER.format(Math.abs(change)) };
        const filled = { number: NUMBER.format(recent), year, comparison: recent === old ? _("as many as in {before}", compared)
          : old < FEW ? _("compared with {old} in {before}", compared)
          : change === 0 ? _("about as many as in {before}", compared)
          : change > 0 ? _("{percent}% more than in {before}", compared) : _("{percent}% fewer than in {before}", compared) };
        words.push(this.settings.period.year === "fiscal" ? _("Fiscal year {year}, the last complete year here, has {number}, {comparison}.", filled)
          : _("The last complete year here, {year}, has {number}, {comparison}.", filled));
      }
    }
    if (this.rate) words.push(`${this.describeRate(this.parts.now)}.`);
    if (this.then) {
      const compared = { number: this.units(this.then.total), condition: this.conditions(new Map([[this.compared[0], [this.compared[1]]]])).join("") };
      const others = this.span || [...this.chosen.keys()].some((name) => name !== this.compared[0]);
      words.push(others ? _("Compared: {number} with {condition}, all else as chosen.", compared) : _("Compared: {number} with {condition}.", compared));
    }
    if (this.then && this.rate) words.push(`${this.describeRate(this.parts.then)}.`);
    return words.join(" ");
  }

  /** A rate with its two counts, as `plainrecord verify --view` says it. */
  describeRate([part, whole]) {
    const { rate } = this;
    return `${rate.words}: ${showRate(rateOf(rate, part.total, whole.total))} (${rate.part}: ${NUMBER.format(part.total)}; ${rate.whole}: ${NUMBER.format(whole.total)})`;
  }

  /** The records of a count that are in the chosen range of time, or that have a date. */
  sumDated(counted) {
    return this.inRange().reduce((sum, stamp) => sum + this.at(stamp, counted), 0);
  }

  inRange() {
    return this.stamps.filter((stamp) => stamp >= this.from && stamp <= this.to);
  }

  /** The chosen range of time in words. */
  time() {
    const [from, to] = [this.from, this.to].map((stamp) => nameStamp(stamp ?? "", this.settings.period?.kind));
    return from === to ? _("in {period}", { period: from }) : _("from {from} to {to}", { from, to });
  }

  /** How many records of a count are in a period. */
  at(stamp, counted) {
    return counted.sums.get(this.period)[this.cube.fields.get(this.period).places.get(stamp)] ?? 0;
  }

  /** Of each year in the range: its name, its count, whether all of it is counted, and whether the range cuts it. */
  years(counted) {
    const { kind, year, incomplete } = this.settings.period ?? {};
    if (!kind) return [];
    const each = { month: 12, quarter: 4 }[kind] ?? 1;
    const years = new Map();
    for (const stamp of this.inRange()) {
      const name = yearOf(stamp, year);
      const line = years.get(name) ?? { sum: 0, periods: 0, whole: true };
      line.sum += this.at(stamp, counted);
      line.periods += 1;
      line.whole &&= !incomplete.includes(stamp);
      years.set(name, line);
    }
    const known = new Map();
    for (const stamp of this.stamps) known.set(yearOf(stamp, year), (known.get(yearOf(stamp, year)) ?? 0) + 1);
    return [...years].sort(([one], [two]) => (one < two ? -1 : 1))
      .map(([name, line]) => [name, line.sum, line.whole && line.periods === each, line.whole && line.periods < known.get(name)]);
  }

  /** What is shown of each value of a field: its count, or its rate. */
  numbersOf(name) {
    if (!this.rate) return this.now.sums.get(name);
    const [part, whole] = this.parts.now.map((counted) => counted.sums.get(name));
    return Array.from(part, (number, code) => rateOf(this.rate, number, whole[code]));
  }

  /** How that is written. */
  wordsFor(name) {
    if (this.rate) return showRate;
    const all = this.now.sums.get(name).reduce((sum, number) => sum + number, 0);
    return (number) => nameAbsent(number) || (this.show === "share" ? share(number, all) : NUMBER.format(number));
  }

  drawField(part) {
    const { section, name, list } = part;
    const field = this.cube.fields.get(name);
    const sums = this.now.sums.get(name), numbers = this.numbersOf(name);
    const chosen = this.chosen.get(name) ?? [];
    const natural = this.settings.fields.find((one) => one.name === name).order;
    const order = natural ? natural.map((value) => field.places.get(value))
      : field.values.map((value, code) => code).sort((a, b) => rank(numbers[b]) - rank(numbers[a]) || (field.values[a] < field.values[b] ? -1 : 1));
    const missing = sums.length > 0 && sums.every((number) => number === undefined);
    const first = missing ? 0 : natural ? FIRST_ORDERED : FIRST; // the reason stands there once
    const open = this.open.has(name);
    const words = this.wordsFor(name);
    const lines = order.filter((code, place) => open || place < first || chosen.includes(field.values[code])).map((code) => {
      const value = field.values[code];
      return { value, label: this.nameOf(name, value), count: numbers[code] || 0, there: sums[code], words: words(numbers[code]), chosen: chosen.includes(value) };
    });
    const change = () => {
      if (open) this.open.delete(name);
      else this.open.add(name);
      this.drawField(part);
    };
    listValues(list, lines, (value) => this.choose(name, value), order.length > first && { open, many: order.length, change }, (value) => {
      const same = this.compared?.[0] === name && this.compared[1] === value;
      const words = _("Compare with {value}", { value: this.nameOf(name, value) });
      return [button(_("compare"), () => {
        this.compared = same ? null : [name, value];
        this.writeAddress();
      }, { className: "explorer-compare", "aria-pressed": String(same), "aria-label": words, disabled: !same && !Number.isFinite(sums[field.places.get(value)]) })];
    });
    section.querySelector("table")?.remove();
    let note = section.querySelector(".explorer-reason");
    if (!note) section.append(note = element("p", { className: "note explorer-reason" }));
    const others = [...this.chosen.keys()].filter((one) => one !== name).map((one) => this.settings.fields.find((field) => field.name === one).label);
    note.textContent = missing ? _("Not released together with {fields}.", { fields: others.join(AND) }) : !sums.length ? _("No records.") : sums.includes(null) ? _("Suppressed numbers are hidden to protect people.") : "";
    note.hidden = !note.textContent;
  }

  drawTime() {
    this.drawTable(this.place.querySelector(".explorer-years"), this.settings.period.year === "fiscal" ? _("Fiscal year") : _("Year"), (counted) => this.years(counted), true);
    if (this.periods?.open) this.drawPeriods();
    this.drawTrend();
  }

  drawPeriods() {
    const { label, kind, incomplete } = this.settings.period;
    this.drawTable(this.periods.querySelector("table"), label, (counted) => this.inRange().map((stamp) => [begin(nameStamp(stamp, kind)), this.at(stamp, counted), !incomplete.includes(stamp)]));
  }

  /** A table of years or periods: `list` gives the name, the number and the state of each; `changed` adds the change from the one before, unless two choices are compared. */
  drawTable(table, label, list, changed) {
    const { rate, parts } = this;
    const lines = list(rate ? parts.now[0] : this.now), others = this.then ? list(rate ? parts.then[0] : this.then) : [];
    const totals = (counted) => new Map(list(counted).map(([name, number]) => [name, number]));
    const whole = rate ? totals(parts.now[1]) : this.show === "share" ? totals(this.cube.all) : null;
    const otherWhole = rate && this.then ? totals(parts.then[1]) : whole;
    const [first, base] = (this.show === "index" && lines.find(([, number, complete]) => number && complete)) || [];
    const show = (number, name, all = whole) => (rate ? showRate(rateOf(rate, number, all.get(name))) : all ? share(number, all.get(name)) : base ? (number / base * 100).toFixed(1).replace(".0", "") : NUMBER.format(number));
    const { units } = this.settings;
    const changes = changed && !whole && !this.then;
    const head = [label, rate ? rate.words : this.show === "number" ? units : this.show === "share" ? _("share of all {units}", { units }) : base ? _("index ({period} = 100)", { period: first }) : units, ...(changes ? [_("Change")] : [])];
    if (this.then) {
      head.push(this.nameOf(...this.compared));
      if (this.chosen.has(this.compared[0])) head[1] = this.ownName;
    }
    table.tHead.replaceChildren(element("tr", {}, ...head.map((words, place) => element("th", { scope: "col", className: place ? "numeric" : "", textContent: words }))));
    table.tBodies[0].replaceChildren(...lines.map(([name, number, complete, cut], place) => {
      const before = lines[place - 1];
      const change = before && before[1] && before[2] && complete ? signed((number - before[1]) / before[1]) : "";
      const cells = [show(number, name), ...(changes ? [change] : []), ...(this.then ? [show(others[place]?.[1] ?? 0, name, otherWhole)] : [])];
      return element("tr", {}, element("th", { scope: "row", textContent: complete ? name : cut ? _("{year} (a part of it)", { year: name }) : _("{year} (incomplete)", { year: name }) }), ...cells.map((textContent) => element("td", { className: "numeric", textContent })));
    }));
  }

  drawTrend() {
    const place = this.place.querySelector(".explorer-trend");
    const stamps = this.inRange();
    const line = (counted) => stamps.map((stamp) => this.at(stamp, counted));
    const { rate, parts } = this, per = rate ? rate.per : 100;
    const all = this.show === "share" ? this.cube.all : null;
    const drawn = rate ? [parts.now, ...(this.then ? [parts.then] : [])] : [[this.now, all], ...(this.then ? [[this.then, all]] : [])];
    const wholes = drawn.map(([, whole]) => whole && line(whole));
    const bases = new Set();
    const series = drawn.map(([part], which) => {
      const numbers = line(part), whole = wholes[which];
      const first = numbers.findIndex((number, at) => number && !this.settings.period.incomplete.includes(stamps[at])), base = numbers[first];
      if (this.show === "index" && base) bases.add(nameStamp(stamps[first], this.settings.period.kind));
      return whole ? numbers.map((number, at) => number / (whole[at] || 1) * per) : this.show === "index" && base ? numbers.map((number) => number / base * 100) : numbers;
    });
    const narrow = this.place.clientWidth < 560; // a wide picture would shrink its letters
    const [width, height, left, bottom] = [narrow ? 360 : 680, 220, 64, 24];
    const top = Math.max(wholes[0] ? 0.1 : 1, ...series.flat());
    const step = ticks(top, wholes[0] ? 0.01 : 1);
    const most = Math.ceil(top / step) * step;
    const x = (at) => left + (width - left - 12) * (stamps.length > 1 ? at / (stamps.length - 1) : 0.5);
    const y = (number) => 10 + (height - bottom - 10) * (1 - number / most);
    const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart-svg", role: "img", "aria-label": `${this.settings.period.label}: ${this.sentence()}` });
    for (let at = 0, number = 0; number <= most * 1.0001; at += 1, number = at * step) {
      picture.append(draw("line", { class: "s-grid", x1: left, x2: width - 12, y1: y(number), y2: y(number) }));
      picture.append(draw("text", { class: "f-ink", x: left - 8, y: y(number) + 5, "text-anchor": "end", "font-size": 14 }, `${NUMBER.format(number)}${all ? "%" : ""}`));
    }
    const labels = Math.max(1, Math.ceil(stamps.length / (narrow ? 3 : 6)));
    stamps.forEach((stamp, at) => {
      if (at % labels === 0 && at + labels / 2 < stamps.length + 1) picture.append(draw("text", { class: "f-ink", x: x(at), y: height - 4, "text-anchor": at < stamps.length - 1 ? "middle" : "end", "font-size": 14 }, nameStamp(stamp, this.settings.period.kind, SHORT_MONTH)));
    });
    series.forEach((numbers, which) => {
      const points = numbers.map((number, at) => `${x(at).toFixed(1)} ${y(number).toFixed(1)}`);
      const whole = points.filter((point, at) => !this.settings.period.incomplete.includes(stamps[at]) && (!wholes[which] || wholes[which][at])); // no records, no share
      const ends = stamps.map((stamp, at) => this.settings.period.incomplete.includes(stamp) ? at : -1).filter((at) => at >= 0);
      if (whole.length) picture.append(draw("path", { class: `s-mark-${which + 1}`, d: `M${whole.join("L")}`, fill: "none", "stroke-width": 2.5 }));
      for (const at of ends) {
        const near = at ? at - 1 : 1;
        if (points[near]) picture.append(draw("path", { class: `s-mark-${which + 1} part`, d: `M${points[near]}L${points[at]}`, fill: "none", "stroke-width": 2.5, "stroke-dasharray": "4 3" }));
      }
      if (numbers.length === 1) picture.append(draw("circle", { class: `f-mark-${which + 1}`, cx: x(0), cy: y(numbers[0]), r: 4 }));
    });
    const named = this.then ? [["s-mark-1", this.ownName], ["s-mark-2", this.nameOf(...this.compared)]] : [];
    const key = element("p", { className: "note explorer-key" });
    named.forEach(([kind, words]) => {
      const sign = draw("svg", { viewBox: "0 0 24 8", class: "explorer-sign", "aria-hidden": "true" });
      sign.append(draw("path", { class: kind, d: "M0 4L24 4", "stroke-width": 3 }));
      key.append(sign, ` ${words} `);
    });
    const cut = this.settings.period.incomplete.filter((stamp) => stamps.includes(stamp));
    const notes = [];
    if (bases.size) notes.push(_("Index: {periods} = 100.", { periods: [...bases].join(AND) }));
    if (cut.length) notes.push(_("Dashed: the records do not cover all of {periods}.", { periods: cut.map((stamp) => nameStamp(stamp, this.settings.period.kind)).join(AND) }));
    if (notes.length && key.childNodes.length) key.append(element("br"));
    if (notes.length) key.append(notes.join(" "));
    place.replaceChildren(picture, ...(key.childNodes.length ? [key] : []));
    place.hidden = false;
  }

  // The proof

  sql(chosen = this.chosen) {
    const tests = [...chosen].map(([name, values]) => this.cube.test?.(name, values[0]) ?? `${named(name)} IN (${values.map(quoted).join(", ")})`);
    if (this.span) tests.push(`${named(this.period)} BETWEEN ${quoted(this.from)} AND ${quoted(this.to)}`);
    const address = fileAddress(this.place, this.cube.source(chosen).file), count = named(this.settings.count);
    const names = [count, ...(this.rate ? [this.rate.numerator, this.rate.denominator].map(named) : [])];
    const number = this.protected ? count : names.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(", ");
    return `SELECT ${number} FROM read_parquet(${quoted(address)})${tests.length ? ` WHERE ${tests.join(" AND ")}` : ""}`;
  }

  /** The choice, and what it is compared with: what the query of each is called, and the file that answers it. */
  get queries() {
    const asked = [[_("Query (SQL)"), this.chosen], ...(this.other ? [[_("Query of the comparison (SQL)"), this.other]] : [])];
    return asked.filter(([, chosen]) => this.cube.source(chosen)).map(([label, chosen]) => [label, this.sql(chosen), this.cube.source(chosen).sha256]);
  }

  drawReceipt() {
    const told = (counted, parts) => [begin(this.units(counted.total)), ...(parts ? [this.describeRate(parts)] : [])].join(". ");
    const words = [told(this.now, this.parts?.now), ...(this.then ? [_("Compared: {number}", { number: told(this.then, this.parts?.then) })] : [])];
    if (this.queries.length) showReceipt(this.receipt, this.address, words.join(". "), this.queries);
    else this.receipt.replaceChildren(element("p", { textContent: _("No released table answers this choice.") }));
  }

  download(write) {
    const { settings, cube, rate } = this;
    const sides = [[this.now, this.parts?.now ?? []], ...(this.then ? [[this.then, this.parts?.then ?? []]] : [])];
    const names = [settings.count, ...(rate ? [rate.part, rate.whole, rate.words] : [])];
    const rows = [["field", "value", ...names, ...(this.then ? names.map((name) => `compared ${name}`) : [])]];
    const add = (name, value, look) => rows.push([name, value, ...sides.flatMap(([counted, parts]) => {
      const number = look(counted), numbers = parts.map(look);
      return [nameAbsent(number) || number, ...numbers, ...(rate ? [rateOf(rate, ...numbers)?.toFixed(1) ?? ""] : [])];
    })]);
    for (const stamp of this.inRange()) add(this.period, stamp, (counted) => this.at(stamp, counted));
    for (const { name } of settings.fields) {
      if (sides.every(([counted]) => counted.sums.get(name).every((number) => number === undefined))) continue; // not released
      cube.fields.get(name).values.forEach((value, code) => add(name, value, (counted) => counted.sums.get(name)[code]));
    }
    const conditions = [...this.conditions(), ...(this.span ? [this.time()] : [])];
    write(`${settings.dataset}-view`, rows, writeReadme({ settings, words: this.sentence(), conditions, queries: this.queries, address: this.address }));
  }
}

const begin = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

const [MONTH, SHORT_MONTH] = ["long", "short"].map((month) => new Intl.DateTimeFormat(document.documentElement.lang || "en", { month, year: "numeric", timeZone: "UTC" }));

/** A period in a sentence: August 2017, Q3 2017, 2017; with `SHORT_MONTH` on an axis: Aug 2017. */
function nameStamp(stamp, kind, months = MONTH) {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(stamp)) return months.format(new Date(`${stamp}-01T00:00:00Z`));
  return kind === "fiscal-year" && months === MONTH ? _("fiscal year {year}", { year: stamp }) : stamp.replace(/^(\d{4})-(Q\d)$/, "$2 $1");
}

const rateOf = ({ per }, part, whole) => (whole ? per * part / whole : undefined);
const showRate = (rate) => (rate === undefined ? _("no rate") : NUMBER.format(Math.round(rate * 10) / 10));

function share(number, all) {
  if (!all) return "";
  const percent = number / all * 100;
  return percent && percent < 0.05 ? _("under 0.1%") : percent < 100 && percent >= 99.95 ? _("over 99.9%") : `${percent.toFixed(1).replace(".0", "")}%`;
}

function signed(change) {
  const percent = Math.round(change * 100);
  return percent ? `${percent > 0 ? "+" : "−"}${NUMBER.format(Math.abs(percent))}%` : "0%";
}

function ticks(top, least) {
  const power = 10 ** Math.floor(Math.log10(top / 4 || 1));
  return Math.max(least, [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step * 4 >= top));
}
