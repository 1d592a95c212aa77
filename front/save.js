// Save what a reader sees: as CSV whose first line is the header, or with a README in a zip.
import { strToU8, zipSync } from "fflate";
import { _, element } from "./dom.js";

const cell = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

export const toCSV = (rows) => `${rows.map((row) => row.map((value) => cell(String(value))).join(",")).join("\r\n")}\r\n`;

export function save(name, content, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export const saveCSV = (name, rows) => save(`${name}.csv`, toCSV(rows), "text/csv");

/** A zip with the CSV and a README; the same view gives the same bytes. */
export function saveZip(name, rows, readme) {
  const files = { [`${name}.csv`]: strToU8(toCSV(rows)), "README.txt": strToU8(readme) };
  save(`${name}.zip`, zipSync(files, { mtime: new Date(1980, 0, 1) }), "application/zip");
}

/** The README of a view: what it shows, what was chosen, how to cite it and how to check it. */
export const writeReadme = ({ settings, words, conditions, queries, address }) => [
  settings.title,
  ...(settings.synthetic ? [settings.synthetic] : []),
  "",
  words,
  "",
  _("Filters"),
  ...(conditions.length ? conditions : [_("none")]).map((line) => `- ${line}`),
  "",
  _("Link to this view"),
  address,
  "",
  _("Citation"),
  settings.citation,
  "",
  _("Receipt"),
  ...queries.flatMap(([label, sql, sha256]) => [label, sql, `${_("SHA-256 of the file that it reads:")} ${sha256}`]),
  ...(queries.length ? [] : [_("No released table answers this choice.")]),
  `plainrecord verify --view '${address.replaceAll("'", "%27")}'`,
  "",
].join("\r\n");
