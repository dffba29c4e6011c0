// A visitor's work: the code of each region, the state of each task, and the files that these make.

import { cut, firstLine, joined, keysOf, regionsOf } from "./files.js";
import { fingerprint } from "./store.js";

export class Work {
  /** data: of course.json; store: a Store; definitionsOf: the parser of the editor. */
  constructor(data, store, definitionsOf) {
    Object.assign(this, { data, store, definitionsOf });
    this.tasks = new Map(data.tasks.map((task) => [task.id, task]));
    this.regions = regionsOf(data.tasks);
    this.stubs = new Map();
    for (const [file, text] of Object.entries(data.files)) {
      const names = keysOf(text, this.regions.filter((r) => r.file === file), definitionsOf);
      const pieces = cut(text, names, definitionsOf);
      this.stubs.set(file, { names, pieces, keys: [...pieces.parts.keys()] });
    }
  }

  regionOf(task) {
    return this.regions.find((region) => region.tasks.includes(task.id)) ?? null;
  }

  stub(region) {
    return this.stubs.get(region.file).pieces.parts.get(region.key);
  }

  code(region) {
    return this.store.get(codeKey(region.file, region.key)) ?? this.stub(region);
  }

  /** Keep the code of a region; false where the browser did not. */
  save(region, text) {
    return this.store.set(codeKey(region.file, region.key), text === this.stub(region) ? null : text);
  }

  pieces(file) {
    const { pieces, keys } = this.stubs.get(file);
    const own = (key, stub) => this.store.get(codeKey(file, key)) ?? stub;
    return {
      head: own("(head)", pieces.head),
      parts: new Map(keys.map((key) => [key, own(key, pieces.parts.get(key))])),
      tail: own("(tail)", pieces.tail),
    };
  }

  /** A whole file, as Python gets it and as it is downloaded. */
  file(name) {
    return joined(this.pieces(name), this.stubs.get(name).keys);
  }

  files() {
    return Object.fromEntries(Object.keys(this.data.files).map((name) => [name, this.file(name)]));
  }

  firstLine(region) {
    return firstLine(this.pieces(region.file), this.stubs.get(region.file).keys, region.key);
  }

  /** Load a visitor's file; returns a function that undoes this. */
  load(file, text) {
    const { names, pieces, keys } = this.stubs.get(file);
    const found = cut(text.replace(/\r\n?/g, "\n"), names, this.definitionsOf);
    const before = new Map();
    const put = (key, own, stub) => {
      before.set(key, this.store.get(codeKey(file, key)));
      this.store.set(codeKey(file, key), own === undefined || own === stub ? null : own);
    };
    put("(head)", found.head, pieces.head);
    put("(tail)", found.tail, pieces.tail);
    // Functions that the file lacks stay stubs.
    for (const key of keys) put(key, found.parts.get(key), pieces.parts.get(key));
    return () => before.forEach((own, key) => this.store.set(codeKey(file, key), own));
  }

  /** Bring the code of another version of the course, which is kept under its own keys. */
  bring(other) {
    for (const [file, { keys }] of this.stubs) {
      for (const key of [...keys, "(head)", "(tail)"]) {
        const text = other.get(codeKey(file, key));
        if (text !== null) this.store.set(codeKey(file, key), text);
      }
    }
  }

  /** "" | "passed" | "failed" | "unfinished" | "changed": what the last check of a task said, and whether its code is still the same. */
  state(task) {
    const region = this.regionOf(task);
    const kept = region && this.store.getObject(`state:${task.id}`);
    if (!kept) return "";
    return kept.of === fingerprint(this.code(region)) ? String(kept.state) : "changed";
  }

  setState(task, state, code) {
    this.store.set(`state:${task.id}`, JSON.stringify({ state, of: fingerprint(code) }));
  }

  /** Of tasks that a check ran through, those that have not passed, which is where to begin. */
  missing(ids) {
    return ids.map((id) => this.tasks.get(id)).filter((task) => task && this.regionOf(task) && this.state(task) !== "passed");
  }

  /** The tasks that can be done here, and those of them that pass. */
  counts() {
    const all = [...this.tasks.values()].filter((task) => this.regionOf(task));
    return { all: all.length, passed: all.filter((task) => this.state(task) === "passed").length };
  }
}

export const codeKey = (file, key) => `code:${file}#${key}`;
