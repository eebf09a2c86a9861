/* Stories are dragged to another place, also under another theme. Keys and the list under Move do the same. */
"use strict";

(() => {
  const { page, post } = edition;
  let dragged = null;

  function marks(story = null, after = false) {
    for (const one of page.querySelectorAll(".drop-before, .drop-after")) one.classList.remove("drop-before", "drop-after");
    if (story) story.classList.add(after ? "drop-after" : "drop-before");
  }

  function target(event) {
    const story = event.target.closest && event.target.closest("[data-theme] .story[data-story]");
    if (!dragged || !story || story === dragged) return null;
    const box = story.getBoundingClientRect();
    return { story, after: event.clientY > box.top + box.height / 2 };
  }

  page.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".story[data-story]");
    if (!dragged) return;
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.title);
  });
  page.addEventListener("dragover", (event) => {
    const over = target(event);
    marks(over && over.story, over && over.after);
    if (over) event.preventDefault();
  });
  page.addEventListener("dragend", () => {
    if (dragged) dragged.classList.remove("dragged");
    dragged = null;
    marks();
  });
  page.addEventListener("drop", async (event) => {
    const over = target(event);
    if (!over) return;
    event.preventDefault();
    const { story: id } = dragged.dataset, theme = over.story.closest("[data-theme]").dataset.theme;
    let next = over.after ? over.story.nextElementSibling : over.story;
    if (next === dragged) next = dragged.nextElementSibling;
    const before = next ? next.dataset.story || "" : "";
    marks();
    // one step, whether or not the theme is another
    await post(`/stories/${id}/place`, { theme, before });
  });
})();
