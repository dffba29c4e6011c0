// The worker of the practice page: loads Pyodide and numpy, writes the course's files, and calls Python. It loads nothing before it is told to.
// A classic worker, since Pyodide's own scripts are loaded with importScripts. It sends { kind: "progress" | "ready" | "failed" | "answer" }.
"use strict";

const WORK = "/course";
const SITE_PACKAGES = /^numpy/;
const EVERY_MS = 100;
let ask;

const send = (message) => self.postMessage(message);

self.onmessage = async ({ data }) => {
  if (data.kind === "start") {
    try {
      await start(data);
      send({ kind: "ready" });
    } catch (error) {
      send({ kind: "failed", stage: error.stage || "start", detail: String((error && error.message) || error) });
    }
    return;
  }
  try {
    send({ kind: "answer", id: data.id, answer: JSON.parse(ask(JSON.stringify(data.request))) });
  } catch (error) {
    send({ kind: "answer", id: data.id, failed: String((error && error.message) || error) });
  }
};

async function start({ runtime, courseFiles }) {
  const files = new Map();
  const sizes = { done: 0, all: runtime.files.reduce((sum, file) => sum + file.bytes, 0), said: 0 };
  const wanted = [...runtime.files, ...courseFiles];
  await Promise.all(wanted.map(async (file) => files.set(file.name, await fetched(file, sizes))));
  send({ kind: "progress", says: "starting Python" });
  const base = new URL("./", self.location).href + "from-memory/";
  answerFromMemory(base, files);
  for (const name of ["pyodide.js", "pyodide.asm.js"]) importFrom(files.get(name));
  const python = await self.loadPyodide({
    indexURL: base,
    packageBaseUrl: base,
    stdLibURL: `${base}python_stdlib.zip`,
    lockFileContents: { info: runtime.lock, packages: {} },
  });
  send({ kind: "progress", says: "unpacking numpy and the course" });
  for (const [name, bytes] of files) {
    if (SITE_PACKAGES.test(name)) {
      const version = runtime.lock.python.split(".").slice(0, 2).join(".");
      python.unpackArchive(bytes, "wheel", { extractDir: `/lib/python${version}/site-packages` });
    }
  }
  python.unpackArchive(files.get("coursenn.zip"), "zip", { extractDir: WORK });
  python.FS.writeFile(`${WORK}/in_browser.py`, new Uint8Array(files.get("in_browser.py")));
  files.clear();
  send({ kind: "progress", says: "importing numpy" });
  python.runPython(`import os, sys; os.chdir("${WORK}"); sys.path.insert(0, "${WORK}"); import numpy, in_browser`);
  ask = python.runPython("in_browser.answer");
}

function stagedError(stage, text) {
  return Object.assign(new Error(text), { stage });
}

async function fetched(file, sizes) {
  let response;
  try {
    // The browser compares the hash; a file that differs is refused like one that does not arrive.
    response = await fetch(file.address, file.integrity ? { integrity: file.integrity } : {});
  } catch (error) {
    throw stagedError("fetch", `${new URL(file.address).host}: ${file.name}: ${error.message}`);
  }
  if (!response.ok) throw stagedError("fetch", `${new URL(file.address).host}: ${file.name}: status ${response.status}`);
  return counted(response, sizes, file);
}

async function counted(response, sizes, file) {
  const parts = [];
  try {
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      sizes.done += value.length;
      const now = performance.now();
      if (now - sizes.said > EVERY_MS) {
        sizes.said = now;
        send({ kind: "progress", says: "loading", done: sizes.done, all: Math.max(sizes.all, sizes.done) });
      }
    }
  } catch (error) {
    throw stagedError("fetch", `${new URL(file.address).host}: ${file.name}: ${error.message}`);
  }
  return new Blob(parts).arrayBuffer();
}

// Pyodide requests its files by address, and waits for ever for one that is refused. So the files are fetched before it asks for them.
function answerFromMemory(base, files) {
  const outside = self.fetch.bind(self);
  self.fetch = (resource, options) => {
    const address = String((resource && resource.url) || resource);
    const bytes = address.startsWith(base) ? files.get(address.slice(base.length)) : undefined;
    if (!bytes) return outside(resource, options);
    const type = address.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return Promise.resolve(new Response(bytes, { headers: { "Content-Type": type } }));
  };
}

function importFrom(bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  try {
    importScripts(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}
