/* A page whose email is still being checked: when that is done, the parts that tell of it are shown anew.

   Without this script the page is loaded again by itself. */
"use strict";

(() => {
  const open = () => document.querySelector('[data-checked="no"]');

  async function look() {
    try {
      const answer = await fetch(location.href);
      const made = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      if (made.querySelector('[data-checked="yes"]')) {
        for (const fresh of made.querySelectorAll("[data-region]")) {
          const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
          if (old) old.replaceWith(document.adoptNode(fresh));
        }
      }
    } catch { /* it is looked again */ }
    if (open()) setTimeout(look, 700);
  }

  if (open()) setTimeout(look, 700);
})();
