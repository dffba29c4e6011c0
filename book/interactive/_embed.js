"use strict";
// On a page of the book: put the live page in the place of its still picture, which stays for print and where scripts do not run.
for (const figure of document.querySelectorAll("figure.interactive")) {
  const still = figure.querySelector("img");
  const name = still.getAttribute("src").split("/").pop().replace(/\.svg$/, "");
  const address = new URL(`${document.documentElement.dataset.content_root || "./"}interactive/${name}.html`, location.href);
  const frame = document.createElement("iframe");
  frame.title = still.alt;
  frame.loading = "lazy";
  frame.className = "interactive-frame";
  // The height of the content: that of the document is never less than the frame's own, which could then not shrink.
  const fit = () => { frame.style.height = `${frame.contentDocument.body.offsetHeight + 2}px`; };
  const paint = () => { frame.contentDocument.documentElement.dataset.theme = document.documentElement.dataset.theme || "light"; };
  frame.addEventListener("load", () => {
    paint();
    fit();
    new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(fit).observe(frame.contentDocument.querySelector("main"));
  });
  frame.src = address;
  still.classList.add("still");
  still.after(frame);
  const alone = document.createElement("a");
  alone.href = address;
  alone.className = "interactive-alone";
  alone.textContent = "Open it in a page of its own";
  frame.after(alone);
}
