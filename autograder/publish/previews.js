"use strict";
// A reference to an equation or a source shows it beside the link, for a mouse and for the keyboard. It stays while the pointer is on it; Escape puts it away.
// An equation of another page is fetched; where a browser does not allow that, as for files, the link is a link.
const LINKS = 'article a.reference.internal[href*="#equation-"], article a.reference.internal[href*="bibliography.html#"]';
const pagesRead = new Map();
let [shown, leaving] = [null, 0];

function readPage(address) {
  if (!pagesRead.has(address)) {
    const text = fetch(address).then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))));
    pagesRead.set(address, text.then((found) => new DOMParser().parseFromString(found, "text/html")));
  }
  return pagesRead.get(address);
}

async function contents(link) {
  const source = link.dataset.source;
  if (source) return document.createTextNode(source);
  const address = new URL(link.href);
  const here = address.pathname === location.pathname;
  const page = here ? document : await readPage(address.pathname);
  const found = page.getElementById(decodeURIComponent(address.hash.slice(1)));
  if (!found) return null;
  const copy = document.importNode(found, true);
  copy.querySelectorAll(".eqno, .headerlink").forEach((part) => part.remove());
  [copy, ...copy.querySelectorAll("[id]")].forEach((part) => part.removeAttribute("id"));
  return copy;
}

function away() {
  clearTimeout(leaving);
  shown?.link.removeAttribute("aria-describedby");
  shown?.box.remove();
  shown = null;
}

async function preview(link) {
  if (shown?.link === link) { clearTimeout(leaving); return; }
  away();
  const box = document.createElement("div");
  box.className = "preview";
  box.id = "preview";
  box.setAttribute("role", "tooltip");
  shown = { link, box };
  const content = await contents(link).catch(() => null);
  // Another link may have been reached meanwhile.
  if (shown?.box !== box) return;
  if (!content) { away(); return; }
  box.append(content);
  document.body.append(box);
  if (content.nodeType === Node.ELEMENT_NODE && !box.querySelector("mjx-container, svg, math") && window.MathJax?.typesetPromise) await MathJax.typesetPromise([box]);
  const [place, size] = [link.getBoundingClientRect(), box.getBoundingClientRect()];
  const above = place.top - size.height - 6;
  box.style.top = `${scrollY + (above > 0 ? above : place.bottom + 6)}px`;
  box.style.left = `${scrollX + Math.max(8, Math.min(place.left, document.documentElement.clientWidth - size.width - 8))}px`;
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  link.setAttribute("aria-describedby", "preview");
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(away, 250);
}

for (const link of document.querySelectorAll(LINKS)) {
  if (link.title) {
    // Or the browser would show it a second time.
    link.dataset.source = link.title;
    link.removeAttribute("title");
  }
  link.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") preview(link); });
  link.addEventListener("pointerleave", leave);
  link.addEventListener("focus", () => { if (link.matches(":focus-visible")) preview(link); });
  link.addEventListener("blur", away);
}
addEventListener("keydown", (event) => { if (event.key === "Escape") away(); });
