"use strict";
offer($("loss"), Object.keys(DATA.errors).map((name) => [name, name]));
offer($("bug"), DATA.bugs.map((name, k) => [k, name]), 1);
offer($("rule"), DATA.rules.map((name, k) => [k, name]), DATA.rules.length - 1);

// An error is counted in units of what the rule allows.
const passes = (error) => error <= 1;
const misleads = (error, bug) => passes(error) !== (bug === 0);

function cell(name, text, className = "", scope = null) {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  if (scope) made.scope = scope;
  return made;
}

function draw() {
  const errors = DATA.errors[$("loss").value];
  const [bug, rule] = [Number($("bug").value), Number($("rule").value)];
  const head = document.createElement("tr");
  head.append(cell("td", ""), ...DATA.rules.map((name) => cell("th", name, "", "col")));
  const rows = errors.map((row, b) => {
    const line = document.createElement("tr");
    line.append(cell("th", DATA.bugs[b], "", "row"), ...row.map((error, r) => {
      const verdict = `${passes(error) ? "passes" : "fails"}${misleads(error, b) ? " (lies)" : ""}`;
      return cell("td", verdict, `${misleads(error, b) ? "lie" : ""} ${b === bug && r === rule ? "on" : ""}`);
    }));
    return line;
  });
  const title = cell("caption", `Verdicts with the loss: ${$("loss").value}`);
  const body = document.createElement("tbody");
  body.append(head, ...rows);
  $("table").replaceChildren(title, body);
  const error = errors[bug][rule];
  const truth = misleads(error, bug) ? (bug === 0 ? "It rejects right code." : "It accepts wrong code.") : "That is the truth.";
  say(`Loss ${$("loss").value}, mistake ${DATA.bugs[bug]}, rule ${DATA.rules[rule]}: the error is ${small(error)} times what is allowed, so the check ${passes(error) ? "passes" : "fails"}. ${truth}`);
  const lies = errors.flatMap((row, b) => row.map((e) => misleads(e, b))).filter(Boolean).length;
  $("count").textContent = `With this loss ${lies} of ${errors.length * DATA.rules.length} verdicts mislead. Relative: each entry's error over the sum of both sizes, up to rtol = ${small(DATA.rtol)}. Absolute: the largest error, up to the same number. Scaled: the largest error, up to atol + rtol times the largest entry, atol = ${small(DATA.atol)}.`;
}

for (const name of ["loss", "bug", "rule"]) $(name).addEventListener("change", draw);
draw();
