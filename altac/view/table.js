// The table: rows and columns that are out of sight are not in the document.

// The table ---------------------------------------------------------------------------------------------------

const longest = (texts) => texts.reduce((most, text) => Math.max(most, [...text].length), 0);
const cellWidth = Math.min(160, 22 + CHARACTER * Math.max(3,
  longest(run.columns.map((one) => one.symbol)), ...run.names.map((one) => (one.place ? longest(one.texts) : 0))));
const layerWidth = Math.max(2, longest(run.layers.map((one, layer) => `${layer} ${one.name}`)));
const labels = 48 + CHARACTER * (layerWidth + longest(run.names.map((one) => one.name)));
let labelWidth = labels;
const topHeight = ARCS + 2 * ROW;
const left = (position) => labelWidth + position * cellWidth;

const arcs = drawn("svg", { class: "arcs", "aria-hidden": "true", height: ARCS });
const corner = make("div", { class: "corner", role: "columnheader" });
const top = make("div", { class: "top", role: "row", "aria-rowindex": 1 }, arcs, corner);
const canvas = make("div", { class: "canvas", role: "presentation" }, top);
const grid = make("div", {
  class: "grid", role: "grid", tabindex: 0, "aria-label": "values: positions across, layers down",
  "aria-rowcount": rows.length + 1, "aria-colcount": width + 1, "aria-describedby": "keys",
}, canvas);
const place = (element, x, y, w, h) => {
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
  element.style.lineHeight = `${h}px`;
};
canvas.style.height = `${topHeight + rows.length * ROW}px`;
top.style.height = `${topHeight}px`;
Object.assign(corner.style, { height: `${topHeight}px`, paddingTop: `${ARCS}px` });
corner.append(make("div", {}, "position"), make("div", {}, "token"));

const shown = new Map(); // row number -> its element
const titles = new Map(); // position -> its header
let columns = [0, -1];

// The widths, for the room that there is; all that is in the document is then made anew.
const measure = () => {
  labelWidth = Math.min(innerWidth * 0.45, labels);
  for (const element of [canvas, top]) element.style.width = `${left(width) + 8}px`;
  corner.style.width = `${labelWidth}px`;
  arcs.setAttribute("width", left(width));
  columns = [0, -1];
};
const cell = (row, position) => {
  const one = { ...rows[row], position };
  const text = valueOf(one), changed = isChanged(one);
  const differs = differences.get(`${one.name} ${one.layer} ${position}`);
  const classes = [changed ? "changed" : "", differs === undefined ? "" : "differs"];
  if (one.name === run.output_name && one.layer === last && run.columns[position].is_output) classes.push("output");
  const where = `at ${symbol(position)}, ${layerName(one.layer)}`;
  const said = [`${run.names[one.name].name} = ${text} ${where}`, changed ? "changed" : "",
    differs === undefined ? "" : `the program gives ${differs}`];
  const element = make("div", {
    role: "gridcell", id: `c${row}-${position}`, class: classes.filter(Boolean).join(" "),
    "aria-colindex": position + 2, "aria-label": said.filter(Boolean).join(", "), "data-position": position,
  }, text);
  place(element, left(position) + 2, 1, cellWidth - 4, ROW - 2);
  return element;
};

const line = (row) => {
  const { layer, name, first } = rows[row];
  const label = first ? `${layer} ${run.layers[layer].name}` : "";
  const number = make("span", { class: "layer" }, label);
  number.style.width = `${layerWidth * CHARACTER + 12}px`;
  const title = make("div", { role: "rowheader", title: run.names[name].domain }, number, run.names[name].name);
  title.style.width = `${labelWidth}px`;
  title.style.lineHeight = `${ROW}px`;
  const kind = run.names[name].kind;
  const element = make("div", {
    role: "row", class: `row ${kind}${first ? " first" : ""}`, "aria-rowindex": row + 2, "data-row": row,
  }, title);
  place(element, 0, topHeight + row * ROW, left(width) + 8, ROW);
  for (let position = columns[0]; position <= columns[1]; position++) element.append(cell(row, position));
  return element;
};

const render = () => {
  const from = Math.max(0, Math.floor((grid.scrollLeft - labelWidth) / cellWidth) - MARGIN);
  const to = Math.min(width - 1, Math.ceil((grid.scrollLeft + grid.clientWidth) / cellWidth) + MARGIN);
  const moved = from < columns[0] || to > columns[1];
  if (moved) {
    columns = [from, to];
    for (const element of [...shown.values(), ...titles.values()]) element.remove();
    shown.clear();
    titles.clear();
    for (let position = from; position <= to; position++) {
      const one = run.columns[position];
      const title = make("div", {
        role: "columnheader", "aria-colindex": position + 2, class: one.is_output ? "output" : "",
        title: one.is_output ? "the output is read here" : null, "data-position": position,
      }, make("div", { class: "soft" }, String(position)), make("div", {}, one.symbol));
      place(title, left(position), ARCS, cellWidth, ROW);
      title.style.height = `${2 * ROW}px`;
      titles.set(position, title);
      top.append(title);
    }
  }
  const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - MARGIN);
  const final = Math.min(rows.length - 1, Math.ceil((grid.scrollTop + grid.clientHeight - topHeight) / ROW) + MARGIN);
  for (const [row, element] of shown) {
    if (row < first || row > final) {
      element.remove();
      shown.delete(row);
    }
  }
  for (let row = first; row <= final; row++) {
    if (!shown.has(row)) {
      const element = line(row);
      shown.set(row, element);
      canvas.append(element);
      markLine(row, element);
    }
  }
  if (moved) mark();
};

// What is marked: the layer, the active cell and those that its value was made from, by row.
let marks = { layer: 0, cells: new Map() };
const findMarks = () => {
  const cells = new Map([[active.row, new Map([[active.position, "active"]])]]);
  const add = (row, position) => {
    if (row === undefined) return;
    if (!cells.has(row)) cells.set(row, new Map());
    if (!cells.get(row).has(position)) cells.get(row).set(position, "read");
  };
  for (const one of readsOf(fact())) add(rowOf.get(`${one.layer} ${one.name}`), one.position);
  for (const look of looksNow()) {
    if (look.brings === NOTHING) continue;
    const row = rowOf.get(`${run.layers[look.fact.layer].found[look.brings]} ${look.brings}`);
    [...look.pattern].forEach((code, key) => { if (code === "t") add(row, key); });
  }
  marks = { layer: rows[active.row].layer, cells };
};
const markLine = (row, element) => {
  element.classList.toggle("now", rows[row].layer === marks.layer);
  for (const [position, kind] of marks.cells.get(row) ?? []) {
    const one = position < columns[0] ? null : element.children[position - columns[0] + 1];
    if (!one) continue;
    one.classList.add(kind);
    if (kind === "active") one.setAttribute("aria-selected", "true");
  }
};
const mark = () => {
  for (const one of canvas.querySelectorAll(".active, .read")) {
    one.classList.remove("active", "read");
    one.removeAttribute("aria-selected");
  }
  findMarks();
  for (const [row, element] of shown) markLine(row, element);
  const keys = new Set(looksNow().flatMap((look) =>
    [...look.pattern].flatMap((code, key) => (isSelected(code) ? [key] : []))));
  for (const [position, title] of titles) {
    title.classList.toggle("key", keys.has(position));
    title.classList.toggle("query", position === active.position);
  }
  grid.setAttribute("aria-activedescendant", `c${active.row}-${active.position}`);
};

const later = () => {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => { queued = false; render(); });
};

const intoView = () => {
  const y = active.row * ROW, x = active.position * cellWidth;
  if (y < grid.scrollTop) grid.scrollTop = y;
  const height = grid.clientHeight - topHeight - ROW;
  if (y > grid.scrollTop + height) grid.scrollTop = y - height;
  if (x < grid.scrollLeft) grid.scrollLeft = x;
  const across = grid.clientWidth - labelWidth - cellWidth;
  if (x > grid.scrollLeft + across) grid.scrollLeft = x - across;
};

grid.addEventListener("scroll", later, { passive: true });
grid.addEventListener("click", (event) => {
  const found = event.target.closest("[role=gridcell]");
  if (found) select(Number(found.parentElement.dataset.row), Number(found.dataset.position));
});
grid.addEventListener("keydown", (event) => {
  const far = Math.max(1, Math.floor((grid.clientHeight - topHeight) / ROW) - 1);
  const whole = event.ctrlKey || event.metaKey;
  const moves = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-far, 0], PageDown: [far, 0],
    Home: [whole ? -rows.length : 0, -width], End: [whole ? rows.length : 0, width],
  };
  if (event.key in moves && !event.altKey) {
    const [down, across] = moves[event.key];
    select(active.row + down, active.position + across);
  } else if (event.key === "Enter") {
    choose("why");
    panel.focus();
  } else if (event.key === "Backspace") back();
  else return;
  event.preventDefault();
});

// Arcs --------------------------------------------------------------------------------------------------------

// What heads looked at: the head that is selected, or those that the selected value was made from.
const looksNow = () => {
  const facts = run.names[fact().name].kind === "head" ? [fact()] : readsOf(fact());
  return facts.filter((one) => run.names[one.name].kind === "head" && lookOf(one) !== null)
    .map((one) => ({ fact: one, pattern: lookOf(one), brings: run.names[one.name].brings }));
};
const drawArcs = () => {
  arcs.replaceChildren();
  for (const { fact: one, pattern } of looksNow()) {
    [...pattern].forEach((code, key) => {
      if (!isSelected(code) && !(showsRefused && code !== ".")) return;
      const from = left(one.position) + cellWidth / 2, to = left(key) + cellWidth / 2;
      const height = Math.min(ARCS - 6, 18 + Math.abs(to - from) / 6);
      const loop = key === one.position;
      const path = loop
        ? `M ${from - 7} ${ARCS} C ${from - 14} ${ARCS - 26}, ${from + 14} ${ARCS - 26}, ${from + 7} ${ARCS}`
        : `M ${from} ${ARCS} C ${from} ${ARCS - height}, ${to} ${ARCS - height}, ${to} ${ARCS}`;
      const kind = code === "t" ? "taken" : code === "s" ? "chosen" : "refused";
      arcs.append(drawn("path", { d: path, class: kind }));
    });
  }
};
