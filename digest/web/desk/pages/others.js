/* Who else is at an edition, and what they did: looked at every few seconds, and shown in place. */
"use strict";

(() => {
  const { page, renew } = edition;

  async function look() {
    if (document.hidden) return;
    const opened = document.activeElement.closest && document.activeElement.closest(".story, .inbox");
    const at = opened ? opened.id : "";
    try {
      const answer = await fetch(`${page.dataset.path}/news?at=${encodeURIComponent(at)}`);
      if (!answer.ok) return;
      const news = await answer.json();
      const here = document.querySelector(".edition-head .here");
      if (here) here.replaceChildren(...news.here.map(initials));
      if (String(news.step) === page.dataset.step && news.state === page.dataset.state) return;
      renew();
    } catch { /* it is looked again */ }
  }

  function initials(one) {
    const where = one.at && document.getElementById(one.at);
    const words = `${one.name} is here${where && where.dataset.title ? `, at “${where.dataset.title}”` : ""}`;
    const shown = Object.assign(document.createElement("span"), { className: "person other", title: words });
    const short = Object.assign(document.createElement("span"), { textContent: one.initials, ariaHidden: "true" });
    shown.append(short, Object.assign(document.createElement("span"), { className: "unseen", textContent: words }));
    return shown;
  }
  setInterval(look, 5000);
  look();
})();
