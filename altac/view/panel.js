// What is beside the table: why the selected value is what it is, and other views of the same place.

// The panel ---------------------------------------------------------------------------------------------------

const TABS = { why: "Why", attention: "Attention", stream: "Stream", program: "Program", rules: "Rules" };
const tabs = make("div", { role: "tablist", "aria-label": "about the selected value" });
const panel = make("div", { role: "tabpanel", tabindex: 0, id: "panel" });
for (const [key, title] of Object.entries(TABS)) {
  tabs.append(make("button", { role: "tab", id: `tab-${key}`, "aria-controls": "panel", onclick: () => choose(key) }, title));
}
tabs.addEventListener("keydown", (event) => {
  const keys = Object.keys(TABS), step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  choose(keys[(keys.indexOf(tab) + step + keys.length) % keys.length]);
  document.getElementById(`tab-${tab}`).focus();
  event.preventDefault();
});
const choose = (key) => {
  tab = key;
  fill();
  report();
};
const back = () => {
  const before = past.pop();
  if (before) select(before.row, before.position, false);
};

const link = (one, withValue = true) => make("button", { class: "link", onclick: () => goTo(one) },
  withValue ? `${run.names[one.name].name} = ${valueOf(one)}` : run.names[one.name].name);
const sourceLine = (at) => {
  if (at === null) return null;
  const source = run.sources[at.source];
  const text = source.text.split("\n").slice(at.line - 1, at.last).join("\n").trim();
  return make("div", { class: "line" },
    make("button", { class: "link", onclick: () => choose("program") }, `${source.name}:${at.line}`),
    make("pre", {}, make("code", {}, text)));
};
const isRead = (name) => run.names[name].place === null && isState(name); // `token` and `position`
const factItem = (one) => {
  const from = originOf(one), since = from.layer === one.layer ? "" : `, since ${layerName(from.layer)}`;
  const what = isRead(one.name) ? `${run.names[one.name].name} = ${valueOf(one)}` : link(from);
  return make("li", {}, what, ` at ${symbol(one.position)}, ${isState(one.name) ? "after" : "in"} ${layerName(one.layer)}${since}`);
};
const some = (items, all, render_) => {
  const parts = items.slice(0, MOST_LISTED).map(render_);
  if (items.length > MOST_LISTED) parts.push(make("li", {}, `and ${items.length - MOST_LISTED} more`));
  return make("ul", {}, ...parts);
};

const why = () => {
  const one = fact(), origin = originOf(one), cause = causeOf(one), name = run.names[one.name];
  const parts = [make("h2", {}, `${name.name} = ${valueOf(one)}`)];
  const since = origin.layer === one.layer ? "" : `, since ${layerName(origin.layer)}`;
  parts.push(make("p", {}, `at position ${symbol(one.position)}, ${isState(one.name) ? "after" : "in"} ${layerName(one.layer)}${since}`));
  parts.push(make("p", { class: "soft" }, `${name.kind} of ${name.domain}`));
  const differs = differences.get(`${origin.name} ${origin.layer} ${origin.position}`);
  if (differs !== undefined) parts.push(make("p", { class: "bad" }, `The program gives ${differs} here: the weights do something else.`));
  if (cause === null) return parts;
  if (cause.kind === "initial") parts.push(make("p", {}, `The initial value for this ${cause.text}.`));
  if (cause.kind === "stays") parts.push(make("p", {}, "No rule fires: it is assigned the value that it has."));
  if (cause.kind === "unread") parts.push(make("p", { class: "bad" }, "The residual stream holds no value of what decides it."));
  if (cause.kind === "unruled") parts.push(make("p", { class: "bad" }, "No rule of the program changes it here."));
  if (["rule", "sum"].includes(cause.kind)) parts.push(make("pre", { class: "rule" }, make("code", {}, cause.text)));
  parts.push(sourceLine(cause.place));
  if (cause.kind === "head") parts.push(...whyHead(origin));
  const reads = readsOf(one);
  if (reads.length) parts.push(make("h3", {}, "It reads"), some(reads, reads, factItem));
  const looks = looksNow();
  if (cause.kind !== "head" && looks.length) {
    parts.push(make("h3", {}, "Its heads looked at"), some(looks, looks, (look) => {
      const keys = [...look.pattern].flatMap((code, key) => (isSelected(code) ? [key] : []));
      return make("li", {}, link(look.fact, false), `: ${keys.length ? keys.slice(0, 20).map(symbol).join(", ") : "no position"}`);
    }));
  }
  if (run.output_where && one.layer === last && run.columns[one.position].is_output) {
    parts.push(make("h3", {}, `The output is read here: ${run.output_where}`));
    const facts = run.output_by.flatMap((name_) => {
      let layer = last;
      while (layer > 0 && !run.names[name_].rows[layer]) layer--;
      return run.names[name_].rows[layer] ? [{ name: name_, layer, position: one.position }] : [];
    });
    parts.push(some(facts, facts, factItem));
  }
  return parts;
};

const whyHead = (one) => {
  const name = run.names[one.name], pattern = lookOf(one), found = run.layers[one.layer].found;
  if (pattern === null || pattern.includes("?")) return [make("p", { class: "bad" }, "What it selects is not known.")];
  const keys = [...pattern].flatMap((code, key) => (isSelected(code) ? [key] : []));
  const about = (key) => {
    const names = [...new Set([name.brings, ...name.conditions.map((condition) => condition.key)])].filter((n) => n >= 0);
    const parts = names.map((n) => ({ name: n, layer: found[n], position: key })).filter((read) => read.layer >= 0);
    return [symbol(key), parts.length ? ": " : "", ...parts.flatMap((read, number) =>
      [number ? ", " : "", isRead(read.name) ? `${run.names[read.name].name} = ${valueOf(read)}` : link(originOf(read))])];
  };
  const takes = pattern.includes("s") ? " Those that decide are marked." : "";
  const parts = [make("h3", {}, keys.length ? `It selects ${keys.length} of ${width} positions.${takes}` : "It selects no position.")];
  if (keys.length) parts.push(some(keys, keys, (key) => make("li", {}, ...about(key), pattern[key] === "t" && takes ? " (decides)" : "")));
  const queries = [...new Set(name.conditions.map((condition) => condition.query))].filter((n) => n >= 0);
  if (queries.length) {
    parts.push(make("h3", {}, "The query has"), some(queries, queries, (n) => factItem({ name: n, layer: found[n], position: one.position })));
  }
  const refused = [...pattern].flatMap((code, key) => (isSelected(code) ? [] : [key]));
  if (!refused.length) return parts;
  const details = make("details", {}, make("summary", {}, `Refused positions (${refused.length})`),
    some(refused, refused, (key) => {
      if (pattern[key] === ".") return make("li", {}, `${symbol(key)}: out of reach`);
      const condition = name.conditions[pattern.charCodeAt(key) - 65];
      const side = (word, n, position) => (n < 0 ? [] : [`${word}.${run.names[n].name} = ${valueOf({ name: n, layer: found[n], position })}`]);
      return make("li", {}, `${symbol(key)}: ${[...side("key", condition.key, key), ...side("query", condition.query, one.position)].join(" and ")}`);
    }));
  details.open = showsRefused;
  details.addEventListener("toggle", () => {
    showsRefused = details.open;
    drawArcs();
  });
  return [...parts, details];
};

const attention = () => {
  const heads = run.names.map((one, name) => ({ one, name })).filter(({ one }) => one.kind === "head" && one.looks.some(Boolean));
  if (!heads.length) return [make("p", {}, "This program has no heads.")];
  const at = rows[active.row].layer;
  if (head === NOTHING) head = (looksNow()[0] || { fact: { name: heads[0].name } }).fact.name;
  const layers = run.names[head].looks.flatMap((look, layer) => (look ? [layer] : []));
  const layer = layers.filter((one) => one <= at).pop() ?? layers[0];
  const chosen = make("select", { id: "head", onchange: (event) => { head = Number(event.target.value); fill(); } },
    ...heads.map(({ one, name }) => make("option", { value: name }, one.name)));
  chosen.value = String(head);
  const look = run.names[head].looks[layer].map((number) => run.patterns[number]);
  const size = Math.max(2, Math.min(28, Math.floor(380 / width))), ratio = 2;
  const picture = make("canvas", {
    width: width * size * ratio, height: width * size * ratio, role: "img",
    "aria-label": `attention of ${run.names[head].name} in ${layerName(layer)}: queries down, keys across`,
    onclick: (event) => {
      const box = picture.getBoundingClientRect();
      select(active.row, Math.floor(((event.clientY - box.top) / box.height) * width));
    },
  });
  picture.style.width = `${width * size}px`;
  const pen = picture.getContext("2d"), style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const colours = { t: colour("--head"), s: colour("--focus"), ".": colour("--back"), "?": colour("--bad") };
  const step = size * ratio;
  look.forEach((pattern, query) => [...pattern].forEach((code, key) => {
    pen.fillStyle = colours[code] || colour("--line");
    pen.fillRect(key * step, query * step, step - (size > 4 ? 1 : 0), step - (size > 4 ? 1 : 0));
  }));
  pen.strokeStyle = colour("--mark");
  pen.lineWidth = 2;
  pen.strokeRect(1, active.position * step, width * step - 2, step);
  const keys = [...look[active.position]].flatMap((code, key) => (isSelected(code) ? [key] : []));
  const said = keys.length ? keys.slice(0, 40).map(symbol).join(", ") : "no position";
  return [
    make("p", {}, make("label", { for: "head" }, "Head "), chosen, ` in ${layerName(layer)}`), picture,
    make("p", {}, `Query ${symbol(active.position)} selects ${said}.`),
    make("p", { class: "soft" }, "Queries down, keys across. Selected keys are filled, refused ones grey, those out of reach empty."),
    make("p", {}, link({ name: head, layer, position: active.position })),
  ];
};

const stream = () => {
  const { layer, position } = fact(), lines = [];
  if (run.stream) {
    const values = new Map(), state = run.stream.states[layer][position];
    for (let i = 0; i < state.length; i += 2) values.set(state[i], state[i + 1]);
    run.stream.axes.forEach((axis, number) => {
      if (showsZeros || values.has(number)) lines.push([axis, String(values.get(number) ?? 0)]);
    });
  } else {
    run.names.forEach((one, name) => {
      if (!one.rows[layer] || one.kind === "test") return;
      const value = valueOf({ name, layer, position });
      if (!one.values.length) lines.push([`${one.name}`, value]);
      for (const text of one.values) if (showsZeros || text === value) lines.push([`${one.name}=${text}`, text === value ? "1" : "0"]);
    });
  }
  const box = make("input", { type: "checkbox", id: "zeros", onchange: () => { showsZeros = box.checked; fill(); } });
  box.checked = showsZeros;
  const about = run.stream ? "The residual stream of the weights" : "The values as dimensions, one for each value";
  return [
    make("h2", {}, `Position ${symbol(position)}, ${layer ? `after ${layerName(layer)}` : "before the first layer"}`),
    make("p", { class: "soft" }, `${about}.`), make("p", {}, box, make("label", { for: "zeros" }, " also zeros")),
    make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "dimension"), make("th", { scope: "col" }, "value"))),
      make("tbody", {}, ...lines.slice(0, 2000).map(([axis, value]) =>
        make("tr", {}, make("td", {}, make("code", {}, axis)), make("td", { class: "number" }, value))))),
  ];
};

const program = () => {
  const cause = causeOf(fact()), here = cause && cause.place ? cause.place : run.names[fact().name].place;
  return run.sources.flatMap((source, number) => [
    make("h3", {}, source.name),
    make("ol", { class: "source", tabindex: 0, "aria-label": source.name }, ...source.text.replace(/\n$/, "").split("\n").map((text, index) => {
      const isHere = here && here.source === number && index + 1 >= here.line && index + 1 <= here.last;
      return make("li", isHere ? { class: "here", "aria-current": "true" } : {}, make("pre", {}, make("code", {}, text || " ")));
    })),
  ]);
};

const rules = () => [make("h3", {}, "Sizes"), make("pre", {}, run.sizes), make("h3", {}, "Rules"),
  make("pre", { tabindex: 0, "aria-label": "rules" }, make("code", {}, run.rules))];

const fill = () => {
  for (const key of Object.keys(TABS)) {
    const element = document.getElementById(`tab-${key}`);
    element.setAttribute("aria-selected", String(key === tab));
    element.tabIndex = key === tab ? 0 : -1;
  }
  panel.setAttribute("aria-labelledby", `tab-${tab}`);
  const parts = { why, attention, stream, program, rules }[tab]();
  panel.replaceChildren(...parts.filter((one) => one !== null));
  const here = panel.querySelector(".here");
  if (here) here.scrollIntoView({ block: "center" });
  else panel.scrollTop = 0;
};
