({ title, author, parts }) => {
  // The front of the printed book: a title page, the contents by parts, and a page before each part. Chapters get marks by which their
  // page numbers are found after a first print.
  document.querySelector("#jb-print-docs-body")?.remove();
  const article = document.querySelector("article");
  const make = (name, parent, text = "", kind = "div") => {
    const made = document.createElement(kind);
    made.className = name;
    made.textContent = text;
    parent.append(made);
    return made;
  };
  const front = document.createElement("div");
  front.className = "front";
  const cover = make("cover", front);
  make("cover-title", cover, title, "p");
  make("cover-author", cover, author, "p");
  const contents = make("printed-contents", front, "", "nav");
  make("contents-title", contents, "Contents", "p");
  let count = 0;
  for (const { caption, files } of parts) {
    // The first page, which has no part, holds all others and has no mark of its own.
    const first = caption ? null : article.querySelector(":scope > section");
    const sections = files.map(file => document.getElementById(`document-${file}`)?.nextElementSibling ?? first).filter(Boolean);
    if (!sections.length) continue;
    if (caption) {
      make("contents-part", contents, caption, "p");
      const page = document.createElement("div");
      page.className = "part-page";
      page.textContent = caption;
      sections[0].before(page);
    }
    for (const section of sections) {
      const heading = section.querySelector("h1, h2, h3");
      if (!heading) continue;
      // The theme prints a title of its own in place of the first one, and that is gone.
      heading.style.display = "block";
      const mark = `printed-${count++}`;
      heading.insertAdjacentHTML("afterbegin", `<span id="${mark}"></span>`);
      const clone = heading.cloneNode(true);
      clone.querySelectorAll(".headerlink").forEach(link => link.remove());
      const line = make("contents-line", contents, "", "a");
      line.href = `#${mark}`;
      make("contents-name", line, clone.textContent.trim(), "span");
      make("contents-page", line, "000", "span").dataset.mark = mark;
    }
  }
  article.prepend(front);
}
