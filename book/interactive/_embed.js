"use strict";
// On a page of the book: put the live page in the place of its still picture, which stays for print and where scripts do not run.
// Page and frame speak by messages: opened as files, neither may look into the other.
const frames = [];
const paint = (frame) => frame.contentWindow.postMessage({ coursenn: "theme", name: document.documentElement.dataset.theme || "light" }, "*");
addEventListener("message", (event) => {
  const frame = frames.find((one) => one.contentWindow === event.source);
  const height = Number(event.data?.height);
  if (!frame || event.data.coursenn !== "height" || !(height > 0 && height < 5000)) return;
  // The frame has a border of one pixel.
  frame.style.height = `${height + 2}px`;
  paint(frame);
});
new MutationObserver(() => frames.forEach(paint)).observe(document.documentElement, { attributeFilter: ["data-theme"] });

for (const figure of document.querySelectorAll("figure.interactive")) {
  const still = figure.querySelector("img");
  const name = still.getAttribute("src").split("/").pop().replace(/\.svg$/, "");
  const address = new URL(`${document.documentElement.dataset.content_root || "./"}interactive/${name}.html`, location.href);
  const frame = document.createElement("iframe");
  frame.title = still.alt;
  frame.loading = "lazy";
  frame.className = "interactive-frame";
  frames.push(frame);
  frame.src = address;
  still.classList.add("still");
  still.after(frame);
  const alone = document.createElement("a");
  alone.href = address;
  alone.className = "interactive-alone";
  alone.textContent = "Open it in a page of its own";
  frame.after(alone);
}
