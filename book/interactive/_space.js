// Three examples make a space of three axes. Draws the plane of ones and of the normalized feature, an upstream gradient with a handle at its tip, and
// what normalizing leaves of it. Dragging the handle moves the gradient within the screen, dragging elsewhere turns the view.
function space(box, view, moved, turned) {
  const size = [320, 264];
  box.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  const dot = (a, b) => a.reduce((sum, entry, i) => sum + entry * b[i], 0);
  const screen = () => {
    const [turn, tilt] = [view.turn, view.tilt].map((degrees) => (degrees * Math.PI) / 180);
    return [
      [Math.cos(turn), Math.sin(turn), 0],
      [Math.sin(turn) * Math.sin(tilt), -Math.cos(turn) * Math.sin(tilt), Math.cos(tilt)],
    ];
  };
  let [scale, drag, last] = [40, null, null];
  const at = (event) => {
    const frame = box.getBoundingClientRect();
    // The picture keeps its proportions: on a phone there is room beside it, which is not a part of it.
    const unit = Math.min(frame.width / size[0], frame.height / size[1]);
    return [(event.clientX - frame.left) / unit, (event.clientY - frame.top) / unit];
  };
  box.addEventListener("pointerdown", (event) => {
    drag = event.target.closest(".handle") ? "tip" : "view";
    last = at(event);
    box.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  box.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const now = at(event);
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    last = now;
    if (drag === "tip") {
      const [across, up] = screen();
      moved((entry, i) => Math.max(-50, Math.min(50, entry + (dx * across[i] - dy * up[i]) / scale)));
    } else {
      view.turn = (view.turn - dx * 0.7 + 360) % 360;
      view.tilt = Math.max(-90, Math.min(90, view.tilt + dy * 0.7));
      turned();
    }
  });
  for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => { drag = null; });

  return (g, hat) => {
    const { rest } = takeApart(g, hat);
    const [across, up] = screen();
    const group = fresh(box);
    // While the tip is dragged the scale stays, or the hand would lose it.
    if (drag !== "tip") scale = 112 / Math.max(1.9, ...[g, rest].map((v) => Math.hypot(...v)));
    const flat = (v) => [size[0] / 2 + scale * dot(v, across), size[1] / 2 - scale * dot(v, up)];
    const line = (from, to, attributes) => {
      const [[x1, y1], [x2, y2]] = [flat(from), flat(to)];
      group.append(svg("line", { x1, y1, x2, y2, "stroke-linecap": "round", ...attributes }));
    };
    const name = (v, text, attributes = {}) => {
      const [x, y] = flat(v);
      const side = x > size[0] / 2 ? 1 : -1;
      const far = Math.min(size[0] - 6, Math.max(6, x + side * 9));
      const room = text.length * 6.6;
      const anchor = side > 0 ? (far + room > size[0] - 4 ? "end" : "start") : far - room < 4 ? "start" : "end";
      group.append(svg("text", { x: far, y: Math.min(size[1] - 6, Math.max(14, y + (anchor === "end" && side > 0 ? -12 : 4))), "text-anchor": anchor, class: "halo", ...attributes }, text));
    };
    const arrow = (to, stroke, width) => {
      const [[x1, y1], [x2, y2]] = [flat([0, 0, 0]), flat(to)];
      const length = Math.hypot(x2 - x1, y2 - y1);
      if (length < 3) { group.append(svg("circle", { cx: x1, cy: y1, r: width, fill: stroke })); return; }
      const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
      const head = Math.min(length, 5 + 2 * width);
      group.append(svg("line", { x1, y1, x2: x2 - ux * head * 0.8, y2: y2 - uy * head * 0.8, stroke, "stroke-width": width, "stroke-linecap": "round" }));
      group.append(svg("path", { d: `M${x2} ${y2}l${-ux * head + uy * head * 0.5} ${-uy * head - ux * head * 0.5}l${-uy * head} ${ux * head}z`, fill: stroke }));
    };
    const times = (v, by) => v.map((entry) => by * entry);
    const reach = 74 / scale;
    const unit = (v) => times(v, 1 / (Math.hypot(...v) || 1));
    const [one, feature] = [times(unit([1, 1, 1]), 1.2 * reach), times(unit(hat), 1.2 * reach)];
    for (let axis = 0; axis < 3; axis += 1) {
      const end = [0, 0, 0];
      end[axis] = 1.75 * reach;
      line([0, 0, 0], end, { stroke: "var(--rule)", "stroke-width": 1.5 });
      const [ex, ey] = flat(end);
      const [tx, ty] = flat(g);
      const clear = Math.abs(ex - tx) > 75 || Math.abs(ey - ty) > 46;
      if (clear && Math.hypot(ex - size[0] / 2, ey - size[1] / 2) > 45) name(end, `example ${axis}`, { class: "halo faint", style: "font-size:11px" });
    }
    const corners = [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([a, b]) => flat(one.map((entry, i) => a * entry + b * feature[i])).join(","));
    group.append(svg("polygon", { points: corners.join(" "), fill: "var(--a)", "fill-opacity": 0.1, stroke: "var(--a)", "stroke-opacity": 0.45 }));
    line(times(one, -1), one, { stroke: "var(--a)", "stroke-width": 1.5, "stroke-dasharray": "2 4" });
    line(times(feature, -1), feature, { stroke: "var(--a)", "stroke-width": 1.5, "stroke-dasharray": "8 4" });
    name(one, "1", { fill: "var(--a)" });
    name(feature, "x\u0302", { fill: "var(--a)" });
    line(rest, g, { stroke: "var(--d)", "stroke-width": 2, "stroke-dasharray": "10 3 2 3" });
    arrow(g, "var(--b)", 2.5);
    arrow(rest, "var(--c)", 5);
    if (Math.hypot(...rest) * scale > 12) name(rest, "left", { style: "font-weight:700" });
    const [cx, cy] = flat(g);
    const handle = svg("g", { class: "handle" });
    handle.append(svg("circle", { cx, cy, r: 24, fill: "transparent" }), svg("circle", { cx, cy, r: 9, fill: "var(--paper)", stroke: "var(--b)", "stroke-width": 3 }), svg("circle", { cx, cy, r: 3, fill: "var(--b)" }));
    // Away from what is left, so that both names can be read.
    const under = flat(rest)[1] < cy;
    group.append(svg("text", { x: Math.max(34, Math.min(size[0] - 34, cx)), y: Math.max(14, Math.min(size[1] - 6, cy + (under ? 27 : -15))), "text-anchor": "middle", class: "halo", style: "font-weight:700" }, "upstream"));
    group.append(handle);
  };
}
