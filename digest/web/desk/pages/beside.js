/* A page of which something is worked out, or done, beside it: while that is so (data-moves) its regions are shown anew.
   And a file that is too large is told so before it is sent.

   Without this script the page shows how it stood when it was opened. */
"use strict";

(() => {
  const EVERY = 700; // ms

  async function again() {
    if (!document.querySelector("[data-region][data-moves]")) return;
    try {
      const answer = await fetch(location.href);
      if (answer.ok) shown(await answer.text());
    } catch { /* the next look shows it */ }
    setTimeout(again, EVERY);
  }

  function shown(text) {
    const made = new DOMParser().parseFromString(text, "text/html");
    for (const fresh of made.querySelectorAll("[data-region]")) {
      const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
      if (!old || old.contains(document.activeElement) && fresh.hasAttribute("data-moves")) continue;
      const through = old.hasAttribute("data-moves") && !fresh.hasAttribute("data-moves");
      old.toggleAttribute("data-moves", fresh.hasAttribute("data-moves"));
      if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
      if (through && old.querySelector("h1")) {
        document.title = made.title;
        desk.say(old.querySelector("h1").textContent);
      }
    }
  }

  setTimeout(again, EVERY);

  for (const field of document.querySelectorAll("input[type=file][data-most]")) {
    const wrong = document.getElementById(`${field.id}-wrong`);
    field.addEventListener("change", () => {
      const file = field.files[0];
      const tooLong = Boolean(file) && file.size > Number(field.dataset.most);
      wrong.hidden = !tooLong;
      wrong.querySelector("span").textContent = tooLong ? field.dataset.tooLong : "";
      field.setAttribute("aria-invalid", String(tooLong));
      if (tooLong) field.value = "";
    });
  }
})();
