"use strict";
// Shared by all interactives. DATA holds what the reference computed; pages look up and draw, they do not compute layers.
const DATA = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

// An SVG element with attributes and, optionally, text.
function svg(name, attributes = {}, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

// A number for people: a few digits, a real minus sign, no "-0".
function show(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "\u2212");
}

// Numbers that are drawn are also said: a screen reader hears this line when it changes.
function say(text) { $("readout").textContent = text; }

// The page of the book decides on light or dark; alone, the system does.
function theme(name) { document.documentElement.dataset.theme = name; }
const dark = matchMedia("(prefers-color-scheme: dark)");
if (window.parent === window) {
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
}
