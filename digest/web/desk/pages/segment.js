/* A segment while its rules are typed: sentence, count and people are shown anew 250 ms after the last key; the old ones
   stay, dimmed, until then. The server makes all of it: the form is sent as its button “Look again” sends it.

   Without this script that button does the same. */
"use strict";

(() => {
  const form = document.querySelector("form[data-segment]");
  if (!form) return;
  document.documentElement.classList.add("scripted");
  const AFTER = 250, AGAIN = 400; // ms
  const TOLD = ["sentence", "people", "why"];
  let timer = 0, asked = 0;

  const region = (name, from = document) => from.querySelector(`[data-region="${name}"]`);

  function wait(waits) {
    for (const name of TOLD) {
      region(name).classList.toggle("waits", waits);
      region(name).setAttribute("aria-busy", String(waits));
    }
  }

  async function look(act, names) {
    const mine = ++asked;
    clearTimeout(timer);
    wait(true);
    const fields = new URLSearchParams(new FormData(form));
    fields.set("act", act);
    // the next ten are asked for by the button, and not by what stood in the form before
    if (act.startsWith("ten")) fields.delete("ten");
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      // an answer that another one has overtaken is of a form that is not there any more
      if (mine !== asked) return;
      if (!region("people", made)) throw new Error("not the page of a segment");
      for (const name of names) put(region(name), region(name, made));
      const counting = region("people", made).hasAttribute("data-moves");
      wait(counting);
      if (counting) timer = setTimeout(() => look("look", TOLD), AGAIN);
    } catch {
      if (mine !== asked) return;
      wait(false);
      desk.say("This could not be looked up now. What you typed is still here.");
    }
  }

  function put(old, fresh) {
    // while it is being counted, what was known stays
    if (old.dataset.region === "people" && fresh.hasAttribute("data-moves") && !fresh.querySelector(".figure")) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const added = fresh.querySelector("[autofocus]");
    if (added) added.removeAttribute("autofocus");
    old.replaceChildren(...fresh.childNodes);
    const next = added || (focused && document.getElementById(focused));
    if (next) next.focus();
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(() => look("look", TOLD), AFTER);
  }

  form.addEventListener("input", (event) => {
    if (event.target.name === "name") return;
    if (event.target.hasAttribute("data-rebuild")) look("look", ["rules", ...TOLD]);
    else soon();
  });

  form.addEventListener("submit", (event) => {
    const act = event.submitter && event.submitter.value || "";
    if (!/^(add|group|remove|look|ten)/.test(act)) return;
    event.preventDefault();
    const removed = act.startsWith("remove");
    look(act, ["rules", ...TOLD]).then(() => {
      if (removed) form.querySelector(".add button").focus();
    });
  });

  if (region("people").hasAttribute("data-moves")) timer = setTimeout(() => look("look", TOLD), AGAIN);
})();
