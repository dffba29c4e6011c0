// The practice page: shows a task, its editor and what Python says of it.

import { definitionsOf, makeEditor } from "./editor.bundle.js";
import { Engine } from "./engine.js";
import { whichFile } from "./files.js";
import { browserStore, Store } from "./store.js";
import { make, messageOf, notice, resultLines } from "./show.js";
import { codeKey, Work } from "./work.js";

const $ = (id) => document.getElementById(id);
const STATES = { passed: "passed", failed: "failed", unfinished: "not finished", ended: "stopped", changed: "changed since its check" };
const HINTS = ["What to think of", "Where it usually goes wrong", "The shape of the way"];
const LARGEST_FILE = 1_000_000;
const LITTLE_MEMORY_GB = 1;
const RUNNING = "coursenn-practice-running";

let data, store, work, engine, editor, task, region, first, shownHints, busy;

async function begin() {
  showTheme();
  const response = await fetch("course.json");
  if (!response.ok) throw new Error(`course.json: status ${response.status}`);
  data = await response.json();
  store = new Store(browserStore(), data.course, data.version);
  work = new Work(data, store, definitionsOf);
  engine = new Engine(() => new Worker("worker.js"), settings(), showProgress, data.deadlines);
  editor = makeEditor($("editor"), "Your code", edited, () => first ?? 1, [
    { key: "Mod-Enter", run: () => (run(), true) },
  ]);
  $("run").onclick = run;
  $("stop").onclick = () => engine.end();
  $("hint").onclick = showHint;
  $("microscope").onclick = look;
  $("download").onclick = download;
  $("load").onclick = () => $("files").click();
  $("files").onchange = loadMine;
  $("reset").onclick = resetTask;
  window.addEventListener("hashchange", () => open(true));
  window.addEventListener("storage", changedElsewhere);
  window.addEventListener("pagehide", () => sessionStorageSet(null));
  const bytes = data.runtime.files.reduce((sum, file) => sum + file.bytes, 0);
  $("before").textContent =
    `The first run loads Python and numpy, at most ${Math.ceil(bytes / 1e6)} MB, which your browser keeps. ` +
    "Your code runs in this browser and goes nowhere else.";
  if (navigator.deviceMemory <= LITTLE_MEMORY_GB) {
    notice($("notices"), "This device has little memory, and Python may not start on it. Your code is kept in any case.");
  }
  if (sessionStorageGet()) {
    notice($("notices"), "This page ended while Python was running, possibly for lack of memory. Your code was kept; closing other tabs may help.");
    sessionStorageSet(null);
  }
  offerEarlierVersion();
  if (window.matchMedia("(max-width: 50rem)").matches) $("list").open = false;
  open(false);
}

/** As the book: light or dark as chosen there, or else as the system has it. */
function showTheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = browserStore()?.getItem("mode");
  const apply = () => (document.documentElement.dataset.theme = ["light", "dark"].includes(chosen) ? chosen : dark.matches ? "dark" : "light");
  dark.addEventListener("change", apply);
  apply();
}

function settings() {
  const absolute = (address) => new URL(address, location.href).href;
  const files = data.runtime.files.map((file) => ({ ...file, address: absolute(file.address) }));
  const ours = [data.package, "in_browser.py"].map((name) => ({ name, address: absolute(name) }));
  return { runtime: { ...data.runtime, files }, courseFiles: ours };
}

// ---------------------------------------------------------------- a task

function open(moved) {
  const wanted = decodeURIComponent(location.hash.slice(1));
  task = work.tasks.get(wanted) ?? data.tasks.find((t) => work.regionOf(t) && work.state(t) !== "passed") ?? data.tasks[0];
  if (wanted && wanted !== task.id && wanted !== "work") notice($("notices"), `There is no task “${wanted}”: this is ${task.id}.`);
  region = work.regionOf(task);
  const notebook = data.notebooks.find((n) => n.name === task.notebook);
  document.title = `${task.title}: ${data.title}`;
  $("title").textContent = task.title;
  $("facts").replaceChildren(...facts(notebook));
  $("text").innerHTML = task.text;
  $("exercise").hidden = !region;
  $("task").hidden = false;
  if (region) showEditor();
  showList();
  // The address leads to the task in the list, for a browser without scripts; here the task itself is what to look at.
  if (moved) {
    if (window.matchMedia("(max-width: 50rem)").matches) $("list").open = false;
    $("title").focus();
  }
  window.scrollTo(0, 0);
}

function facts(notebook) {
  const points = `${task.points} point${task.points === 1 ? "" : "s"}`;
  const links = [task.book && make("a", { href: task.book }, "explained in the book"), make("a", { href: notebook.address }, `notebook: ${notebook.title}`)];
  const parts = [points, ...links.filter(Boolean)];
  if (!region) parts.push("a network is trained in the notebook itself: open it there");
  return parts.flatMap((part, i) => (i ? [" · ", part] : [part]));
}

function showEditor() {
  shownHints = 0;
  first = work.firstLine(region);
  for (const id of ["result", "hints", "seen"]) $(id).replaceChildren();
  editor.show(work.code(region));
  $("where").replaceChildren("In ", make("code", {}, `coursenn/${region.file}`), ":");
  $("download").textContent = `Download ${region.file.split("/").pop()}`;
  $("hint").hidden = !task.hints.length;
  $("microscope").hidden = !task.microscope;
  showHintButton();
  showKept();
}

function showList() {
  const { all, passed } = work.counts();
  $("progress").textContent = `${passed} of ${all} tasks pass their check`;
  for (const link of document.querySelectorAll("nav a[data-task]")) {
    const state = work.state(work.tasks.get(link.dataset.task));
    link.dataset.state = state;
    link.querySelector(".state").textContent = state ? ` (${STATES[state] ?? state})` : "";
    if (link.dataset.task === task.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function edited(text) {
  work.save(region, text);
  showKept();
  showList();
}

function showKept() {
  const troubles = {
    "": "What you write is kept only in this browser, and clearing its data removes it: download your files now and then.",
    full: "This browser has no room left for your code: download your files before you close the page.",
    refused: "This browser keeps nothing for this page: download your files before you close it.",
  };
  $("kept").textContent = troubles[store.trouble];
  $("kept").classList.toggle("notice", store.trouble !== "");
}

function resetTask() {
  const mine = editor.text();
  editor.replace(work.stub(region));
  notice($("notices"), "The function is as it was at the start.", { text: "Restore my version", run: () => editor.replace(mine) });
}

function changedElsewhere(event) {
  if (event.key === null || store.keyOf(event) === null) return;
  showList();
  if (!region || store.keyOf(event) !== codeKey(region.file, region.key)) return;
  const mine = editor.text();
  if (mine === work.code(region)) return;
  editor.show(work.code(region));
  notice($("notices"), "You changed this function in another tab; this is the version from there.", {
    text: "Restore the version from this tab",
    run: () => editor.replace(mine),
  });
}

function offerEarlierVersion() {
  const [other] = store.otherVersions().reverse();
  if (!other || store.get("brought") || work.regions.some((r) => work.code(r) !== work.stub(r))) return;
  notice($("notices"), `This browser holds your functions for version ${other} of the course.`, {
    text: "Bring them here",
    run: () => {
      work.bring(new Store(browserStore(), data.course, other));
      store.set("brought", other);
      open(false);
    },
  });
}

// ---------------------------------------------------------------- Python

async function run() {
  await asking("check", (answer, code) => {
    work.setState(task, answer.state, code);
    showList();
    const missing = work.missing(answer.uses ?? []);
    $("result").replaceChildren(...resultLines(answer, STATES), ...missingLines(missing, answer));
  });
}

function missingLines(missing, answer) {
  if (!missing.length || answer.state === "passed") return [];
  const links = missing.flatMap((t, i) => [i ? ", " : "", make("a", { href: `#${t.id}` }, make("code", {}, t.names.join(", ")))]);
  const verb = missing.length === 1 ? "which has not passed its own check yet" : "which have not passed their own checks yet";
  return [make("p", { class: "missing" }, "This check also runs your ", ...links, `, ${verb}: begin there.`)];
}

async function look() {
  await asking("microscope", ({ html, text }) => {
    if (text) {
      $("seen").replaceChildren(make("p", {}, text));
      return;
    }
    const head = `<meta name="color-scheme" content="${document.documentElement.dataset.theme}"><title>Microscope</title>`;
    const body = `<body style="font: 15px/1.5 system-ui, sans-serif; margin: 0.5rem">${html}</body>`;
    const srcdoc = `<!DOCTYPE html><html lang="en"><head>${head}</head>${body}</html>`;
    const frame = make("iframe", { title: "What the microscope sees", sandbox: "", srcdoc });
    $("seen").replaceChildren(make("h2", {}, "Under the microscope"), frame);
    frame.scrollIntoView({ block: "nearest" });
  });
}

/** Save, ask Python, and show the answer, unless the visitor has gone on to another task. */
async function asking(call, show) {
  if (busy || !region) return;
  const [asked, code] = [task, editor.text()];
  work.save(region, code);
  if (call === "check") $("result").replaceChildren();
  setBusy(true, engine.running ? "running" : "loading");
  try {
    const answer = await engine.ask({ call, task: asked.id, files: work.files() });
    if (asked === task) {
      show(answer, code);
      $("result").scrollIntoView({ block: "nearest" });
    }
    else if (call === "check") work.setState(asked, answer.state, code);
  } catch (error) {
    $("result").replaceChildren(make("p", { class: "notice" }, messageOf(error)));
  } finally {
    setBusy(false);
    showList();
  }
}

function setBusy(now, says = "") {
  busy = now;
  sessionStorageSet(now ? "1" : null);
  $("run").disabled = $("microscope").disabled = now;
  $("stop").disabled = !now;
  $("loading").hidden = !now;
  $("says").textContent = says;
  $("bar").removeAttribute("value");
  if (engine.running) $("before").hidden = true;
}

function showProgress({ says, done, all }) {
  $("says").textContent = all ? `${says}: ${(done / 1e6).toFixed(1)} MB` : says;
  if (all) Object.assign($("bar"), { max: all, value: done });
  else $("bar").removeAttribute("value");
}

// ---------------------------------------------------------------- hints and files

function showHint() {
  const text = task.hints[shownHints];
  $("hints").append(make("p", {}, make("strong", {}, `${HINTS[shownHints] ?? "Hint"}: `), text));
  shownHints += 1;
  showHintButton();
}

function showHintButton() {
  const left = shownHints < task.hints.length;
  $("hint").disabled = !left;
  $("hint").textContent = left ? `Hint ${shownHints + 1} of ${task.hints.length}` : "No more hints";
}

function download() {
  const address = URL.createObjectURL(new Blob([work.file(region.file)], { type: "text/x-python" }));
  make("a", { href: address, download: region.file.split("/").pop() }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function loadMine() {
  const chosen = [...$("files").files];
  $("files").value = "";
  const undo = [];
  for (const one of chosen) {
    const text = one.size <= LARGEST_FILE ? await one.text() : "";
    const named = Object.keys(data.files).find((name) => name.split("/").pop() === one.name);
    const { found, broken } = definitionsOf(text);
    const file = text && (named ?? whichFile(text, data.files, definitionsOf));
    let says;
    if (!text) says = `${one.name} is empty or larger than a file of the course: nothing was changed.`;
    else if (broken >= 0) says = `${one.name} is not Python near line ${text.slice(0, broken).split("\n").length}: correct it first. Nothing was changed.`;
    else if (!file || !found.length) says = `${one.name} holds no function of the course: nothing was changed.`;
    if (says) notice($("notices"), says);
    else {
      undo.push(work.load(file, text));
      notice($("notices"), `${one.name} is loaded as ${file}.`, { text: "Undo", run: () => (undo.reverse().forEach((step) => step()), open(false)) });
    }
  }
  open(false);
}

function sessionStorageSet(value) {
  try {
    if (value === null) sessionStorage.removeItem(RUNNING);
    else sessionStorage.setItem(RUNNING, value);
  } catch {
    // If the browser keeps nothing, the page says so elsewhere.
  }
}

function sessionStorageGet() {
  try {
    return sessionStorage.getItem(RUNNING);
  } catch {
    return null;
  }
}

begin().catch((error) => notice($("notices"), `The page could not be set up: ${error.message}. Load it again; if that does not help, you may be offline.`));
