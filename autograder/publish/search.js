"use strict";
// Excerpts of search results are raw page text: formulas that are not plain letters and numbers read as noise there.
const pageText = Search.htmlToText;
Search.htmlToText = (html, anchor) => pageText(html, anchor)
  .replace(/\\\[[^]*?\\\]/g, "\u2026")
  .replace(/\\\(([^]*?)\\\)/g, (whole, formula) => (/^[\w\/ =+*().,-]+$/.test(formula) ? formula : "\u2026"));

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
