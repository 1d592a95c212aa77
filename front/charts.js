// Bring the charts of a page to life: a tooltip, a highlight and arrow keys over the still picture.
// The specification was compiled when the portal was built, for the two widths of the still
// pictures. The still picture stays in its place, unseen: the box keeps its height.
import { transforms } from "vega-dataflow";
import * as encode from "vega-encode";
import { expressionInterpreter } from "vega-interpreter";
import { parse } from "vega-parser";
import * as data from "vega-transforms";
import { View } from "vega-view";
import * as layout from "vega-view-transforms";

Object.assign(transforms, data, layout, encode);

const WIDE_PX = 576; // as the style sheet, which shows the wide picture from here on
// What the arrow keys visit: a line or an area has no number of its own, its points have.
const NO_MARK = ["axis", "legend", "title", "line mark", "area mark"];
const listMarks = (plot) => [...plot.querySelectorAll("[role='graphics-symbol'][aria-label]")]
  .filter((mark) => !NO_MARK.some((word) => mark.getAttribute("aria-roledescription").endsWith(word)));

// The tooltip: plain text in a box of our own.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

const showTip = (value, x, y) => {
  tip.hidden = value === null || value === undefined || value === "";
  if (tip.hidden) return;
  const lines = typeof value === "object" ? Object.entries(value) : [["", value]];
  tip.replaceChildren(...lines.map(([name, text]) => {
    const line = document.createElement("div"), strong = document.createElement("b");
    strong.textContent = String(text);
    line.append(name ? `${name}: ` : "", strong);
    return line;
  }));
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
  tip.style.top = `${Math.max(4, y - box.height - 12)}px`;
};
const point = (_handler, event, _item, value) => {
  tip.setAttribute("aria-live", "off");
  showTip(value, event?.clientX, event?.clientY); // no event: Vega ends a view
};

// Vega reports what fails while it draws to a logger, and goes on.
const fail = (...words) => { throw new Error(words.join(" ")); };
const quiet = { level: () => 0, error: fail, warn: () => quiet, info: () => quiet, debug: () => quiet };

const views = new WeakMap();

const draw = async (plot) => {
  const still = plot.querySelector(".plot-static"), live = plot.querySelector(".plot-live");
  const width = plot.clientWidth >= WIDE_PX ? "680" : "328"; // as in live_charts.py
  if (plot.dataset.width === width) return;
  plot.dataset.width = width;
  let view;
  try {
    const answer = await fetch(plot.dataset.spec.replace(/\.json$/u, `-${width}.vega.json`));
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const runtime = parse(await answer.json(), null, { ast: true });
    view = new View(runtime, { expr: expressionInterpreter, renderer: "svg", logger: quiet });
    const drawn = document.createElement("div");
    view.tooltip(point).initialize(drawn, null);
    await view.runAsync();
    if (plot.dataset.width !== width) return void view.finalize(); // turned meanwhile
    const svg = drawn.querySelector("svg");
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    svg.setAttribute("preserveAspectRatio", "xMinYMin meet");
    // Where every value is absent, the group of the marks is empty, and has no name.
    for (const mark of svg.querySelectorAll("[role='graphics-symbol']:empty:not([aria-label])")) mark.setAttribute("aria-hidden", "true");
    views.get(plot)?.finalize();
    views.set(plot, view);
    live.replaceChildren(drawn);
    live.hidden = false;
    still.classList.add("under-live");
    plot.dataset.state = "live";
  } catch {
    view?.finalize();
    live.replaceChildren();
    live.hidden = true;
    still.classList.remove("under-live");
    plot.dataset.state = "still";
  }
};

// The arrow keys go from mark to mark, in the order in which they are drawn.
const step = (region, plot, event) => {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const old = plot.querySelector(".at");
  if (event.key === "Escape" || event.type === "blur") {
    old?.classList.remove("at");
    tip.hidden = true;
    return;
  }
  if (!way || region.scrollWidth > region.clientWidth) return;
  const marks = listMarks(plot);
  if (!marks.length) return;
  event.preventDefault();
  const place = old ? marks.indexOf(old) + way : way > 0 ? 0 : marks.length - 1;
  const next = marks[Math.max(0, Math.min(place, marks.length - 1))];
  old?.classList.remove("at");
  next.classList.add("at");
  const box = next.getBoundingClientRect();
  tip.setAttribute("aria-live", "polite");
  showTip(next.getAttribute("aria-label"), box.left + box.width / 2, box.top);
};

export const bringToLife = (plot) => {
  const region = plot.closest(".plot-scroll");
  for (const kind of ["keydown", "blur"]) {
    region?.addEventListener(kind, (event) => step(region, plot, event));
  }
  new ResizeObserver(() => draw(plot)).observe(plot); // it also calls once, at the beginning
};
