/* The page of an edition: what its forms do is shown in place, stories are dragged or moved by keys, typing saves itself.

   Without this script every form is a form: nothing here decides anything. An answer is the same page, of which the
   regions that are others take the place of the old ones. dragging.js and others.js go on with what it returns. */
"use strict";

const edition = (() => {
  const page = document.querySelector(".edition");
  const held = `typed ${page.dataset.path}`;
  let under = Promise.resolve();

  // Showing an answer -----------------------------------------------------------------------------------------------

  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const told = (one) => `${one.className.replace(/ ?\b(changed|dragged|drop-\w+)\b/g, "")} ${one.textContent.replace(/\s+/g, " ")}`;

  // nothing is shown anew between a press and its click: what was pressed would be gone
  let down = false;
  const waiting = [];
  addEventListener("pointerdown", () => { down = true; }, true);
  for (const name of ["pointerup", "pointercancel", "dragend"]) {
    addEventListener(name, () => setTimeout(() => { down = false; waiting.splice(0).forEach((go) => go()); }), true);
  }
  const letGo = () => (down ? new Promise((done) => { waiting.push(done); }) : Promise.resolve());

  // what has the focus is found again by where it is, not by which element it was
  function placeOf(element) {
    if (!element || element === document.body) return null;
    const within = element.closest("[id]:not(input, textarea, select)");
    const same = [...(within ? within.querySelectorAll("a,button,input,textarea,select") : [])];
    if (!within) return null;
    const caret = typeof element.selectionStart === "number" ? [element.selectionStart, element.selectionEnd] : null;
    return { id: within.id, name: element.name || "", label: element.getAttribute("aria-label"), at: same.indexOf(element), caret };
  }

  function focusAt(place) {
    if (!place) return;
    const within = document.getElementById(place.id);
    if (!within) return;
    const all = [...within.querySelectorAll("a,button,input,textarea,select")];
    const found = place.at < 0 ? within : all.find((one) => place.name && one.name === place.name)
      || all.find((one) => place.label && one.getAttribute("aria-label") === place.label) || all[place.at];
    (found || within).focus({ preventScroll: true });
    if (place.caret && found && found.setSelectionRange) found.setSelectionRange(...place.caret);
  }

  // forms that stay as they are: somebody types in them, or what they typed is not kept yet
  function keptOpen(own) {
    const now = document.activeElement.closest("form.in-place");
    return [...page.querySelectorAll("form.in-place")].filter((one) => one !== own && ("touched" in one.dataset || one === now));
  }

  function show(answer, own = null) {
    const place = placeOf(document.activeElement), open = keptOpen(own);
    for (const fresh of answer.querySelectorAll("[data-region]")) {
      const old = document.querySelector(`[data-region="${fresh.dataset.region}"]`);
      if (!old || old.innerHTML === fresh.innerHTML) continue;
      if (open.some((form) => old.contains(form))) { around(old, fresh, open); continue; }
      old.className = fresh.className;
      old.replaceChildren(...fresh.childNodes);
    }
    const head = document.querySelector(".edition-head"), here = head.querySelector(".here");
    head.replaceChildren(...answer.querySelector(".edition-head").childNodes);
    head.querySelector(".here").replaceWith(here);
    document.querySelector(".toasts").replaceChildren(...answer.querySelector(".toasts").childNodes);
    Object.assign(page.dataset, answer.querySelector(".edition").dataset);
    ready();
    restore();
    if (!document.activeElement || document.activeElement === document.body) focusAt(place);
  }

  // under nobody's hands: of a list with such a form the other stories alone, and none moves
  function around(old, fresh, open) {
    for (const one of [...fresh.querySelectorAll(".story[id]")]) {
      const there = document.getElementById(one.id);
      if (there && old.contains(there) && !open.some((form) => there.contains(form)) && told(there) !== told(one)) there.replaceWith(one);
    }
  }

  // what somebody else changed has an edge for a moment
  function showNews(answer) {
    const before = new Map([...page.querySelectorAll(".story[id]")].map((one) => [one.id, told(one)]));
    show(answer);
    for (const one of page.querySelectorAll(".story[id]")) {
      if (before.get(one.id) !== told(one)) one.classList.add("changed");
    }
  }

  function say(words, wrong = false) {
    const shown = document.querySelector(".edition-head .saved");
    if (!shown) return;
    shown.textContent = words;
    shown.classList.toggle("not", wrong);
  }

  // what could not be done is said where it was asked for; what was typed stays as it is
  function trouble(form, words) {
    say("Not saved", true);
    for (const old of page.querySelectorAll(".note.failed")) old.remove();
    const note = Object.assign(document.createElement("div"), { className: "note stop failed" });
    note.setAttribute("role", "alert");
    note.append(Object.assign(document.createElement("p"), { textContent: words }));
    const acts = form.isConnected && form.matches(".in-place") && form.querySelector(".acts");
    if (acts) acts.before(note);
    else page.querySelector('[data-region="notes"]').prepend(note);
    if (acts) form.dataset.touched = "";
  }

  // Sending a form --------------------------------------------------------------------------------------------------

  // what nobody typed in is not sent, so that other people's words stay; what was typed says over which step
  function sent(form, submitter) {
    const fields = new URLSearchParams(new FormData(form, submitter));
    fields.set("csrf", page.dataset.csrf);
    const typed = form.matches("[data-saves]") ? Object.entries(kept()).filter(([name]) => fields.has(name)) : [];
    if (!typed.length) return [fields, typed];
    const names = typed.map(([name]) => name);
    for (const name of [...fields.keys()]) if (/[/]|^(subject|preheader|introduction)$/.test(name) && !names.includes(name)) fields.delete(name);
    fields.set("seen", Math.min(...typed.map(([, one]) => Number(one.seen))));
    return [fields, typed];
  }

  async function send(form, submitter, stays) {
    const [fields, typed] = sent(form, submitter);
    if (stays) fields.set("back", location.pathname + location.search);
    say("Saving…");
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: fields, headers: { "X-Desk": "part" } });
    } catch {
      trouble(form, "The desk cannot be reached. Your text is still here: save again.");
      return false;
    }
    const made = parsed(await answer.text());
    if (answer.status >= 500) {
      const why = made.querySelector("#main h1 + p");
      trouble(form, why ? why.textContent.trim() : "The desk could not save this. Your text is still here: save again.");
      return false;
    }
    if (!made.querySelector(".edition")) {
      // another page: to log in again, or what went wrong
      document.documentElement.replaceWith(document.adoptNode(made.documentElement));
      return false;
    }
    await letGo();
    delete form.dataset.touched;
    if (answer.ok) forget(typed, made.querySelector(".edition").dataset.step);
    else if (answer.status === 409) over(typed, made.querySelector(".edition").dataset.step);
    show(made, form);
    if (answer.ok) {
      say(`Saved ${new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`);
      history.replaceState(null, "", answer.url || location.href);
    } else {
      say("Not saved", true);
      const wrong = document.querySelector(".content [aria-invalid], .content [role=alert]");
      if (wrong) wrong.scrollIntoView({ block: "center" });
    }
    return answer.ok;
  }

  // one after the other: each is held against the step that the one before it led to
  function queued(form, submitter, stays = false) {
    under = under.then(() => send(form, submitter, stays)).catch(() => say("Not saved", true));
    return under;
  }

  function post(path, values) {
    const form = document.createElement("form");
    form.action = page.dataset.path + path;
    for (const [name, value] of Object.entries({ ...values, back: location.pathname + location.search })) {
      const field = document.createElement("input");
      Object.assign(field, { name, value });
      form.append(field);
    }
    return queued(form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-part], .toast form") || form.method !== "post") return;
    event.preventDefault();
    if (event.submitter && event.submitter.getAttribute("aria-disabled") === "true") return;
    queued(form, event.submitter);
  });

  // Opening in place ------------------------------------------------------------------------------------------------

  // leaves: the form that is closed by it
  function go(to, leaves = null) {
    under = under.then(async () => {
      const answer = await fetch(to);
      if (!answer.ok) { location.href = to; return; }
      await letGo();
      show(parsed(await answer.text()), leaves);
      history.replaceState(null, "", to);
      const opened = to.hash && document.getElementById(to.hash.slice(1));
      if (!opened) return;
      const field = opened.querySelector(".in-place :is(input:not([type=hidden]), textarea), .where-to button");
      if (field) field.focus();
      else if (leaves) (opened.tabIndex < 0 && opened.matches(".story") ? opened : opened.querySelector("a, button") || opened).focus();
    }).catch(() => say("The desk cannot be reached", true));
    return under;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".content a[href], .preview-bar a[href], .switch a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || to.pathname !== page.dataset.path) return;
    event.preventDefault();
    const form = link.matches("[data-close]") ? link.closest("form") : null;
    if (form && "drops" in link.dataset) drop(form);
    go(to, form || (link.matches("[data-close]") ? link.closest(".where-to") : null));
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // Typing ----------------------------------------------------------------------------------------------------------

  // what was typed and is not saved: name of the field -> its text, and the step over which it was typed
  function kept() {
    try { return JSON.parse(sessionStorage.getItem(held)) || {}; } catch { return {}; }
  }

  function keep(texts) {
    try { sessionStorage.setItem(held, JSON.stringify(texts)); } catch { /* a browser that keeps nothing */ }
  }

  // what was typed on while it was saved is not saved, and typed over what was
  function forget(typed, step) {
    const texts = kept();
    for (const [name, { text }] of typed) {
      if (texts[name] && texts[name].text === text) delete texts[name];
      else if (texts[name]) texts[name].seen = step;
    }
    keep(texts);
  }

  function over(typed, step) {
    const texts = kept();
    for (const [name] of typed) if (texts[name]) texts[name].seen = step;
    keep(texts);
  }

  function drop(form) {
    const texts = kept();
    for (const field of form.elements) delete texts[field.name];
    keep(texts);
    delete form.dataset.touched;
  }

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.form || !field.form.matches(".in-place")) return;
    field.form.dataset.touched = "";
    say("");
    if (!field.form.matches("[data-saves]")) return;
    const texts = kept(), seen = (texts[field.name] || { seen: field.form.elements.seen.value }).seen;
    keep({ ...texts, [field.name]: { text: field.value, seen } });
  });

  document.addEventListener("focusout", (event) => {
    const form = event.target.form;
    if (!form || !form.isConnected || !form.matches("[data-saves][data-touched]") || form.contains(event.relatedTarget)) return;
    queued(form, null, true);
  });

  function restore() {
    const texts = kept();
    for (const field of page.querySelectorAll("[data-saves] [name]")) {
      const mine = texts[field.name];
      if (!mine || field.type === "hidden") continue;
      field.form.dataset.touched = "";
      if (mine.text === field.value) continue;
      field.value = mine.text;
      say("Not saved yet: your text from before is still here", true);
    }
  }

  // Keys ------------------------------------------------------------------------------------------------------------

  const rows = () => [...page.querySelectorAll(".story[data-story]")];
  const row = () => document.activeElement.closest && document.activeElement.closest(".story[data-story]");
  const keysOn = () => document.documentElement.dataset.keys !== "off";

  function step(by) {
    const all = rows(), at = all.indexOf(row());
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) next.focus();
  }

  async function put(story, by) {
    const { story: id, title } = story.dataset;
    await post(`/stories/${id}/put`, { by: by < 0 ? "up" : "down" });
    const now = document.getElementById(`story-${id}`);
    if (!now) return;
    now.focus();
    const list = now.closest("[data-theme]");
    const among = list ? [...list.querySelectorAll(".story")] : [now];
    say(`${title}, ${among.indexOf(now) + 1} of ${among.length}${list ? ` in ${list.dataset.name}` : ""}.`);
  }

  const open = (story, label) => {
    const link = [...story.querySelectorAll(".line .acts a")].find((one) => one.getAttribute("aria-label").startsWith(label));
    if (link) link.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    const field = event.target.closest("input, textarea, select");
    if (event.key === "Enter" && event.ctrlKey && field && field.form) {
      event.preventDefault();
      field.form.requestSubmit();
      return;
    }
    if (event.key === "Escape") {
      const close = (event.target.closest(".story, .inbox, .in-place") || page).querySelector("[data-close]");
      if (!close) return;
      const form = close.closest("form");
      const typed = form && "touched" in form.dataset;
      if (form) delete form.dataset.touched;
      const closed = go(new URL(close.href), form || close.closest(".where-to"));
      if (typed && form.matches("[data-saves]")) closed.then(() => say("Not saved: open it again, your text is still there", true));
      return;
    }
    const story = row();
    if (story && !field && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      put(story, event.key === "ArrowUp" ? -1 : 1);
      return;
    }
    if (field || !keysOn() || event.ctrlKey || event.metaKey || event.altKey) return;
    const { story: id } = story ? story.dataset : {};
    const does = {
      j: () => step(1),
      k: () => step(-1),
      Z: () => post("/redo", {}),
      ...(story && event.target === story ? { Enter: () => open(story, "Edit") } : {}),
      ...(story ? {
        m: () => open(story, "Move"),
        p: () => post(`/stories/${id}/pin`, { pinned: "yes" }),
        x: () => post(`/stories/${id}/leave-out`, {}),
      } : {}),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
  desk.more.push(
    ["Next, previous story", ["j", "k"]], ["Edit a story", ["Enter"]], ["Move it to a theme", ["m"]], ["Up, down in its theme", ["Alt ↑", "Alt ↓"]],
    ["Top story", ["p"]], ["Leave out", ["x"]], ["Redo", ["Shift z"]], ["Save", ["Ctrl Enter"]],
  );

  // what is wrong with it is looked for beside the page
  let checking = 0;
  function check() {
    clearTimeout(checking);
    if (page.dataset.checked === "no") checking = setTimeout(() => renew().then(check), 700);
  }

  function ready() {
    check();
    for (const story of rows()) {
      story.tabIndex = -1;
      story.draggable = !story.classList.contains("open") && Boolean(story.querySelector(".grip"));
    }
    for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;
  }

  ready();
  restore();

  // told of by somebody else: the page is fetched anew, after what is under way
  function renew() {
    under = under.then(async () => {
      const fresh = await fetch(location.href);
      if (!fresh.ok) return;
      const made = parsed(await fresh.text());
      await letGo();
      if (made.querySelector(".edition")) showNews(made);
      // it leaves by now
      else location.href = fresh.url;
    }).catch(() => { /* it is looked again */ });
    return under;
  }

  return { page, post, renew };
})();
