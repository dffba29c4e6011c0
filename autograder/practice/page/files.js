// The files that a visitor edits, cut into one part for each task and put together again. Pure: text in, text out.

const GAP = "\n\n\n";

/** Which functions share an editor: [{ file, key, names, tasks }], in the order of the file. A key is the name of the first function. */
export function regionsOf(tasks) {
  const found = [];
  for (const task of tasks) {
    if (!task.file) continue;
    const known = found.find((r) => r.file === task.file && r.names.some((name) => task.names.includes(name)));
    if (known) {
      known.names.push(...task.names.filter((name) => !known.names.includes(name)));
      known.tasks.push(task.id);
    } else {
      found.push({ file: task.file, key: task.names[0], names: [...task.names], tasks: [task.id] });
    }
  }
  return found;
}

/**
 * Cut a file: { head, parts: [{ key, text }], tail }. Text between two definitions belongs to the second one, so that nothing is lost;
 * a definition that the course does not know goes with the next one that it does.
 *
 * text: of the file. names: Map of definition -> key, for all definitions that the released file has. definitionsOf: the parser.
 */
export function cut(text, names, definitionsOf) {
  const known = definitionsOf(text).found.filter((definition) => names.has(definition.name));
  const headEnd = known.length ? commentStart(text, known[0].start) : text.length;
  const parts = new Map();
  let from = headEnd;
  for (const { name, end: node } of known) {
    const end = blockEnd(text, node);
    const piece = trimmed(text.slice(from, end));
    const key = names.get(name);
    parts.set(key, parts.has(key) ? parts.get(key) + GAP + piece : piece);
    from = end;
  }
  return { head: trimmed(text.slice(0, headEnd)), parts, tail: trimmed(text.slice(from)) };
}

/** The file again: parts in the order of `keys`. */
export function joined({ head, parts, tail }, keys) {
  return [head, ...keys.map((key) => parts.get(key)), tail].filter((piece) => piece).join(GAP) + "\n";
}

/** The line of the joined file, from 1, at which a part begins. */
export function firstLine(file, keys, key) {
  const before = [file.head, ...keys.slice(0, keys.indexOf(key)).map((k) => file.parts.get(k))].filter((piece) => piece);
  return before.reduce((lines, piece) => lines + piece.split("\n").length + GAP.length - 1, 1);
}

/** Definition -> key: that of its region, or its own name where it belongs to no task. */
export function keysOf(text, regions, definitionsOf) {
  const names = new Map(definitionsOf(text).found.map(({ name }) => [name, name]));
  for (const region of regions) for (const name of region.names) names.set(name, region.key);
  return names;
}

/** Which of several stubs a loaded file is: the one with which it shares most definitions; null when it shares none. */
export function whichFile(text, stubs, definitionsOf) {
  const names = new Set(definitionsOf(text).found.map(({ name }) => name));
  let best = null;
  for (const [file, stub] of Object.entries(stubs)) {
    const shared = definitionsOf(stub).found.filter(({ name }) => names.has(name)).length;
    if (shared > (best?.shared ?? 0)) best = { file, shared };
  }
  return best && best.file;
}

/** Where the comment directly above a definition begins, or else the line of the definition. */
function commentStart(text, at) {
  let start = text.lastIndexOf("\n", at - 1) + 1;
  for (;;) {
    const above = text.lastIndexOf("\n", start - 2) + 1;
    if (start === 0 || text[above] !== "#") return start;
    start = above;
  }
}

/** Where a definition ends with the indented comments after it, which are no part of it for a parser. */
function blockEnd(text, at) {
  let end = at;
  let next = text[at - 1] === "\n" ? at : text.indexOf("\n", at) + 1 || text.length;
  if (next > at) end = next;
  while (next < text.length) {
    const after = text.indexOf("\n", next) + 1 || text.length;
    const line = text.slice(next, after);
    if (/^\S/.test(line)) break;
    if (line.trim()) end = after;
    next = after;
  }
  return end;
}

function trimmed(text) {
  return text.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
}
