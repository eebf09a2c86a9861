/* A page that follows a send, or a rehearsal of one: when the desk says that something moved, its regions are shown anew.

   Without this script the page shows how it stood when it was opened. */
"use strict";

(() => {
  const root = document.querySelector("[data-live]");
  if (!root || root.hasAttribute("data-still") || !window.EventSource) return;
  const spoken = document.querySelector("[data-spoken]");
  let busy = false, again = false, saidAt = 0;

  async function show() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) return;
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const fresh of made.querySelectorAll("[data-region]")) {
        const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
        if (!old || old.innerHTML === fresh.innerHTML || old.contains(document.activeElement)) continue;
        old.replaceChildren(...fresh.childNodes);
      }
      if (spoken && Date.now() - saidAt > 10000) {
        saidAt = Date.now();
        const far = document.querySelector(".far p");
        spoken.textContent = far ? far.textContent : "It is through.";
      }
      const fresh = made.querySelector("[data-live]");
      if (fresh && fresh.hasAttribute("data-still")) source.close();
    } catch { /* the next event shows it */ } finally {
      busy = false;
      if (again) { again = false; show(); }
    }
  }

  const source = new EventSource(root.dataset.live);
  source.onmessage = show;
})();
