// A map of the places that a field names: one of the linked views of the explorer.
import { _, draw, element } from "./dom.js";

const CLASSES = 5;
const SHADES = [1, 2, 3, 5, 6]; // of the style sheet, where all classes are there
const HATCH = "explorer-hatch";
const MOST_NAMED = 12; // values that the note names
const SOLID = { 0: "f-paper", undefined: "f-grid", NaN: "f-grid" };

export class PlaceMap {
  constructor(section, { field, credit, credit_url, width, height, places, undrawn = {} }, choose) {
    Object.assign(this, { field, places, undrawn: new Map(Object.entries(undrawn)), known: new Set(places.map((place) => place.value)) });
    this.picture = draw("svg", { viewBox: `-4 -4 ${width + 8} ${height + 8}`, class: "explorer-places", role: "img" });
    const hatch = draw("pattern", { id: HATCH, width: 12, height: 12, patternUnits: "userSpaceOnUse" });
    hatch.append(draw("path", { class: "f-suppressed", d: "M0 0H12V12H0Z" }), draw("path", { class: "s-hatch", d: "M-2 14L14 -2M-2 2L2 -2M10 14L14 10", "stroke-width": 2 }));
    this.picture.append(hatch);
    for (const place of places) {
      place.path = draw("path", { d: place.outline });
      place.path.append(place.title = draw("title", {}));
      this.picture.append(place.path);
      place.path.addEventListener("click", () => { if (place.open) choose(field, place.value); });
    }
    this.key = element("ul", { className: "explorer-classes" });
    this.off = element("p", { className: "note" });
    section.querySelector(".explorer-drawn").append(this.picture, this.key);
    const made = credit_url ? element("a", { href: credit_url, textContent: credit }) : credit;
    section.append(this.off, element("p", { className: "note" }, made));
  }

  /**
   * Shade each place by the number of its value; the places in `chosen` have a line around them.
   * `nothing` is the number of a place without records: 0, or undefined where rates are shown.
   */
  draw(counts, chosen, words, label, nothing) {
    const classes = divide(this.places.map(({ value }) => counts.get(value)).filter(Boolean));
    for (const place of this.places) {
      // Where no value names a place, no record is there.
      const count = place.value === null ? nothing : counts.get(place.value);
      const at = classes.findIndex(([low, high]) => count >= low && count <= high);
      const own = chosen.includes(place.value);
      place.open = place.value !== null && (Boolean(count) || own || (count === 0 && nothing !== 0));
      const kind = `${SOLID[count] ?? (at < 0 ? "" : shade(at, classes.length))}${place.open ? " open" : ""}${own ? " chosen" : ""}`;
      if (place.kind !== kind) place.path.setAttribute("class", place.kind = kind);
      if (count === null) place.path.setAttribute("fill", `url(#${HATCH})`);
      else if (place.state === null) place.path.removeAttribute("fill");
      const told = `${place.name}: ${words(count)}`;
      if (place.title.textContent !== told) place.title.textContent = told;
      place.state = count;
      if (own) this.picture.append(place.path); // above the lines of its neighbours
    }
    const lines = classes.map(([low, high], at) => [shade(at, classes.length), low === high ? words(low) : _("{low} to {high}", { low: words(low), high: words(high) })]);
    const states = new Set(this.places.map((place) => place.state));
    if (states.has(0)) lines.push(["f-paper", nothing === 0 ? _("none") : words(0)]);
    if (states.has(null)) lines.push(["", _("suppressed")]);
    for (const absent of [undefined, NaN]) if (states.has(absent)) lines.push(["f-grid", words(absent)]);
    if (chosen.length) lines.push(["f-paper chosen", _("chosen")]);
    this.key.replaceChildren(...lines.map(([kind, text]) => {
      const sign = draw("svg", { viewBox: "0 0 48 28", "aria-hidden": "true" });
      sign.append(draw("path", { d: "M1 1H47V27H1Z", ...(kind ? { class: kind } : { fill: `url(#${HATCH})` }) }));
      return element("li", {}, sign, ` ${text}`);
    }));
    const said = [nothing === 0 ? _("A map of {label}, shaded by number.", { label }) : _("A map of {label}, shaded by rate.", { label })];
    if (chosen.length) said.push(_("Chosen: {values}.", { values: chosen.map((value) => this.places.find((place) => place.value === value)?.name ?? value).join(", ") }));
    this.picture.setAttribute("aria-label", [...said, _("The list below has the numbers.")].join(" "));
    const off = [...counts].filter(([value, count]) => count !== 0 && !this.known.has(value)).map(([value, count]) => [this.undrawn.get(value), `${this.undrawn.get(value) ?? value} (${words(count)})`]);
    const list = (listed) => {
      const names = listed.slice(0, MOST_NAMED).map(([, told]) => told).join(", "), number = listed.length - MOST_NAMED;
      return number > 0 ? _("{names} and {number} more", { names, number }) : names;
    };
    const [places, rest] = [off.filter(([name]) => name), off.filter(([name]) => !name)];
    this.off.textContent = [
      ...(places.length ? [_("Places that this map does not draw: {names}.", { names: list(places) })] : []),
      ...(rest.length ? [_("Not on the map: {names}.", { names: list(rest) })] : []),
    ].join(" ");
    this.off.hidden = !off.length;
  }
}

const shade = (at, many) => `f-seq-${many < 2 ? 4 : SHADES[Math.round(at * (SHADES.length - 1) / (many - 1))]}`;

/** The least and the largest number of each class; each has about as many places. */
function divide(numbers) {
  const sorted = numbers.sort((one, two) => one - two);
  const most = Math.min(CLASSES, new Set(sorted).size), classes = [];
  for (let at = 0, step = 1; step <= most && at < sorted.length; step += 1) {
    let end = Math.max(at + 1, Math.round(sorted.length * step / most));
    while (end < sorted.length && sorted[end] === sorted[end - 1]) end += 1;
    classes.push([sorted[at], sorted[end - 1]]);
    at = end;
  }
  return classes;
}
