// A published Parquet file in the browser: its columns as small numbers that stand for their values.
import { decompress } from "fzstd";
import { parquetMetadata, parquetRead } from "hyparquet";
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

export class Table {
  constructor(file) {
    this.file = file;
    this.metadata = parquetMetadata(file);
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

  /** The values of a column, in parts. */
  async read(name) {
    const parts = [];
    const { file, metadata } = this;
    await parquetRead({ file, metadata, columns: [name], compressors, parsers, onChunk: (part) => parts.push(part) });
    if (!parts.length && this.length) throw new Error(_("the file has no column {name}", { name }));
    return parts.sort((one, two) => one.rowStart - two.rowStart).map((part) => part.columnData);
  }

  /** The different values of a column, and for each row the place of its value among them. */
  async encode(name) {
    const values = [], places = new Map(), codes = new Uint32Array(this.length);
    let at = 0, last, code = -1;
    const parts = await this.read(name);
    await pause();
    for (const part of parts) {
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
    const narrow = values.length <= 256 ? Uint8Array : values.length <= 65536 ? Uint16Array : null;
    return { values, places, codes: narrow ? new narrow(codes) : codes };
  }
}

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
