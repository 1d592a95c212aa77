// What a page can do beyond informing: search, copy a text, bring the charts to life.
// Everything here is optional; when any of it fails the page stays as it was.
(() => {
  "use strict";
  const self = document.currentScript;
  // As in front/dom.js: the translation of a text, with `values` in the place of `{name}`.
  const translations = JSON.parse(self.dataset.words ?? "{}");
  const _ = (text, values = {}) => (translations[text] ?? text).replace(/\{(\w+)\}/gu, (mark, name) => values[name] ?? mark);

  // Search: its script and its list are loaded when the field is first used.
  const search = document.querySelector(".site-search[data-script]");
  if (search && location.protocol.startsWith("http")) {
    const field = search.querySelector(".search-field"), input = search.querySelector("input");
    let loaded, ready = false;
    const load = () => loaded ??= import(new URL(search.dataset.script, document.baseURI))
      .then(({ attach }) => attach(search))
      .then(() => { ready = true; })
      .catch(() => {
        loaded = undefined;
        search.querySelector(".search-status").textContent = search.dataset.failed;
        search.querySelector(".search-status").classList.remove("unseen");
      });
    field.hidden = false;
    input.addEventListener("focus", load);
    input.addEventListener("input", load);
    input.addEventListener("keydown", (event) => { // the page of results needs no list here
      const query = input.value.trim();
      if (event.key !== "Enter" || ready || !query || document.querySelector(".search-page")) return;
      event.preventDefault();
      location.assign(`${new URL(search.dataset.page, document.baseURI)}#q=${encodeURIComponent(query)}`);
    });
    if (document.querySelector(".search-page") && location.hash.startsWith("#q=")) load();
    addEventListener("hashchange", () => { if (location.hash.startsWith("#q=")) load(); });
  }

  // A page that moved: the link to a view leads to the same view.
  for (const link of document.querySelectorAll("a.moved")) link.hash = location.hash;

  // A script of this page that cannot be loaded or run: the page says what is missing. Scripts run
  // in their order, so that this listens before one that comes after fails.
  const scripts = [...document.querySelectorAll("script[type='module'][src]")];
  addEventListener("error", ({ target, filename }) => {
    if (!scripts.some((script) => script === target || script.src === filename)) return;
    document.body.classList.add("faulty");
    for (const fault of document.querySelectorAll(".explorer-fault")) fault.hidden = false;
  }, true);

  // Copy buttons: the text beside the button.
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("button.copy")) {
      const words = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const text = button.parentElement.querySelector("code, .citation").textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = _("Copied");
        } catch {
          button.textContent = _("Select it and press Ctrl+C");
        }
        setTimeout(() => { button.textContent = words; }, 2500);
      });
    }
  }

  // Citations: the day of access is that of the reader.
  const opened = new Date().toLocaleDateString("sv"); // YYYY-MM-DD
  const accessed = document.querySelector(".accessed");
  if (accessed) accessed.textContent = `${accessed.dataset.text} ${opened}.`;
  for (const link of document.querySelectorAll("a[data-line]")) {
    link.addEventListener("click", async (event) => {
      if (!location.protocol.startsWith("http")) return;
      event.preventDefault();
      const save = document.createElement("a");
      try {
        const text = await (await fetch(link.href)).text(), at = text.lastIndexOf(link.dataset.end);
        if (at < 0) throw new Error("the file is cut short");
        const [year, month, day] = opened.split("-");
        const numbers = link.dataset.line.includes("[[") ? [year, month, day].map(Number) : [year, month, day];
        const line = ["YYYY", "MM", "DD"].reduce((made, part, i) => made.replace(part, numbers[i]), link.dataset.line);
        save.href = URL.createObjectURL(new Blob([text.slice(0, at), line, text.slice(at)]));
      } catch {
        save.href = link.href;
      }
      save.download = new URL(link.href).pathname.split("/").pop();
      save.click();
    });
  }

  // The age of the newest release today; the page itself states it as of the day of its build.
  for (const age of document.querySelectorAll(".age[data-newest]")) {
    const day = (text) => Date.parse(`${text}T00:00:00Z`);
    const now = new Date();
    const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
    const count = (from) => Math.round((today - day(from)) / 86_400_000);
    const span = (days) => days >= 730 ? _("{number} years", { number: Math.round(days / 365.25) })
      : days >= 61 ? _("{number} months", { number: Math.round(days / 30.4375) })
      : days === 1 ? _("1 day") : _("{number} days", { number: days });
    const { newest, due, asOf } = age.dataset;
    if (!(count(asOf) > 0)) continue;
    const late = due && count(due) > 0 ? _("The next update is {time} overdue.", { time: span(count(due)) }) : "";
    const line = document.createElement("p");
    line.textContent = [_("Last updated {time} ago.", { time: span(count(newest)) }), late].join(" ").trim();
    // The last line of the page states the same age, as of its build.
    if (count(newest) > count(asOf)) age.lastElementChild?.remove();
    age.append(line);
    if (late) age.classList.add("late");
  }
  // A link to a figure opens its receipt, and one to a folded table opens that.
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target?.matches("details") ? target : target?.querySelector(":scope > details.receipt");
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  // On paper the receipts are numbered notes at the end.
  const receipts = [...document.querySelectorAll("main details.receipt")];
  if (receipts.length) {
    const notes = document.createElement("section"), list = document.createElement("ol");
    const heading = document.createElement("h2");
    heading.textContent = self.dataset.notes;
    notes.className = "endnotes";
    notes.append(heading, list);
    const places = receipts.map((receipt, at) => {
      const place = document.createElement("p");
      place.className = "note-number";
      place.textContent = `${self.dataset.note} ${at + 1}`;
      return place;
    });
    addEventListener("beforeprint", () => {
      document.body.classList.add("noted");
      receipts.forEach((receipt, at) => {
        receipt.replaceWith(places[at]);
        const item = document.createElement("li");
        item.append(receipt);
        list.append(item);
      });
      document.querySelector("main").append(notes);
    });
    addEventListener("afterprint", () => {
      document.body.classList.remove("noted");
      receipts.forEach((receipt, at) => places[at].replaceWith(receipt));
      notes.remove();
      list.replaceChildren();
    });
  }
  // Verify: the fingerprint of a dropped file, looked up in the manifest.
  const desk = document.querySelector(".file-check");
  if (desk && window.crypto?.subtle && location.protocol.startsWith("http")) {
    const hex = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    let list;
    const published = () => list ??= (async () => {
      const answer = await fetch(desk.dataset.manifest, { cache: "no-store" });
      if (!answer.ok) throw new Error(_("the list of files could not be loaded (status {status})", { status: answer.status }));
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
      words.textContent = ` ${_("is being checked …")}`;
      line.append(name, words);
      results.prepend(line);
      try {
        const hash = await hex(await file.arrayBuffer());
        const paths = (await published()).get(hash);
        line.className = paths ? "found" : "not-found";
        words.textContent = paths
          ? ` ${_("is a file of this portal, unchanged: {paths}.", { paths: paths.join(", ") })} SHA-256 `
          : ` ${_("is not a current file of this portal. It was changed, is from an earlier day, or comes from elsewhere.")} SHA-256 `;
        code.textContent = hash;
        line.append(code);
      } catch (error) {
        line.className = "not-found";
        words.textContent = ` ${_("could not be checked: {error}", { error: error.message })}`;
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

  // A link to a view: what is chosen there is the fragment of its address.
  for (const link of document.querySelectorAll("a[data-view]")) link.hash = link.dataset.view;

  // Charts: their script is loaded when the first chart comes near the view; that of a map with
  // very many places when a reader points at it.
  const plots = document.querySelectorAll(".plot[data-spec]");
  if (self.dataset.charts && "IntersectionObserver" in window) {
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        live(target);
      }
    }, { rootMargin: "200px" });
    const live = (target) => import(new URL(self.dataset.charts, document.baseURI))
      .then(({ bringToLife }) => bringToLife(target))
      .catch(() => { target.dataset.state = "still"; });
    for (const plot of plots) {
      if (!("late" in plot.dataset)) watch.observe(plot);
      else plot.closest(".plot-scroll").addEventListener("pointerenter", () => live(plot), { once: true });
    }
  }
})();
