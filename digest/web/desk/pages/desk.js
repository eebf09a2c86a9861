// What makes the desk quicker to use. Nothing needs it: without a script each page does the same with a press more.
//
// For further small files of single pages there is `desk`:
//   desk.say(words)            puts a toast where toasts are, and has it read out
//   desk.more.push([words, [key, …]])   a shortcut of the page's own, for the list under ?
//   desk.busy(button)          shows a button's data-busy words until desk.ready(button)
// In pages: data-key="z" or "g h" or "Ctrl+Enter" on a link or button is its shortcut, data-does its words in the list
// under ?; data-busy="Saving…" on a submit button; data-shows="ID" on a button shows what is typed in a password field.
"use strict";

const desk = (() => {
  const page = document.documentElement;
  const shortcuts = page.dataset.keys !== "off";

  // Toasts: they stay until the next act. One that came with the page is put in anew, or no screen reader says it.

  const toasts = document.querySelector(".toasts");

  function say(words) {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.append(Object.assign(document.createElement("p"), { textContent: words }));
    toasts.replaceChildren(toast);
  }

  const first = toasts.firstElementChild;
  if (first) {
    first.remove();
    setTimeout(() => toasts.append(first), 50);
  }

  // Menus: Esc closes the one that is open and gives the focus back, a press elsewhere closes all.

  const menus = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });

  function closed() {
    const open = [...menus()].at(-1);
    if (!open) return false;
    open.open = false;
    open.querySelector("summary").focus();
    return true;
  }

  // Busy: the same button, other words, the same width; a second press does nothing.

  function busy(button) {
    if (!button.dataset.busy || button.classList.contains("busy")) return;
    const words = button.querySelector("span") || button;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.dataset.words = words.textContent;
    words.textContent = button.dataset.busy;
    button.classList.add("busy");
  }

  function ready(button) {
    if (!button.classList.contains("busy")) return;
    (button.querySelector("span") || button).textContent = button.dataset.words;
    button.classList.remove("busy");
    button.style.minWidth = "";
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.defaultPrevented) return;
    if (button.classList.contains("busy") || button.getAttribute("aria-disabled") === "true") event.preventDefault();
    else busy(button);
  });

  // a page that the browser took out of its memory is not under way any more
  addEventListener("pageshow", () => document.querySelectorAll(".button.busy").forEach(ready));

  // A pass phrase is typed once, and may be seen.

  for (const button of document.querySelectorAll("[data-shows]")) {
    const field = document.getElementById(button.dataset.shows);
    button.hidden = false;
    button.addEventListener("click", () => {
      const seen = field.type === "password";
      field.type = seen ? "text" : "password";
      button.textContent = seen ? "Hide" : "Show";
      button.setAttribute("aria-pressed", String(seen));
      field.focus();
    });
  }

  // Shortcuts: single letters only outside fields, and only for what is on the page.

  let before = "";

  function pressed(event) {
    const keys = [];
    if (event.ctrlKey || event.metaKey) keys.push("Ctrl");
    if (event.altKey) keys.push("Alt");
    if (event.shiftKey && (event.key.length > 1 || /^\p{L}$/u.test(event.key))) keys.push("Shift");
    keys.push(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    return keys.join("+");
  }

  const named = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.offsetParent);
  const typing = (one) => one.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (listed() || closed()) event.preventDefault();
      return;
    }
    if (event.defaultPrevented || event.repeat) return;
    const key = pressed(event);
    const together = /^(Ctrl|Alt)\+/.test(key);
    if (!together && (!shortcuts || typing(event.target))) return;
    const found = (before && named(`${before} ${key}`)) || named(key);
    before = key;
    setTimeout(() => { before = ""; }, 1000);
    if (found) {
      event.preventDefault();
      found.focus();
      found.click();
    } else if (event.key === "?") {
      event.preventDefault();
      list();
    }
  });

  // The list of them, under ?

  const more = [];

  function listed() {
    const list = document.querySelector(".shortcuts");
    if (!list) return false;
    list.remove();
    return true;
  }

  function list() {
    if (listed()) return;
    const box = Object.assign(document.createElement("section"), { className: "shortcuts", tabIndex: -1 });
    box.setAttribute("aria-label", "Shortcuts");
    const head = document.createElement("header");
    head.append(Object.assign(document.createElement("h2"), { textContent: "Shortcuts" }));
    const close = Object.assign(document.createElement("button"), { className: "button small", type: "button", textContent: "Close" });
    close.addEventListener("click", listed);
    head.append(close);
    const pairs = document.createElement("dl");
    const seen = new Set();
    for (const one of document.querySelectorAll("[data-key]")) {
      if (seen.has(one.dataset.key) || !one.offsetParent) continue;
      seen.add(one.dataset.key);
      pairs.append(pair(one.dataset.does || one.textContent.trim(), one.dataset.key.split(" ")));
    }
    for (const [words, keys] of more) pairs.append(pair(words, keys));
    pairs.append(pair("This list", ["?"]), pair("Close, keeping the text", ["Esc"]));
    box.append(head, pairs);
    document.body.append(box);
    box.focus();
  }

  function pair(words, keys) {
    const one = document.createElement("div");
    const told = document.createElement("dd");
    for (const key of keys) told.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    one.append(Object.assign(document.createElement("dt"), { textContent: words }), told);
    return one;
  }

  return { say, busy, ready, more };
})();
