"use strict";
// Excerpts of search results are raw page text: links to exercises, headings and formulas that are more than a row of signs read as noise there.
const pageText = Search.htmlToText;
const IN_TWO_LINES = "msub, msup, msubsup, mfrac, msqrt, mover, munder, munderover, mtable";
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll(".practice, .headerlink, article :is(h1, h2, h3, h4)").forEach((part) => part.remove());
  for (const formula of page.querySelectorAll(".math")) {
    if (formula.tagName === "DIV" || formula.querySelector(IN_TWO_LINES)) formula.textContent = "\u2026";
  }
  return pageText(page.documentElement.outerHTML, anchor);
};

// People search with words that a page does not use. synonyms.toml says where each leads; what matches is shown first.
const SYNONYMS = {{synonyms}};
const squeeze = (words) => words.toLowerCase().replace(/[^a-z0-9]+/g, "");

// The places that a query means: those of the whole query, or else those of the longest words in it that have some.
function meant(query) {
  const whole = squeeze(query);
  if (SYNONYMS[whole]) return SYNONYMS[whole];
  const words = query.split(/[^A-Za-z0-9]+/).filter(Boolean);
  for (let length = words.length - 1; length > 0; length -= 1) {
    for (let start = 0; start + length <= words.length; start += 1) {
      const found = SYNONYMS[squeeze(words.slice(start, start + length).join(""))];
      if (found) return found;
    }
  }
  return [];
}

const plainSearch = Search._performSearch;
Search._performSearch = (query, ...more) => {
  const { docnames, filenames, titles, alltitles } = Search._index;
  const first = meant(query).flatMap((place) => {
    const [page, anchor = ""] = place.split("#");
    const file = docnames.indexOf(page);
    if (file < 0) return [];
    const heading = Object.keys(alltitles).find((title) => alltitles[title].some(([at, id]) => at === file && id === anchor));
    return [[page, heading && heading !== titles[file] ? `${titles[file]} > ${heading}` : titles[file], anchor && `#${anchor}`, null, 1000, filenames[file]]];
  });
  const others = plainSearch(query, ...more).filter((result) => !first.some((one) => one[5] === result[5] && one[2] === result[2]));
  // Results are shown from the end of the list.
  return [...others, ...first.reverse()];
};
