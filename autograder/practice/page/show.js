// Elements, notices, and the messages for when Python cannot run. Everything is inserted as text, since a visitor's file may hold anything.

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A line above the task, which the visitor closes; `action` is { text, run }. The same words are there once. */
export function notice(place, text, action) {
  for (const other of place.children) if (other.dataset.text === text) other.remove();
  const line = make("p", { class: "notice", "data-text": text }, `${text} `);
  const button = (label, run) => {
    const made = make("button", { type: "button" }, label);
    made.onclick = () => {
      line.remove();
      run?.();
    };
    line.append(made, " ");
  };
  if (action) button(action.text, action.run);
  button("Close");
  place.append(line);
}

/** What a check said: its state as a heading, and its lines. */
export function resultLines({ task, state, text, seconds }, states) {
  const took = seconds >= 0.05 ? `, ${seconds.toFixed(1)} s` : "";
  const head = make("p", { class: `outcome ${state.replace(/\W/g, "-")}` }, `${task}: ${states[state] ?? state}${took}`);
  const lines = make("pre", { tabindex: "0", role: "group", "aria-label": "What the check says" });
  for (const line of text.split("\n")) {
    const kind = /^\s*(WRONG|hint|note|right)\b/.exec(line);
    lines.append(make("span", kind ? { class: kind[1].toLowerCase() } : {}, `${line}\n`));
  }
  return text ? [head, lines] : [head];
}

const MESSAGES = {
  network: "Python could not be loaded: a file did not arrive, or was not the one that this page expects. Are you online, and does this network let you reach the host?",
  silence: "Python could not be loaded: nothing has arrived for a while. Run the check again to try once more.",
  memory: "Python ran out of memory. Your code is kept. Close other tabs, or use a device with more memory.",
  wasm: "This browser cannot run Python: it has no WebAssembly, or an administrator has switched it off. Another browser may.",
  worker: "This browser did not start Python in a worker. It never does so for pages opened from a file: the site must come from a web server.",
  start: "Python did not start.",
  stopped: "Stopped. The next run starts Python again.",
  late: "The check took too long and was stopped. Is there a loop that does not end?",
  run: "Python ended unexpectedly. The next run starts it again.",
};

/** What a visitor reads of an EngineError, with what the browser said of it. */
export function messageOf(error) {
  const text = MESSAGES[error.kind] ?? "Something unexpected happened.";
  const detail = String(error.detail ?? error.message ?? "").split("\n").filter((line) => line.trim());
  return detail.length && error.kind !== "stopped" ? `${text} (${detail[detail.length - 1].slice(0, 300)})` : text;
}
