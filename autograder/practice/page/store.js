// Storage in this browser. All sites of one account share it, so every key begins with the course and its version.

export class Store {
  /** area: localStorage, or anything like it; null where a browser refuses one. */
  constructor(area, course, version) {
    this.area = area;
    this.prefix = `coursenn-practice/${course}/${version}/`;
    this.memory = new Map();
    /** Why nothing more is kept: "" | "refused" | "full". */
    this.trouble = area ? "" : "refused";
  }

  /** The text under a key, or null. */
  get(key) {
    // Data that could not be stored are newer than those that were.
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return this.area ? this.area.getItem(this.prefix + key) : null;
    } catch {
      this.trouble = "refused";
      return null;
    }
  }

  /** Keep a text, or forget it with null; false where only this tab has it. */
  set(key, text) {
    try {
      if (!this.area) throw new Error("no store");
      if (text === null) this.area.removeItem(this.prefix + key);
      else this.area.setItem(this.prefix + key, text);
      this.memory.delete(key);
      if (this.memory.size === 0) this.trouble = "";
      return true;
    } catch {
      this.memory.set(key, text);
      this.trouble = this.area ? "full" : "refused";
      return false;
    }
  }

  /** An object under a key; what is no object of ours counts as nothing. */
  getObject(key) {
    try {
      const found = JSON.parse(this.get(key) ?? "null");
      return found && typeof found === "object" ? found : null;
    } catch {
      return null;
    }
  }

  /** The key of ours that a change in another tab is about, or null. */
  keyOf(event) {
    return event.key?.startsWith(this.prefix) ? event.key.slice(this.prefix.length) : null;
  }

  /** Versions of this course that this browser holds work of, other than this one. */
  otherVersions() {
    const [, course, version] = this.prefix.split("/");
    const found = new Set();
    for (let i = 0; i < (this.area?.length ?? 0); i++) {
      const [kind, name, other, key] = (this.area.key(i) ?? "").split("/");
      if (kind === "coursenn-practice" && name === course && other !== version && key?.startsWith("code:")) found.add(other);
    }
    return [...found].sort();
  }
}

/** localStorage, or null where the browser refuses it. */
export function browserStore() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** A short number for a text: tells whether code is still what was checked. */
export function fingerprint(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}
