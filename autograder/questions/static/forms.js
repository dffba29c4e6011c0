// Buttons and forms that change something: one request, then a reload, or the token that was made.
"use strict";

const root = document.body.dataset.root;
const status = document.getElementById("status");

async function post(address, body) {
  const reply = await fetch(root + address, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Questions": "1" }, body: JSON.stringify(body),
  });
  if (!reply.ok) { status.textContent = "That did not work."; return; }
  const found = await reply.json();
  if (found.problem) { status.textContent = found.problem; return; }
  if (found.token) {
    status.textContent = `The address for ${body.add}, shown only once: ${new URL(`${root || "./"}?token=${found.token}`, location.href)}`;
    return;
  }
  location.reload();
}

for (const button of document.querySelectorAll("button[data-post]")) {
  button.addEventListener("click", () => {
    if (!button.dataset.sure || confirm(button.dataset.sure)) post(button.dataset.post, JSON.parse(button.dataset.body));
  });
}

for (const form of document.querySelectorAll("form[data-post]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = {};
    if (form.dataset.list) body[form.dataset.list] = [];
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.name === form.dataset.list) { if (field.checked) body[field.name].push(field.value); }
      else if (field.type === "checkbox") body[field.name] = field.checked;
      else body[field.name] = field.type === "number" ? Number(field.value) : field.value;
    }
    post(form.dataset.post, body);
  });
}
