// Elements from text: whatever a program holds becomes text nodes, never HTML.

export const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
};

// One problem: with its line, `go` leads to its place, and `mend` applies one of its fixes.
export const problem = (one, { line, go, mend } = {}) => make("li", { class: one.severity },
  make("p", {}, make("span", { class: "severity" }, one.code ? `${one.severity}[${one.code}]` : one.severity), " ",
    go ? make("button", { type: "button", class: "place", onclick: () => go(one) }, `line ${line}`) : null,
    !go && one.line ? `${one.file}:${one.line}` : null,
    go || one.line ? ": " : null, make("span", { class: "what" }, one.message),
    one.label ? make("span", { class: "what" }, `: ${one.label}`) : null),
  one.help ? make("p", { class: "help" }, `help: ${one.help}`) : null,
  ...(one.fixes ?? []).map((fix) => make("p", {},
    make("button", { type: "button", class: "fix", onclick: () => mend(fix) }, fix.title))));

export const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
