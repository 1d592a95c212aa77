// The explorer of a dataset: reads the published combinations, counts what a reader chooses, and
// writes the sentence, the line, the tables and the receipt. The choice is in the address.
import { decompress } from "fzstd";
import { parquetRead } from "hyparquet";

const FIRST = 10; // values of a field that are listed before "Show all"
const NUMBER = new Intl.NumberFormat("en-US");
const SVG = "http://www.w3.org/2000/svg";
const RESERVED = { from: "_from", to: "_to", compare: "_compare", show: "_show" };

const root = document.querySelector(".explorer");
if (root) start(root).catch((error) => fail(root, error));

function fail(place, error) {
  const notice = place.querySelector(".explorer-fault");
  notice.textContent = `The file could not be read (${error.message}), so the values below cannot be combined. They are the totals of all records.`;
  notice.hidden = false;
}

async function load(address, what) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${what}: status ${answer.status}`);
  return answer;
}

async function start(place) {
  const [settings, file] = await Promise.all([
    load(place.dataset.settings, "explorer.json").then((answer) => answer.json()),
    load(place.dataset.cube, "explorer.parquet").then((answer) => answer.arrayBuffer()),
  ]);
  const cube = await readCube(settings, file);
  new Page(place, settings, cube);
}

/** The columns as small numbers with their values, and the counts. */
async function readCube(settings, file) {
  const columns = {};
  await parquetRead({
    file,
    compressors: { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) },
    onChunk: ({ columnName, columnData }) => (columns[columnName] ??= []).push(columnData),
  });
  const names = settings.fields.map((field) => field.name);
  if (settings.period) names.push(settings.period.name);
  const counts = Int32Array.from(columns[settings.count].flatMap((part) => [...part]));
  if (counts.length !== settings.cells) throw new Error("it is not the file that explorer.json describes");
  const fields = new Map();
  for (const name of names) {
    const values = [], places = new Map(), codes = new Uint16Array(counts.length);
    let at = 0;
    for (const part of columns[name]) {
      for (const value of part) {
        let code = places.get(value);
        if (code === undefined) {
          code = values.push(value) - 1;
          places.set(value, code);
        }
        codes[at++] = code;
      }
    }
    fields.set(name, { values, places, codes });
  }
  return { counts, fields };
}

/** The year of a period; a text that is no period is its own year. */
function yearOf(stamp, kind) {
  const match = /^(\d{4})(?:-(?:(\d{2})|Q(\d)))?$/.exec(stamp);
  if (!match) return stamp;
  const late = Number(match[2]) >= 10 || match[3] === "4";
  return String(Number(match[1]) + (kind === "fiscal" && (match[2] || match[3]) && late ? 1 : 0));
}

/** Counts of every value under a choice: a field's own choice does not narrow its own list. */
function count(cube, chosen, span, period) {
  const tests = [];
  for (const [name, values] of chosen) {
    const field = cube.fields.get(name);
    const kept = new Uint8Array(field.values.length);
    for (const value of values) kept[field.places.get(value)] = 1;
    tests.push({ name, codes: field.codes, kept });
  }
  if (span) {
    const field = cube.fields.get(period);
    const kept = Uint8Array.from(field.values, (stamp) => Number(stamp >= span[0] && stamp <= span[1] && /^\d/.test(stamp)));
    tests.push({ name: period, codes: field.codes, kept });
  }
  const sums = new Map([...cube.fields].map(([name, field]) => [name, new Float64Array(field.values.length)]));
  const own = tests.map((test) => sums.get(test.name));
  const all = [...cube.fields].map(([name, field]) => [field.codes, sums.get(name)]);
  const { counts } = cube;
  let total = 0;
  for (let row = 0; row < counts.length; row += 1) {
    let missed = -1, misses = 0;
    for (let n = 0; n < tests.length; n += 1) {
      if (!tests[n].kept[tests[n].codes[row]]) {
        missed = n;
        if ((misses += 1) > 1) break;
      }
    }
    if (misses > 1) continue;
    const number = counts[row];
    if (misses === 1) {
      own[missed][tests[missed].codes[row]] += number;
      continue;
    }
    total += number;
    for (const [codes, sum] of all) sum[codes[row]] += number;
  }
  return { total, sums };
}

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const named = (text) => `"${text.replaceAll('"', '""')}"`;

class Page {
  constructor(place, settings, cube) {
    Object.assign(this, { place, settings, cube });
    this.period = settings.period?.name ?? "";
    this.stamps = this.period
      ? [...cube.fields.get(this.period).values].filter((stamp) => /^\d/.test(stamp)).sort()
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
  }

  // The address

  readAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    const unknown = [];
    this.chosen = new Map();
    for (const { name } of this.settings.fields) {
      const { places } = this.cube.fields.get(name);
      const values = words.getAll(name);
      unknown.push(...values.filter((value) => !places.has(value)));
      const known = values.filter((value) => places.has(value));
      if (known.length) this.chosen.set(name, known);
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
    const [name, value] = (words.get(RESERVED.compare) ?? "").split("\u001f");
    this.compared = this.cube.fields.get(name)?.places.has(value) && name !== this.period ? [name, value] : null;
    this.show = words.get(RESERVED.show) === "share" ? "share" : "number";
    this.unknown = unknown;
  }

  writeAddress() {
    const words = new URLSearchParams();
    for (const [name, values] of this.chosen) for (const value of values) words.append(name, value);
    if (this.span) {
      words.set(RESERVED.from, this.from);
      words.set(RESERVED.to, this.to);
    }
    if (this.compared) words.set(RESERVED.compare, this.compared.join("\u001f"));
    if (this.show !== "number") words.set(RESERVED.show, this.show);
    const hash = words.toString();
    if (hash === location.hash.slice(1)) return;
    history.pushState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    this.unknown = [];
    this.draw();
  }

  /** The periods that a reader chose: records without a date are in none of them. */
  get span() {
    return this.bounded && this.stamps.length ? [this.from, this.to] : null;
  }

  choose(name, value) {
    const values = this.chosen.get(name) ?? [];
    const rest = values.filter((one) => one !== value);
    if (rest.length === values.length) rest.push(value);
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
        list.append(...this.stamps.map((stamp) => element("option", { value: stamp, textContent: stamp })));
        tools.append(element("label", {}, `${label} `, list));
        return list;
      };
      this.lists = { from: select("from", "From"), to: select("to", "to") };
    }
    this.shares = element("select", { onchange: () => { this.show = this.shares.value; this.writeAddress(); } },
      element("option", { value: "number", textContent: "numbers" }), element("option", { value: "share", textContent: "shares" }));
    tools.append(element("label", {}, "Show ", this.shares));
    tools.append(element("button", { type: "button", textContent: "Reset", onclick: () => {
      this.chosen.clear();
      [this.from, this.to] = [this.stamps[0], this.stamps.at(-1)];
      this.bounded = false;
      this.compared = null;
      this.show = "number";
      this.writeAddress();
    } }));
    tools.append(element("button", { type: "button", textContent: "Download this view (CSV)", onclick: () => this.download() }));
    if (navigator.clipboard) {
      const copy = element("button", { type: "button", textContent: "Copy the link", onclick: async () => {
        await navigator.clipboard.writeText(location.href).then(() => { copy.textContent = "Copied"; }, () => { copy.textContent = "Copy it from the address bar"; });
        setTimeout(() => { copy.textContent = "Copy the link"; }, 2500);
      } });
      tools.append(copy);
    }
    tools.hidden = false;
    this.receipt = this.place.querySelector(".explorer-receipt");
    this.receipt.hidden = false;
  }

  buildFields() {
    this.sections = [...this.place.querySelectorAll("[data-field]")].map((section) => {
      const list = element("ol", { className: "explorer-values" });
      section.querySelector("table").replaceWith(list);
      return { section, name: section.dataset.field, list };
    });
  }

  // What follows a choice

  draw() {
    const began = performance.now();
    this.now = count(this.cube, this.chosen, this.span, this.period);
    const other = this.compared && new Map([...this.chosen, [this.compared[0], [this.compared[1]]]]);
    this.then = other && count(this.cube, other, this.span, this.period);
    if (this.lists) [this.lists.from.value, this.lists.to.value] = [this.from, this.to];
    this.shares.value = this.show;
    this.place.querySelector(".answer-words").textContent = this.sentence();
    const fault = this.place.querySelector(".explorer-fault");
    fault.hidden = !this.unknown.length;
    fault.textContent = this.unknown.length ? `The address names what is not in the records: ${this.unknown.join(", ")}. It was left out.` : "";
    for (const part of this.sections) this.drawField(part);
    if (this.stamps.length) this.drawTime();
    this.drawReceipt();
    this.place.dataset.drawn = (performance.now() - began).toFixed(1);
  }

  units(number) {
    return `${NUMBER.format(number)} ${number === 1 ? this.settings.unit : this.settings.units}`;
  }

  conditions(chosen = this.chosen) {
    const labels = new Map(this.settings.fields.map((field) => [field.name, field.label]));
    return [...chosen].map(([name, values]) => `${labels.get(name)}: ${values.join(" or ")}`);
  }

  sentence() {
    const { total } = this.now;
    const where = this.conditions();
    const when = this.span ? `from ${this.from} to ${this.to}` : "";
    const end = [where.length ? `with ${where.join("; ")}` : "", when].filter(Boolean).join(", ");
    const words = [`${this.units(total)}${end ? ` ${end}` : " in all"}.`];
    const undated = this.stamps.length && !this.span ? total - this.sumDated() : 0;
    if (undated) words.push(`${NUMBER.format(undated)} of them ${undated === 1 ? "has" : "have"} no date.`);
    const years = this.years(this.now).filter(([, , whole]) => whole);
    if (years.length > 1) {
      const [[before, old], [year, recent]] = years.slice(-2);
      if (old && Number(year) - Number(before) === 1) {
        const change = Math.round((recent - old) / old * 100);
        const fiscal = this.settings.period.year === "fiscal" ? "fiscal year " : "";
        const moved = recent === old ? "as many as" : change === 0 ? "about as many as" : `${Math.abs(change)}% ${change > 0 ? "more" : "fewer"} than`;
        words.push(`In ${fiscal}${year}, the last whole year here, ${NUMBER.format(recent)}: ${moved} in ${before}.`);
      }
    }
    if (this.then) words.push(`Compared: ${this.units(this.then.total)} with ${this.conditions(new Map([[this.compared[0], [this.compared[1]]]])).join("")}.`);
    return words.join(" ");
  }

  sumDated() {
    const { places } = this.cube.fields.get(this.period);
    const sums = this.now.sums.get(this.period);
    return this.stamps.reduce((sum, stamp) => sum + sums[places.get(stamp)], 0);
  }

  /** Of each year in the range: its name, its count, and whether the records cover all of it. */
  years(counted) {
    const { kind, year, incomplete } = this.settings.period ?? {};
    if (!kind) return [];
    const { values } = this.cube.fields.get(this.period);
    const sums = counted.sums.get(this.period);
    const each = { month: 12, quarter: 4 }[kind] ?? 1;
    const years = new Map();
    values.forEach((stamp, code) => {
      if (!/^\d/.test(stamp) || stamp < this.from || stamp > this.to) return;
      const name = yearOf(stamp, year);
      const line = years.get(name) ?? { sum: 0, periods: 0, whole: true };
      line.sum += sums[code];
      line.periods += 1;
      line.whole &&= !incomplete.includes(stamp);
      years.set(name, line);
    });
    return [...years].sort(([one], [two]) => (one < two ? -1 : 1)).map(([name, line]) => [name, line.sum, line.whole && line.periods === each]);
  }

  drawField({ section, name, list }) {
    const field = this.cube.fields.get(name);
    const sums = this.now.sums.get(name);
    const chosen = this.chosen.get(name) ?? [];
    const order = field.values.map((value, code) => code).sort((a, b) => sums[b] - sums[a] || (field.values[a] < field.values[b] ? -1 : 1));
    const all = sums.reduce((sum, number) => sum + number, 0);
    const most = sums[order[0]] || 1;
    const open = this.open.has(name);
    const listed = order.filter((code, place) => open || place < FIRST || chosen.includes(field.values[code]));
    const focused = document.activeElement?.dataset?.value;
    const lines = listed.map((code) => {
      const value = field.values[code];
      const number = this.show === "share" ? share(sums[code], all) : NUMBER.format(sums[code]);
      const bar = element("span", { className: "explorer-bar" });
      bar.style.inlineSize = `${sums[code] / most * 100}%`;
      const button = element("button", { type: "button", className: "explorer-value", onclick: () => this.choose(name, value) },
        element("span", { className: "explorer-name", textContent: value }), element("span", { className: "explorer-number", textContent: number }), bar);
      button.setAttribute("aria-pressed", String(chosen.includes(value)));
      button.dataset.value = value;
      button.disabled = !sums[code] && !chosen.includes(value);
      const compare = element("button", { type: "button", className: "explorer-compare", textContent: "compare", onclick: () => {
        const same = this.compared?.[0] === name && this.compared[1] === value;
        this.compared = same ? null : [name, value];
        this.writeAddress();
      } });
      compare.setAttribute("aria-pressed", String(this.compared?.[0] === name && this.compared[1] === value));
      compare.setAttribute("aria-label", `Compare with ${value}`);
      return element("li", {}, button, compare);
    });
    if (order.length > FIRST) {
      const words = open ? "Show fewer" : `Show all ${NUMBER.format(order.length)}`;
      lines.push(element("li", { className: "explorer-all" }, element("button", { type: "button", textContent: words, onclick: () => {
        if (open) this.open.delete(name);
        else this.open.add(name);
        this.drawField({ section, name, list });
      } })));
    }
    const here = list.contains(document.activeElement);
    list.replaceChildren(...lines);
    if (here) [...list.querySelectorAll(".explorer-value")].find((button) => button.dataset.value === focused)?.focus();
  }

  drawTime() {
    const lines = this.years(this.now), others = this.then ? this.years(this.then) : [];
    const table = this.place.querySelector(".explorer-years");
    const head = [this.settings.period.year === "fiscal" ? "Fiscal year" : "Year", this.settings.units, "Change"];
    if (this.then) head.push(this.compared[1]);
    table.tHead.replaceChildren(element("tr", {}, ...head.map((words, place) => element("th", { scope: "col", className: place ? "numeric" : "", textContent: words }))));
    table.tBodies[0].replaceChildren(...lines.map(([year, number, whole], place) => {
      const before = lines[place - 1];
      const change = before && before[1] && before[2] && whole ? signed((number - before[1]) / before[1]) : "";
      const cells = [NUMBER.format(number), change, ...(this.then ? [NUMBER.format(others[place]?.[1] ?? 0)] : [])];
      return element("tr", {}, element("th", { scope: "row", textContent: whole ? year : `${year} (incomplete)` }), ...cells.map((textContent) => element("td", { className: "numeric", textContent })));
    }));
    this.drawTrend();
  }

  drawTrend() {
    const place = this.place.querySelector(".explorer-trend");
    const field = this.cube.fields.get(this.period);
    const stamps = this.stamps.filter((stamp) => stamp >= this.from && stamp <= this.to);
    const line = (counted) => stamps.map((stamp) => counted.sums.get(this.period)[field.places.get(stamp)]);
    const series = [line(this.now), ...(this.then ? [line(this.then)] : [])];
    const [width, height, left, bottom] = [680, 220, 64, 24];
    const top = Math.max(1, ...series.flat());
    const step = ticks(top);
    const most = Math.ceil(top / step) * step;
    const x = (at) => left + (width - left - 12) * (stamps.length > 1 ? at / (stamps.length - 1) : 0.5);
    const y = (number) => 10 + (height - bottom - 10) * (1 - number / most);
    const draw = (name, attributes, words = "") => {
      const made = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      made.textContent = words;
      return made;
    };
    const picture = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart-svg", role: "img", "aria-label": `${this.settings.period.label}: ${this.sentence()}` });
    for (let number = 0; number <= most; number += step) {
      picture.append(draw("line", { class: "grid", x1: left, x2: width - 12, y1: y(number), y2: y(number) }));
      picture.append(draw("text", { class: "label", x: left - 8, y: y(number) + 5, "text-anchor": "end", "font-size": 14 }, NUMBER.format(number)));
    }
    const labels = Math.max(1, Math.ceil(stamps.length / 6));
    stamps.forEach((stamp, at) => {
      if (at % labels === 0 && at + labels / 2 < stamps.length + 1) picture.append(draw("text", { class: "label", x: x(at), y: height - 4, "text-anchor": at ? "middle" : "start", "font-size": 14 }, stamp));
    });
    series.forEach((numbers, which) => {
      const points = numbers.map((number, at) => `${x(at).toFixed(1)} ${y(number).toFixed(1)}`);
      const whole = points.filter((point, at) => !this.settings.period.incomplete.includes(stamps[at]));
      const ends = stamps.map((stamp, at) => this.settings.period.incomplete.includes(stamp) ? at : -1).filter((at) => at >= 0);
      picture.append(draw("path", { class: `mark-${which + 1} line`, d: `M${whole.join("L")}`, fill: "none", "stroke-width": 2.5 }));
      for (const at of ends) {
        const near = at ? at - 1 : 1;
        if (points[near]) picture.append(draw("path", { class: `mark-${which + 1} line part`, d: `M${points[near]}L${points[at]}`, fill: "none", "stroke-width": 2.5, "stroke-dasharray": "4 3" }));
      }
      if (numbers.length === 1) picture.append(draw("circle", { class: `mark-${which + 1} dot`, cx: x(0), cy: y(numbers[0]), r: 4 }));
    });
    const named = this.then ? [["mark-1", "your choice"], ["mark-2", this.compared[1]]] : [];
    const key = element("p", { className: "note explorer-key" });
    named.forEach(([kind, words]) => {
      const sign = draw("svg", { viewBox: "0 0 24 8", class: "explorer-sign", "aria-hidden": "true" });
      sign.append(draw("path", { class: `${kind} line`, d: "M0 4L24 4", "stroke-width": 3 }));
      key.append(sign, ` ${words} `);
    });
    const cut = this.settings.period.incomplete.filter((stamp) => stamps.includes(stamp));
    if (cut.length) key.append(`Dashed: the records do not cover all of ${cut.join(" and ")}.`);
    place.replaceChildren(picture, ...(key.childNodes.length ? [key] : []));
    place.hidden = false;
  }

  // The proof

  sql() {
    const tests = [...this.chosen].map(([name, values]) => `${named(name)} IN (${values.map(quoted).join(", ")})`);
    if (this.span) tests.push(`${named(this.period)} BETWEEN ${quoted(this.from)} AND ${quoted(this.to)}`);
    const address = new URL(this.place.dataset.cube, location.href).href;
    return `SELECT coalesce(sum(${named(this.settings.count)}), 0) AS ${named(this.settings.count)} FROM read_parquet(${quoted(address)})${tests.length ? ` WHERE ${tests.join(" AND ")}` : ""}`;
  }

  drawReceipt() {
    const sql = this.sql();
    const block = (label, words) => [element("p", { className: "label", textContent: label }), element("pre", {}, element("code", { textContent: words }))];
    const shell = (words) => `'${words.replaceAll("'", "'\\''")}'`;
    this.receipt.replaceChildren(
      element("h3", { textContent: "Receipt of your view" }),
      element("p", { textContent: `${this.units(this.now.total)}. Anyone can run this again and get the same number.` }),
      ...block("Query (SQL)", sql),
      ...block("File read, SHA-256", this.settings.sha256),
      ...block("Run it in a terminal", `duckdb -c ${shell(sql)}`),
      ...block("Or let the program read the link", `plainrecord verify --view ${shell(location.href)}`),
    );
  }

  download() {
    const cell = (value) => (/[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    const names = this.settings.fields.map((field) => field.name);
    const rows = [["field", "value", this.settings.count]];
    if (this.period) for (const stamp of this.stamps.filter((one) => one >= this.from && one <= this.to)) rows.push([this.period, stamp, this.now.sums.get(this.period)[this.cube.fields.get(this.period).places.get(stamp)]]);
    for (const name of names) this.cube.fields.get(name).values.forEach((value, code) => rows.push([name, value, this.now.sums.get(name)[code]]));
    const text = rows.map((row) => row.map(cell).join(",")).join("\r\n");
    const link = element("a", { href: URL.createObjectURL(new Blob([text, "\r\n"], { type: "text/csv" })), download: `${this.settings.dataset}-view.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}

function share(number, all) {
  if (!all) return "";
  const percent = number / all * 100;
  return percent && percent < 0.05 ? "under 0.1%" : percent < 100 && percent >= 99.95 ? "over 99.9%" : `${percent.toFixed(1).replace(".0", "")}%`;
}

function signed(change) {
  const percent = Math.round(change * 100);
  return percent ? `${percent > 0 ? "+" : "−"}${NUMBER.format(Math.abs(percent))}%` : "0%";
}

function ticks(top) {
  const power = 10 ** Math.floor(Math.log10(top / 4 || 1));
  return Math.max(1, [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step * 4 >= top));
}
