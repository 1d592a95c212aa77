// The letter builder: ticks and words go into the letter that the page already holds. Nothing is
// sent or kept. Without this script the letter stands complete, with its blanks in brackets.
(() => {
  "use strict";
  const form = document.querySelector(".letter-form");
  const letter = document.querySelector(".letter");
  if (!form || !letter) return;

  const slots = new Map();
  for (const slot of letter.querySelectorAll("[data-slot]")) {
    slots.set(slot, slot.textContent);
  }
  const boxes = [...form.querySelectorAll("input[data-element]")];
  const asked = new Map([...letter.querySelectorAll("[data-asked]")].map((item) => [item.dataset.asked, item]));
  const count = form.querySelector(".letter-count");
  const done = form.querySelector(".letter-done");

  const fill = (input) => {
    for (const [slot, blank] of slots) {
      if (slot.dataset.slot === input.dataset.fills) slot.textContent = input.value.trim() || blank;
    }
  };
  const choose = () => {
    let ticked = 0;
    for (const box of boxes) {
      const item = asked.get(box.dataset.element);
      if (item) item.hidden = !box.checked;
      if (box.checked) ticked += 1;
    }
    count.textContent = ticked
      ? form.dataset.ticked.replace("{number}", ticked).replace("{all}", boxes.length)
      : form.dataset.none;
  };

  // The letter as plain text: a paragraph is a block, a line break a line, the fields are numbered.
  const plain = () => {
    const words = (node) => {
      let text = "";
      for (const child of node.childNodes) {
        if (child.nodeName === "BR") text += "\n";
        else text += child.nodeType === Node.TEXT_NODE ? child.textContent.replace(/\s+/g, " ") : words(child);
      }
      return text;
    };
    const blocks = [];
    for (const part of letter.children) {
      if (part.matches("ol")) {
        const items = [...part.children].filter((item) => !item.hidden);
        blocks.push(items.map((item, place) => `${place + 1}. ${words(item).trim()}`).join("\n"));
      } else {
        blocks.push(words(part).trim());
      }
    }
    return `${blocks.filter(Boolean).join("\n\n")}\n`;
  };
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(letter);
    const selection = document.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.dataset.fills) fill(event.target);
    else choose();
    done.textContent = "";
  });
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tick) {
      for (const box of boxes) box.checked = button.dataset.tick === "all";
      choose();
    } else if (button.dataset.do === "print") {
      window.print();
    } else if (button.dataset.do === "copy") {
      try {
        await navigator.clipboard.writeText(plain());
        done.textContent = form.dataset.copied;
      } catch {
        select();
        done.textContent = form.dataset.selected;
      }
    }
  });

  // A browser may keep what was typed and ticked when the page is loaded again.
  for (const input of form.querySelectorAll("[data-fills]")) fill(input);
  choose();
  form.hidden = false;
  document.querySelector(".letter-plain").hidden = true;
})();
