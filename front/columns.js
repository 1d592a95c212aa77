// A published Parquet file in the browser: its columns as small numbers that stand for their values.
import { decompress } from "fzstd";
import { asyncBufferFromUrl, parquetMetadata, parquetRead } from "hyparquet";
import { _ } from "./dom.js";

const compressors = { ZSTD: (input, length) => decompress(input, new Uint8Array(length)) };
// Dates and times as the numbers in the file, so that equal ones are equal.
const parsers = { dateFromDays: (days) => days, timestampFromMicroseconds: (micros) => micros };

/** Let the page answer its reader between two parts of a long work. */
export const pause = () => new Promise((resolve) => { setTimeout(resolve); });

export async function load(address, what) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(_("{file}: status {status}", { file: what, status: answer.status }));
  return answer;
}

/** The content; an error where its hash is another one, which browsers can tell on secure pages alone. */
async function checkHash(content, sha256) {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", content);
  if (digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== sha256) throw new Error(_("it is not the file that this page describes"));
  return content;
}

/** A published file with that hash. */
export const loadFile = async (address, sha256) => checkHash(await load(address, _("the file")).then((answer) => answer.arrayBuffer()), sha256);

export const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en-US", { maximumFractionDigits: 1 })} MB`;

export class Table {
  /**
   * The table of a file of which only `parts` are loaded; of all of it where the host sends no parts.
   * Each has a hash; the last one describes the columns and groups.
   */
  static async open(url, parts) {
    const { start, bytes } = parts.at(-1), byteLength = start + bytes;
    const file = await asyncBufferFromUrl({ url, byteLength });
    const slice = async (from, to) => checkHash(await file.slice(from, to), parts.find((part) => part.start === from && part.start + part.bytes === to)?.sha256);
    return new Table({ byteLength, slice }, parquetMetadata(await slice(start, byteLength)));
  }

  constructor(file, metadata = parquetMetadata(file)) {
    this.file = file;
    this.metadata = metadata;
    this.length = Number(this.metadata.num_rows);
    this.scales = new Map();
    for (const leaf of this.metadata.schema) {
      const decimal = leaf.converted_type === "DECIMAL" || leaf.logical_type?.type === "DECIMAL";
      if (!decimal) continue;
      this.scales.set(leaf.name, leaf.scale ?? leaf.logical_type?.scale ?? 0);
      delete leaf.converted_type; // its digits are read here: a double has too few
      delete leaf.logical_type;
    }
  }

  has(name) {
    return this.metadata.schema.some((leaf) => leaf.name === name);
  }

  /** The groups of rows, with the first and the last value of a column where the file has them. */
  groups(name) {
    let row = 0;
    return this.metadata.row_groups.map(({ columns, num_rows }) => {
      const parts = columns.map((column) => column.meta_data);
      const start = Math.min(...parts.map((part) => Number(part.dictionary_page_offset ?? part.data_page_offset)));
      const { min_value: first, max_value: last } = parts.find((part) => part.path_in_schema[0] === name)?.statistics ?? {};
      const bytes = parts.reduce((sum, part) => sum + Number(part.total_compressed_size), 0);
      return { rowStart: row, rowEnd: row += Number(num_rows), start, bytes, first, last };
    });
  }

  /** The table of one group, which is loaded in one request. */
  async load({ rowStart, rowEnd, start, bytes }) {
    const part = await this.file.slice(start, start + bytes);
    const file = { byteLength: this.file.byteLength, slice: (from, to) => part.slice(from - start, to - start) };
    return Object.assign(Object.create(Table.prototype), this, { file, range: { rowStart, rowEnd }, length: rowEnd - rowStart });
  }

  /** The values of a column, in parts; the page answers its reader between two groups of rows. */
  async read(name) {
    const parts = [];
    const { file, metadata } = this;
    for (const range of this.range ? [this.range] : this.groups(name)) {
      const { rowStart, rowEnd } = range;
      await parquetRead({ file, metadata, rowStart, rowEnd, columns: [name], compressors, parsers, onChunk: (part) => parts.push(part) });
      await pause();
    }
    if (!parts.length && this.length) throw new Error(_("the file has no column {name}", { name }));
    return parts.sort((one, two) => one.rowStart - two.rowStart).map((part) => part.columnData);
  }

  /** The different values of a column, after those in `known`, and for each row the place of its value among them. */
  async encode(name, { values, places } = { values: [], places: new Map() }) {
    const codes = new Uint32Array(this.length);
    let at = 0, last, code = -1;
    const parts = await this.read(name);
    for (const part of parts) {
      await pause();
      for (let value of part) {
        if (value instanceof Uint8Array) value = toInteger(value);
        if (value !== last || code < 0) { // equal ones often follow each other
          code = places.get(value) ?? -1;
          if (code < 0) {
            code = values.push(value) - 1;
            places.set(value, code);
          }
          last = value;
        }
        codes[at++] = code;
      }
    }
    return { values, places, codes: joinCodes([codes], values.length) };
  }
}

/** Arrays one after the other, as one of a kind. */
export function joinArrays(parts, Kind) {
  const whole = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
}

/** Codes of so many values in as few bytes as they need. */
export const joinCodes = (parts, many) => joinArrays(parts, many <= 256 ? Uint8Array : many <= 65536 ? Uint16Array : Uint32Array);

const toInteger = (bytes) => BigInt.asIntN(bytes.length * 8, bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));

/**
 * The rows that pass all `tests`, which have a name, `codes` and which of them are `kept`; their
 * total, and the sums of each value of `columns`. A column's own test does not narrow its own sums.
 * `weights` has the number of each row (1 unless given).
 */
export function sumValues(length, tests, columns, weights) {
  const sums = new Map([...columns].map(([name, column]) => [name, new Float64Array(column.values.length)]));
  const own = tests.map((test) => sums.get(test.name));
  const passing = new Uint32Array(length);
  let found = 0, total = 0;
  for (let row = 0; row < length; row += 1) {
    let missed = -1, misses = 0;
    for (let n = 0; n < tests.length; n += 1) {
      const { kept, codes } = tests[n];
      if (kept[codes[row]]) continue;
      missed = n;
      if ((misses += 1) > 1) break;
    }
    if (!misses) passing[found++] = row;
    else if (misses === 1 && own[missed]) own[missed][tests[missed].codes[row]] += weights ? weights[row] : 1;
  }
  for (let n = 0; n < found; n += 1) total += weights ? weights[passing[n]] : 1;
  for (const [name, { codes }] of columns) addUp(sums.get(name), codes, passing, found, weights);
  return { total, sums, rows: passing.subarray(0, found) };
}

/** One column after the other: the engine makes a tight loop of each. */
function addUp(sum, codes, rows, found, weights) {
  if (weights) for (let n = 0; n < found; n += 1) sum[codes[rows[n]]] += weights[rows[n]];
  else for (let n = 0; n < found; n += 1) sum[codes[rows[n]]] += 1;
}
