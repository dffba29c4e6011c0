// One question across the class: shows an answer, takes clicks and keys, saves, and has the next answer ready before it is needed.
"use strict";

const page = document.getElementById("reading");
const data = JSON.parse(page.dataset.page);
const root = document.body.dataset.root;
const api = `${root}api/${data.question}/`;
const by = (id) => document.getElementById(id);
const WRONG_KEYS = "qwert", COMMENT_KEYS = "yuiop";
const AGAIN_MS = 2000, LOCK_MS = 30000;
// Unsaved answers survive if the browser or the server is killed. Two tabs may share them: every entry has an id.
const KEEP = `questions ${location.pathname}`;

let clicks = data.clicks;
let current = null;
let next = null; // a promise of the answer after this one
let ticked = new Set();
let began = performance.now();
let sending = false;
const before = []; // answers that were read here, the last one last
const skipped = new Set();

const unsaved = () => JSON.parse(localStorage.getItem(KEEP) || "[]");
const keep = (entries) => localStorage.setItem(KEEP, JSON.stringify(entries));
const say = (text) => { by("status").textContent = text; };

async function ask(path, body) {
  const reply = await fetch(api + path, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json", "X-Questions": "1" }, body: JSON.stringify(body),
  });
  if (!reply.ok) throw Object.assign(new Error(await reply.text()), { status: reply.status });
  return reply.json();
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Saving: in order, again and again until the server has it.
async function send() {
  if (sending) return;
  sending = true;
  let entries;
  while ((entries = unsaved()).length) {
    const [entry] = entries;
    try {
      const reply = await ask("mark", entry);
      around(reply);
      if (reply.clicks) setClicks(reply.clicks);
      keep(unsaved().filter((one) => one.event !== entry.event));
      if (by("status").dataset.waits) { say(""); delete by("status").dataset.waits; }
    } catch (error) {
      if (error.status && error.status !== 403 && error.status < 500) {
        keep(unsaved().filter((one) => one.event !== entry.event));
        say(error.status === 409 ? "The last answer has changed or was removed in the meantime, and was not saved." : "The last answer could not be saved.");
        continue;
      }
      by("status").dataset.waits = "1";
      say(`${entries.length} ${entries.length === 1 ? "answer is" : "answers are"} not saved yet; trying again.`);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
  sending = false;
}

function save(state, note = "") {
  if (!current) return;
  const entry = {
    event: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, digest: current.digest, marks: [...ticked],
    comment: by("comment").value.trim(), note, state, seconds: Math.round(performance.now() - began) / 1000,
  };
  keep([...unsaved(), entry]);
  before.push(current.digest);
  send();
  go();
}

// Moving.
function inFront() {
  return [current && current.digest, ...unsaved().map((entry) => entry.digest), ...skipped].filter(Boolean);
}

function fetchNext() {
  const wanted = `turn?without=${encodeURIComponent(inFront().join(","))}${data.asked ? "&asked=1" : ""}`;
  next = ask(wanted).then((reply) => ({ reply }), (error) => ({ error }));
}

async function go() {
  let found = next ? await next : null;
  if (!found || found.error || (found.reply.answer && inFront().includes(found.reply.answer.digest))) {
    current = null;
    fetchNext();
    found = await next;
  }
  if (found.error) {
    say("The application does not answer; trying again.");
    setTimeout(() => { next = null; go(); }, AGAIN_MS);
    return;
  }
  show(found.reply);
}

async function open(digest) {
  try {
    show(await ask(`turn?answer=${encodeURIComponent(digest)}`));
  } catch (error) {
    say("That answer cannot be shown.");
  }
}

function show(reply) {
  current = reply.answer;
  around(reply);
  began = performance.now();
  ticked = new Set(current ? current.marks : []);
  by("comment").value = current ? current.comment : "";
  by("notes").replaceChildren();
  for (const id of ["save", "ask", "skip"]) by(id).disabled = !current;
  if (!current) {
    by("answer-name").textContent = "Nothing left";
    by("about").textContent = reply.waits_for && reply.waits_for.length
      ? `You have read the shared answers. Your share opens when ${reply.waits_for.join(", ")} have read them as well.`
      : "There is no answer for you to read here now.";
    by("answer").replaceChildren();
    next = null;
  } else {
    by("answer-name").textContent = `Answer ${current.name}`;
    by("about").textContent = about(current);
    by("notes").append(...notes(current));
    // Cleaned by the server: it holds nothing that acts, and the page's policy runs no script but this one.
    by("answer").innerHTML = current.html;
    by("answer").scrollTop = 0;
    setTimeout(fetchNext);
  }
  draw();
}

function about(answer) {
  const kinds = {
    calibration: "Everybody reads this answer before the shares open.", second: "A second reading: the first score is hidden.",
    asked: "A grader is asking you about this one.",
  };
  const students = answer.students === 1 ? "One student." : `${answer.students} students wrote this.`;
  return [students, kinds[answer.kind] || "", answer.mine ? "You have read it." : ""].filter(Boolean).join(" ");
}

function notes(answer) {
  const found = [];
  const note = (text, ...more) => found.push(element("p", {}, text, ...more));
  if (answer.asked) note(`${answer.asked.by} asks: ${answer.asked.note || "(no words)"}`);
  if (answer.given.length) note(`Given: ${answer.given.map((r) => `${r.by} ${r.state === "asked" ? "asks" : r.score}`).join(", ")}.`);
  if (answer.before.length) note(`The answer was changed after it was read. It had ${answer.before.join(", ")} before.`);
  if (answer.locked_by) note(`${answer.locked_by} is reading this answer now.`);
  if (answer.outside.length) {
    const button = element("button", { type: "button", onclick: takeOver }, "Let the score from here count");
    note(`In the formgrader the score is ${answer.outside.join(", ")}, and that counts. `, data.head ? button : null);
  }
  return found;
}

async function takeOver() {
  await ask("settle", { digest: current.digest, over: true });
  open(current.digest);
}

// What is shown beside the answer.
function around(reply) {
  const p = reply.progress;
  by("bar").max = p.students || 1;
  by("bar").value = p.done;
  const left = reply.minutes === null ? "" : `, about ${Math.max(1, Math.round(reply.minutes))} min left`;
  const waits = reply.waiting ? `; ${reply.waiting} marks are waiting until the gradebook can be written` : "";
  by("progress").textContent = `${p.done} of ${p.students} students; ${p.mine} ${p.mine === 1 ? "answer" : "answers"} for you${p.mine ? left : ""}${waits}`;
}

function setClicks(found) {
  clicks = found;
  draw();
}

function keyOf(click) {
  const list = clicks.filter((one) => one.kind === click.kind);
  const place = list.indexOf(click);
  return (click.kind === "item" ? "123456789" : click.kind === "wrong" ? WRONG_KEYS : COMMENT_KEYS)[place] || "";
}

function draw() {
  for (const [kind, place] of [["item", "items"], ["wrong", "wrong"], ["comment", "comments"]]) {
    const lines = clicks.filter((click) => click.kind === kind).map(line);
    by(place).replaceChildren(...(lines.length ? lines : [element("p", { className: "soft" }, "None yet.")]));
  }
  const most = Number(page.querySelector(".score").textContent.split(" of ")[1]);
  const sum = clicks.filter((click) => ticked.has(click.name)).reduce((total, click) => total + click.points, 0);
  by("score").textContent = String(Math.round(Math.min(Math.max(sum, 0), most) * 100) / 100);
}

function line(click) {
  const id = `click-${click.name}`;
  const box = element("input", { type: "checkbox", id, checked: ticked.has(click.name), disabled: !current, onchange: () => toggle(click.name, id) });
  const label = element("label", { htmlFor: id });
  if (click.points || click.kind === "item") label.append(element("span", { className: "points" }, `${click.points} `));
  if (click.html) label.append(element("span", { innerHTML: click.html })); else label.append(click.text);
  if (click.kind !== "item" && click.told && click.told !== click.text) label.append(element("span", { className: "told" }, click.told));
  const used = click.used ? element("span", { className: "soft" }, `${click.used}×`) : null;
  const edit = data.head ? element("button", { type: "button", onclick: () => editClick(click) }, "Edit") : used;
  if (data.head) edit.setAttribute("aria-label", `Edit: ${click.text}`);
  return element("div", { className: "click" }, box, element("kbd", {}, keyOf(click)), label, edit || "");
}

function toggle(name, focus) {
  if (!current) return;
  ticked.has(name) ? ticked.delete(name) : ticked.add(name);
  draw();
  if (focus) by(focus).focus();
}

function setItems(on) {
  for (const click of clicks.filter((one) => one.kind === "item")) on ? ticked.add(click.name) : ticked.delete(click.name);
  draw();
}

// Changing the rubric.
let editing = null;
function editClick(click) {
  editing = click;
  by("edit-kind").value = click ? click.kind : "item";
  by("edit-points").value = click ? click.points : 0.5;
  by("edit-text").value = click ? click.text : "";
  by("edit-told").value = click ? click.told : "";
  by("edit-used").textContent = click ? `${click.used} read ${click.used === 1 ? "answer has" : "answers have"} it; all are scored again.` : "";
  by("edit").returnValue = "cancel";
  by("edit").showModal();
}

async function changeClick(body, tick) {
  try {
    const reply = await ask("click", body);
    if (tick) { ticked.add(reply.name); by("comment").value = ""; }
    setClicks(reply.clicks);
    around(reply);
  } catch (error) {
    say("That could not be changed.");
  }
}

by("edit").addEventListener("close", () => {
  const [choice, name] = [by("edit").returnValue, editing ? editing.name : ""];
  if (choice === "gone" && editing) changeClick({ name, gone: true });
  if (choice === "save" && by("edit-text").value.trim()) {
    const points = Number(by("edit-points").value);
    changeClick({ name, kind: by("edit-kind").value, points, text: by("edit-text").value, told: by("edit-told").value });
  }
});

function reuse() {
  const text = by("comment").value.trim();
  if (text) changeClick({ kind: "comment", points: 0, text, told: text }, true);
}

async function takeBack() {
  await settled();
  try {
    const reply = await ask("undo", {});
    setClicks(reply.clicks);
    if (reply.answer) show(reply); else around(reply);
    say(reply.undone ? "Undone." : "There is nothing of yours to undo here.");
  } catch (error) {
    say("That could not be undone now.");
  }
}

async function settled() {
  while (unsaved().length) await new Promise((done) => setTimeout(done, 50));
}

async function back() {
  const digest = before.pop();
  if (!digest) { say("There is no earlier answer."); return; }
  await settled();
  open(digest);
}

function skip() {
  if (!current) return;
  skipped.add(current.digest);
  before.push(current.digest);
  go();
}

function askInstructor() {
  const note = by("comment").value.trim();
  by("comment").value = "";
  save("asked", note);
  say("The instructor will see it.");
}

// Keys. Those without Ctrl can be switched off, for people who use speech input.
const keys = {
  Enter: () => save("read"), f: () => setItems(true), 0: () => setItems(false), z: takeBack, a: askInstructor, ArrowRight: skip, ArrowLeft: back,
  c: () => by("comment").focus(), "?": () => by("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const writes = event.target.matches("textarea, select, input:not([type=checkbox])");
  if (event.key === "Escape" && writes) { event.target.blur(); return; }
  if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); save("read"); return; }
  if (writes || event.ctrlKey || event.metaKey || event.altKey || !by("keys").checked) return;
  if (event.key === "Enter" && event.target.matches("button, a, summary")) return;
  if (event.repeat) return; // holding a key down would give points to answers that nobody has seen
  if (event.key.startsWith("Arrow") && event.target.closest(".text, .lines")) return;
  const click = clicks.find((one) => keyOf(one) === event.key);
  const act = click ? () => toggle(click.name) : Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (act) { event.preventDefault(); act(); }
});

const buttons = { save: () => save("read"), undo: takeBack, ask: askInstructor, skip, back, reuse, add: () => editClick(null), "help-open": () => by("help").showModal() };
for (const [id, act] of Object.entries(buttons)) if (by(id)) by(id).addEventListener("click", act);

setInterval(() => {
  if (document.hidden) return;
  Promise.resolve(next).then((found) => {
    const ahead = found && found.reply && found.reply.answer ? [found.reply.answer.digest] : [];
    if (current || ahead.length) ask("locks", { digests: [...(current ? [current.digest] : []), ...ahead] }).catch(() => {});
  });
}, LOCK_MS);

if (unsaved().length) {
  say("Saving answers that were not saved before.");
  send().then(() => { say(""); go(); });
} else {
  show(data.first);
}
