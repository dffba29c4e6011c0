// Comments on lines of a student's function.
"use strict";

const dialog = document.getElementById("writing");
const box = document.getElementById("line-comment");
let about = null;

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-line]");
  if (!button) return;
  about = { address: button.closest("section").dataset.address, line: Number(button.dataset.line), id: button.dataset.id || "" };
  document.getElementById("writing-title").textContent = `Comment on line ${about.line}`;
  box.value = button.dataset.comment || "";
  dialog.returnValue = "cancel";
  dialog.showModal();
});

dialog.addEventListener("close", async () => {
  if (dialog.returnValue !== "save") return;
  const body = { line: about.line, id: about.id, comment: box.value };
  const reply = await fetch(about.address, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Questions": "1" }, body: JSON.stringify(body),
  });
  if (reply.ok) location.reload();
  else document.getElementById("status").textContent = "The comment could not be saved.";
});

document.addEventListener("keydown", (event) => {
  if (dialog.open || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".lines")) return;
  const link = document.querySelector({ ArrowRight: "a[rel=next]", ArrowLeft: "a[rel=prev]" }[event.key] || "none");
  if (link) link.click();
});
