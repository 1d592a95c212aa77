// What a page can do beyond informing: search the cards, copy a text, bring the charts to life.
// Everything here is optional; when any of it fails the page stays as it was.
(() => {
  "use strict";
  const self = document.currentScript;

  // Search: cards that have, for every word typed, a word that begins with it.
  const search = document.querySelector("input[data-filter]");
  if (search) {
    const list = document.getElementById(search.dataset.filter);
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const cards = [...list.children].map((card) => [card, ` ${fold(`${card.textContent} ${card.dataset.words}`).replace(/[^\p{L}\p{N}]+/gu, " ")}`]);
    const result = document.querySelector(".search-result");
    search.addEventListener("input", () => {
      const words = fold(search.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
      let shown = 0;
      for (const [card, text] of cards) {
        card.hidden = !words.every((word) => text.includes(` ${word}`));
        if (!card.hidden) shown += 1;
      }
      result.textContent = words.length
        ? shown ? `${shown} of ${cards.length} shown` : "No dataset matches these words. Try fewer or shorter words."
        : "";
    });
    if (cards.length > 1) search.closest(".search").hidden = false;
  }

  // Copy buttons: the text beside the button.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("button.copy")) {
      const words = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("code, .citation").textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Select it and press Ctrl+C";
        }
        setTimeout(() => { button.textContent = words; }, 2500);
      });
    }
  }

  // The age of the newest release today; the page itself states it as of the day of its build.
  for (const age of document.querySelectorAll(".age[data-newest]")) {
    const day = (text) => Date.parse(`${text}T00:00:00Z`);
    const now = new Date();
    const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
    const count = (from) => Math.round((today - day(from)) / 86_400_000);
    const span = (days) => days >= 730 ? `${Math.round(days / 365.25)} years`
      : days >= 61 ? `${Math.round(days / 30.4375)} months`
      : `${days} ${days === 1 ? "day" : "days"}`;
    const { newest, due, asOf } = age.dataset;
    if (!(count(asOf) > 0)) continue;
    const late = due && count(due) > 0 ? ` The next update is ${span(count(due))} overdue.` : "";
    const line = document.createElement("p");
    line.textContent = `Last updated ${span(count(newest))} ago.${late}`;
    age.append(line);
    if (late) age.classList.add("late");
  }
  // A link to a figure opens its receipt.
  const openReceipt = () => {
    const figure = document.getElementById(location.hash.slice(1));
    const receipt = figure?.querySelector(":scope > details.receipt");
    if (receipt) receipt.open = true;
  };
  addEventListener("hashchange", openReceipt);
  openReceipt();
  // Verify: the fingerprint of a dropped file, looked up in the manifest.
  const desk = document.querySelector(".file-check");
  if (desk && window.crypto?.subtle && location.protocol.startsWith("http")) {
    const hex = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    let list;
    const published = () => list ??= (async () => {
      const answer = await fetch(desk.dataset.manifest, { cache: "no-store" });
      if (!answer.ok) throw new Error(`the list of files could not be loaded (status ${answer.status})`);
      const bytes = await answer.arrayBuffer();
      const paths = new Map([[await hex(bytes), ["manifest.json"]]]);
      for (const file of JSON.parse(new TextDecoder().decode(bytes)).files) {
        paths.set(file.sha256, [...(paths.get(file.sha256) ?? []), file.path]);
      }
      return paths;
    })().catch((error) => { list = undefined; throw error; });
    const results = desk.querySelector(".file-results");
    const tell = async (file) => {
      const line = document.createElement("li"), name = document.createElement("strong");
      const words = document.createElement("span"), code = document.createElement("code");
      name.textContent = file.name;
      words.textContent = " is being checked …";
      line.append(name, words);
      results.prepend(line);
      try {
        const hash = await hex(await file.arrayBuffer());
        const paths = (await published()).get(hash);
        line.className = paths ? "found" : "not-found";
        words.textContent = paths
          ? ` is a file of this portal, unchanged: ${paths.join(", ")}. SHA-256 `
          : " is not a current file of this portal. It was changed, is from an earlier day, or comes from elsewhere. SHA-256 ";
        code.textContent = hash;
        line.append(code);
      } catch (error) {
        line.className = "not-found";
        words.textContent = ` could not be checked: ${error.message}`;
      }
    };
    const take = (files) => { for (const file of files) tell(file); };
    const drop = desk.querySelector(".file-drop"), input = desk.querySelector("input");
    input.addEventListener("change", () => { take(input.files); input.value = ""; });
    for (const kind of ["dragover", "dragenter"]) {
      desk.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
    }
    desk.addEventListener("dragleave", () => drop.classList.remove("over"));
    desk.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      take(event.dataTransfer.files);
    });
    desk.hidden = false;
  }

  // Charts: one bundle, loaded when the first chart comes near the view.
  const plots = [...document.querySelectorAll(".plot[data-spec]")];
  if (!plots.length || !self.dataset.vega || !("IntersectionObserver" in window)) return;

  let bundle;
  const load = () => bundle ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.type = "module";
    script.src = self.dataset.vega;
    script.onload = () => window.vegaEmbed ? resolve(window.vegaEmbed) : reject(new Error("no vegaEmbed"));
    script.onerror = reject;
    document.head.append(script);
  });

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(name).trim();
    const ink = value("--chart-ink"), grid = value("--chart-grid"), first = value("--chart-1");
    const font = value("--sans");
    const sequence = [0, 1, 2, 3, 4, 5, 6].map((step) => value(`--seq-${step}`));
    return {
      background: null,
      font,
      view: { stroke: null },
      axis: { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: grid, gridColor: grid, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      legend: { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      header: { labelColor: ink, titleColor: ink, labelFontSize: 12 },
      title: { color: ink, subtitleColor: ink },
      mark: { color: first, tooltip: true },
      rect: { invalid: "show" }, // a suppressed cell has no value, yet it is there
      text: { color: ink },
      tooltipFormat: { numberFormat: "," },
      range: {
        category: [1, 2, 3, 4, 5, 6].map((step) => value(`--chart-${step}`)),
        ramp: sequence, heatmap: sequence, ordinal: sequence,
      },
    };
  };
  const merge = (base, over) => {
    const made = { ...base };
    for (const [key, value] of Object.entries(over)) {
      const both = value && made[key] && [value, made[key]].every((v) => typeof v === "object" && !Array.isArray(v));
      made[key] = both ? merge(made[key], value) : value;
    }
    return made;
  };

  // A spec carries the colours of the light theme, so that it stands alone; here they are
  // exchanged for those of the theme in force. A test keeps this list and the room `chart` in step.
  const PALETTE = {
    "#1f5f8b": "--chart-1", "#c8553d": "--chart-2", "#4f7942": "--chart-3",
    "#8a5a9e": "--chart-4", "#b8860b": "--chart-5", "#5b6770": "--chart-6",
    "#e3edf3": "--seq-0", "#c3d8e5": "--seq-1", "#9cbfd4": "--seq-2", "#70a2c0": "--seq-3",
    "#4684a8": "--seq-4", "#25668c": "--seq-5", "#0f4668": "--seq-6",
    "#a8a8a8": "--chart-suppressed", "#fdfdfd": "--paper", "#d0d0d0": "--rule", "white": "--on-high", "#222222": "--on-low",
  };
  const repaint = (part, style, key = "") => {
    if (typeof part === "string") {
      if (key === "stroke" && part === "white") return style.getPropertyValue("--paper").trim();
      return Object.hasOwn(PALETTE, part) ? style.getPropertyValue(PALETTE[part]).trim() : part;
    }
    if (Array.isArray(part)) return part.map((item) => repaint(item, style, key));
    if (part === null || typeof part !== "object") return part;
    const kept = new Set(["data", "datasets", "description", "title"]); // never the data itself
    return Object.fromEntries(Object.entries(part).map(
      ([name, item]) => [name, kept.has(name) ? item : repaint(item, style, name)]));
  };

  // The tooltip: plain text in a box of our own.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const point = (_handler, event, _item, value) => {
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
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4))}px`;
    tip.style.top = `${Math.max(4, event.clientY - box.height - 12)}px`;
  };

  const drawn = new Map();
  const draw = async (plot) => {
    const live = plot.querySelector(".plot-live"), still = plot.querySelector(".plot-static");
    try {
      const [embed, response] = await Promise.all([load(), drawn.get(plot)?.spec ?? fetch(plot.dataset.spec)]);
      const spec = response instanceof Response ? await response.json() : response;
      drawn.get(plot)?.view?.finalize();
      // The place of the still picture stays taken, so that what stands below does not move.
      plot.style.minHeight ||= `${plot.offsetHeight}px`;
      live.hidden = false; // drawn unseen below the still picture, so that it can be measured
      live.classList.add("measuring");
      const painted = repaint(spec, getComputedStyle(document.documentElement));
      // Panels side by side are wider than a phone: there they stand below one another.
      if (painted.columns && plot.clientWidth < 640) painted.columns = 1;
      if (painted.width === "container") painted.autosize ??= { type: "fit-x", contains: "padding" };
      const result = await embed(live, { ...painted, config: merge(painted.config ?? {}, theme()) }, {
        renderer: "svg", ast: true, defaultStyle: false, tooltip: point, actions: false,
      });
      drawn.set(plot, { spec, view: result.view });
      live.classList.remove("measuring");
      still.hidden = true;
    } catch {
      live.replaceChildren();
      live.hidden = true;
      still.hidden = false;
    }
    plot.dataset.state = live.hidden ? "still" : "live";
  };

  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });
  for (const plot of plots) watch.observe(plot);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of drawn.keys()) draw(plot);
  });
})();
