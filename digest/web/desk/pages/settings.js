// What a form means is shown while it is filled in: its dates, its colours. Without a script a button shows the same.
//
// <form data-shows-live="ID" data-act="VALUE">: after a change the form is sent with act=VALUE, which saves nothing, and
// the element ID of the page takes the place of that in this one.
"use strict";

for (const form of document.querySelectorAll("form[data-shows-live]")) {
  const id = form.dataset.showsLive;
  let waiting = 0;
  let asked = 0;

  async function show() {
    const number = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("act", form.dataset.act);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(id);
      // what was asked last counts, whichever answer comes last
      if (fresh && number === asked && !document.getElementById(id).contains(document.activeElement)) {
        document.getElementById(id).replaceWith(fresh);
      }
    } catch {
      // the button shows it, and says what is wrong
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 250);
  });
}
