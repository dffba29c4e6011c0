"use strict";
// Excerpts of search results are raw page text: formulas that are not plain letters and numbers read as noise there.
const pageText = Search.htmlToText;
Search.htmlToText = (html, anchor) => pageText(html, anchor)
  .replace(/\\\[[^]*?\\\]/g, "\u2026")
  .replace(/\\\(([^]*?)\\\)/g, (whole, formula) => (/^[\w\/ =+*().,-]+$/.test(formula) ? formula : "\u2026"));
