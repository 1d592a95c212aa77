// What an explorer counts: the combinations of an open table, or the released tables of a protected dataset.
import { Table, joinArrays, joinCodes, pause, sumValues } from "./columns.js";
import { _, fileAddress, named, quoted } from "./dom.js";

/** The combinations of an open table: every choice is counted. */
export class Cube {
  static async read(settings, read, place) {
    const table = settings.parts ? await Table.open(fileAddress(place, settings.file), settings.parts) : new Table(await read(settings.file, settings.sha256));
    if (table.length !== settings.cells) throw new Error(_("it is not the file that explorer.json describes"));
    const { period, rates = [] } = settings;
    const fields = new Map([...settings.fields, ...(period ? [period] : [])].map(({ name, known = [] }) => [name, { values: [...known], places: new Map(known.map((value, code) => [value, code])), codes: [] }]));
    const numbers = new Map([settings.count, ...rates.flatMap((rate) => [rate.numerator, rate.denominator])].map((name) => [name, []]));
    const cube = Object.assign(new Cube(), { table, fields, numbers, period: period?.name, settings, groups: table.groups(period?.name) });
    await cube.load(settings.parts ? [] : cube.groups);
    return cube;
  }

  /** The groups of rows that are not loaded, of those that a range of time needs: a large file has one for each year. */
  lacking(span) {
    return this.groups.filter(({ loaded, first, last }) => !loaded && !(span && (last < span[0] || first > span[1])));
  }

  async load(groups, tell = () => {}) {
    try {
      for (const group of groups) {
        tell(group);
        const part = await this.table.load(group), codes = new Map(), numbers = new Map();
        for (const [name, field] of this.fields) {
          await pause();
          codes.set(name, (await part.encode(name, field)).codes);
        }
        await pause();
        for (const name of this.numbers.keys()) numbers.set(name, await readCounts(part, name));
        for (const [name, field] of this.fields) field.codes = joinCodes([field.codes, codes.get(name)], field.values.length);
        for (const [name, known] of this.numbers) this.numbers.set(name, joinArrays([known, numbers.get(name)], Int32Array));
        group.loaded = true;
      }
    } finally {
      this.all = this.count(new Map());
      await pause();
    }
  }

  /** Counts of every value under a choice: a field's own choice does not narrow its own list. */
  count(chosen, span, counts = this.numbers.get(this.settings.count)) {
    const tests = [...chosen].map(([name, values]) => {
      const field = this.fields.get(name), kept = new Uint8Array(field.values.length);
      for (const value of values) kept[field.places.get(value)] = 1;
      return { name, codes: field.codes, kept };
    });
    if (span) {
      const { values, codes } = this.fields.get(this.period);
      const kept = Uint8Array.from(values, (stamp) => Number(stamp >= span[0] && stamp <= span[1] && /^\d/.test(stamp)));
      tests.push({ name: this.period, codes, kept });
    }
    return sumValues(counts.length, tests, this.fields, counts);
  }

  /** The file that answers a choice. */
  source() {
    return this.settings;
  }
}

/** The count of a combination that cannot occur. */
export const IMPOSSIBLE = NaN;

/** What stands in the place of a count that is not there. */
export const nameAbsent = (number) => (number === undefined ? _("not released") : number === null ? _("suppressed") : Number.isNaN(number) ? _("not applicable") : "");

/** The released tables of a protected dataset: each choice is looked up, and nothing is added. */
export class Cells {
  static async read(settings, read) {
    const fields = new Map(settings.fields.map(({ name, values }) => {
      const names = values.map((value) => value.name);
      return [name, { values: names, places: new Map(names.map((value, place) => [value, place])), entries: new Map(values.map((value) => [value.name, value])) }];
    }));
    const tables = new Map();
    await Promise.all(settings.tables.map(async (described) => {
      const table = new Table(await read(described.file, described.sha256));
      const columns = await Promise.all(described.dimensions.map((name) => readTexts(table, name)));
      const counts = (await table.read(settings.count)).flatMap((part) => [...part]);
      const marks = described.impossible ? (await table.read(`${settings.count}__missing`)).flatMap((part) => [...part]) : [];
      const cells = new Map(counts.map((number, row) => [key(columns.map((texts) => texts[row])), described.impossible && marks[row] === described.impossible ? IMPOSSIBLE : typeof number === "bigint" ? Number(number) : number ?? null]));
      tables.set(key([...described.dimensions].sort()), { ...described, cells });
    }));
    const cells = Object.assign(new Cells(), { tables, fields });
    cells.all = cells.count(new Map());
    return cells;
  }

  source(chosen) {
    return this.tables.get(key([...chosen.keys()].sort()));
  }

  lacking() {
    return [];
  }

  /** A released count; null where it is suppressed, IMPOSSIBLE where it cannot occur, undefined where no table has it. */
  look(chosen) {
    const table = this.source(chosen);
    if (!table) return undefined;
    return table.cells.get(key(table.dimensions.map((name) => textOf(this.fields.get(name).entries.get(chosen.get(name)[0])))));
  }

  /** The condition for a value, absent ones by their mark. */
  test(name, value) {
    const entry = this.fields.get(name).entries.get(value);
    if (entry.value !== null) return `CAST(${named(name)} AS VARCHAR) = ${quoted(entry.value)}`;
    return `${named(name)} IS NULL${entry.mark ? ` AND ${named(`${name}__missing`)} = ${quoted(entry.mark)}` : ""}`;
  }

  count(chosen) {
    const sums = new Map([...this.fields].map(([name, { values }]) => [name, values.map((value) => this.look(new Map([...chosen, [name, [value]]])))]));
    return { total: this.look(chosen), sums };
  }
}

const readCounts = async (table, name) => Int32Array.from((await table.read(name)).flatMap((part) => [...part]));
const key = (values) => JSON.stringify(values);
const textOf = ({ value, mark }) => value ?? `\0${mark}`;

/** The values of a dimension row by row, absent ones by their mark. */
async function readTexts(table, name) {
  const flat = async (column) => (await table.read(column)).flatMap((part) => [...part]);
  const values = await flat(name);
  const marks = table.has(`${name}__missing`) ? await flat(`${name}__missing`) : [];
  return values.map((value, row) => textOf({ value: value === null || value === undefined ? null : String(value), mark: marks[row] ?? "" }));
}
