// What the run holds, and which of its values is selected. All of it becomes text nodes and properties, never HTML.

const run = JSON.parse(document.getElementById("run").textContent);
const NOTHING = -1;
const ROW = 26, ARCS = 64, MARGIN = 6; // pixels; rows and columns that are drawn beyond what is seen
const CHARACTER = 8, MOST_LISTED = 200;

const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
};
const drawn = (tag, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// What the run holds ------------------------------------------------------------------------------------------

const last = run.layers.length - 1, width = run.columns.length;
const rows = []; // lines of the table: a layer, a name
run.layers.forEach((_, layer) => {
  const order = (one) => (["head", "test"].includes(one.kind) ? 0 : 1);
  const shown = run.names.map((one, name) => ({ one, name })).filter(({ one }) => one.rows[layer] && one.place);
  shown.sort((a, b) => order(a.one) - order(b.one) || a.name - b.name);
  shown.forEach(({ name }, number) => rows.push({ layer, name, first: number === 0 }));
});
const rowOf = new Map(rows.map(({ layer, name }, row) => [`${layer} ${name}`, row]));
const differences = new Map(run.differences.map((one) => [`${one.name} ${one.layer} ${one.position}`, one.expected]));
const isState = (name) => ["variable", "value"].includes(run.names[name].kind);
const valueOf = ({ name, layer, position }) => {
  const row = run.names[name].rows[layer];
  return row ? run.names[name].texts[row[position]] : "";
};
const originOf = (fact) => ({ ...fact, layer: run.names[fact.name].origins[fact.layer][fact.position] });
const causeOf = (fact) => {
  const origin = originOf(fact), number = run.names[origin.name].causes[origin.layer][origin.position];
  return number === NOTHING ? null : run.causes[number];
};
const isChanged = ({ name, layer, position }) => {
  if (!isState(name) || layer === 0 || !run.names[name].rows[layer - 1]) return false;
  return valueOf({ name, layer, position }) !== valueOf({ name, layer: layer - 1, position });
};
const lookOf = ({ name, layer, position }) => {
  const look = run.names[name].looks[layer];
  return look ? run.patterns[look[position]] : null;
};
const isSelected = (code) => code === "t" || code === "s";
const readsOf = (fact) => {
  const origin = originOf(fact), cause = causeOf(fact);
  if (cause === null || cause.kind === "head") return [];
  if (cause.kind === "unruled") return [{ ...origin, layer: origin.layer - 1 }];
  return cause.reads
    .map((name) => ({ name, layer: run.layers[origin.layer].found[name], position: origin.position }))
    .filter((read) => read.layer !== NOTHING);
};
const layerName = (layer) =>
  layer === 0 ? "the start" : `layer ${layer}${run.layers[layer].name ? ` (${run.layers[layer].name})` : ""}`;
const symbol = (position) => `${position} (${run.columns[position].symbol})`;

// The selection -----------------------------------------------------------------------------------------------

const outputAt = run.columns.map((one, position) => (one.is_output ? position : NOTHING)).filter((one) => one >= 0);
const begin = () => {
  const position = outputAt.length ? outputAt[outputAt.length - 1] : width - 1;
  for (let layer = last; layer >= 0; layer--) {
    const row = rowOf.get(`${layer} ${run.output_name}`);
    if (row !== undefined) return { row, position };
  }
  return { row: rows.length - 1, position };
};
let active = begin();
let tab = "why", showsRefused = false, head = NOTHING, showsZeros = false, queued = false;
const past = [];
const fact = () => ({ ...rows[active.row], position: active.position });

const select = (row, position, remember = true) => {
  row = Math.max(0, Math.min(rows.length - 1, row));
  position = Math.max(0, Math.min(width - 1, position));
  if (row === active.row && position === active.position) return;
  if (remember) past.push(active);
  active = { row, position };
  if (run.names[rows[row].name].kind === "head") head = rows[row].name;
  intoView();
  update();
};
const goTo = (one) => {
  const row = rowOf.get(`${one.layer} ${one.name}`);
  if (row !== undefined) select(row, one.position);
  else tell(`${run.names[one.name].name} has no line of its own`);
};
