// The editor: CodeMirror with the words of the language, and what the server says about the text.

import {
  Decoration, EditorState, EditorView, HighlightStyle, StateEffect, StateField, StreamLanguage, autocompletion,
  bracketMatching, defaultKeymap, drawSelection, highlightActiveLine, history, historyKeymap, hoverTooltip, indentUnit,
  keymap, lineNumbers, lintGutter, lintKeymap, setDiagnostics, showTooltip, syntaxHighlighting, tags,
} from "./codemirror.js";
import { make } from "./making.js";

const language = (words) => StreamLanguage.define({
  name: "alta",
  startState: () => ({ inDocstring: false }),
  token: (stream, state) => {
    if (state.inDocstring || stream.match('"""')) {
      state.inDocstring = !stream.match(/.*?"""/);
      if (state.inDocstring) stream.skipToEnd();
      return "docString";
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^\d+(\.\d+)?/)) return "number";
    const word = stream.match(/^[A-Za-z_]\w*/);
    if (word) return words.has(word[0]) ? "keyword" : "variableName";
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "#" } },
});
const style = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--word)", fontWeight: "600" },
  { tag: tags.string, color: "var(--text)" },
  { tag: tags.docString, color: "var(--text)" },
  { tag: tags.number, color: "var(--number)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);
const theme = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--back)", color: "var(--fore)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace', fontSize: "13.5px",
    lineHeight: "1.5",
  },
  ".cm-content": { caretColor: "var(--fore)" },
  ".cm-cursor": { borderLeftColor: "var(--fore)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--band)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--focus-back)",
  },
  ".name-head": { color: "var(--head)" },
  ".name-layer, .name-function, .name-type": { color: "var(--kind)" },
  ".name-constant": { color: "var(--number)" },
  ".cm-why": { backgroundColor: "var(--mark-back)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--fore)", border: "1px solid var(--line)" },
});

// The line that gave the selected value ------------------------------------------------------------------------

const setWhy = StateEffect.define();
const why = StateField.define({
  create: () => Decoration.none,
  update: (lines, transaction) => {
    let found = lines.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setWhy)) found = effect.value;
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// What the name under the mouse is, or at the cursor after F1 ------------------------------------------------------

// The text is Markdown, of which there are blocks of code, code in a line, and paragraphs.
const plainly = (text) => text.trim().replace(/\n{2,}/g, "\n");
const shown = (text) => text.split(/^```\w*\n([^]*?)\n```$/m).map((part, number) => (number % 2
  ? make("pre", {}, make("code", {}, part))
  : make("div", {}, ...plainly(part).split(/`([^`\n]*)`/).map((piece, place) =>
    (place % 2 ? make("code", {}, piece) : piece)))));
const about = (found) => ({
  pos: found.from, end: found.to, above: true, said: plainly(found.text.replace(/^```.*$|`/gm, "")),
  create: () => ({ dom: make("div", { class: "about" }, ...shown(found.text)) }),
});
const setAbout = StateEffect.define();
const asked = StateField.define({
  create: () => null,
  update: (found, transaction) => {
    for (const effect of transaction.effects) if (effect.is(setAbout)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : found;
  },
  provide: (field) => showTooltip.from(field),
});

// What names are, as the server says: it knows which of them are heads, layers, functions --------------------------

// None of these classes begins with `cm-`: CodeMirror has a `cm-layer` of its own, which takes no room.
const NAMES = Object.fromEntries(["head", "layer", "function", "constant", "type"].map((kind) =>
  [kind, Decoration.mark({ class: `name-${kind}` })]));
const setNames = StateEffect.define();
const named = StateField.define({
  create: () => Decoration.none,
  update: (names, transaction) => {
    let found = names.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setNames)) found = effect.value;
    return found;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// Places: the server counts characters, CodeMirror UTF-16 ---------------------------------------------------------

const isWide = /[\ud800-\udfff]/;
const unitsOf = (text) => {
  if (!isWide.test(text)) return (place) => Math.min(place, text.length);
  const places = [];
  let units = 0;
  for (const character of text) {
    places.push(units);
    units += character.length;
  }
  return (place) => places[place] ?? units;
};
// Characters before a place of the text.
const characters = (document_, place) => [...document_.sliceString(0, place)].length;

export const editorIn = (parent, { words, nonce, onchange, onrun, complete, hover, say }) => {
  const run = { key: "Mod-Enter", run: () => { onrun(); return true; } };
  const aboutAt = async (state, place) => {
    const found = await hover(characters(state.doc, place));
    if (found.text === undefined || state.doc !== view.state.doc) return null;
    const units = unitsOf(state.doc.toString());
    return about({ text: found.text, from: units(found.start), to: units(found.end) });
  };
  const ask = {
    key: "F1",
    run: ({ state }) => {
      aboutAt(state, state.selection.main.head).then((found) => {
        view.dispatch({ effects: setAbout.of(found) });
        say(found ? found.said : "Nothing is known about what stands here.");
      });
      return true;
    },
  };
  const close = { key: "Escape", run: ({ state }) => {
    if (state.field(asked) === null) return false;
    view.dispatch({ effects: setAbout.of(null) });
    return true;
  } };
  const completion = async (context) => {
    const word = context.matchBefore(/\w*/);
    if (!context.explicit && word.from === word.to) return null;
    const found = await complete(characters(context.state.doc, context.pos));
    return { from: word.from, options: found.items ?? [], validFor: /^\w*$/ };
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        EditorView.cspNonce.of(nonce), EditorView.lineWrapping, lineNumbers(), history(), drawSelection(),
        bracketMatching(),
        highlightActiveLine(), lintGutter(), indentUnit.of("    "), language(new Set(words)),
        syntaxHighlighting(style), theme, why, named, asked, autocompletion({ override: [completion], icons: false }),
        hoverTooltip((view_, place) => aboutAt(view_.state, place)),
        keymap.of([run, ask, close, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "text of the program", spellcheck: "false" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) onchange(); }),
      ],
    }),
  });
  const units = () => unitsOf(view.state.doc.toString());
  const apply = (fix) => {
    const place = units();
    const changes = fix.changes.map(({ start, end, text }) => ({ from: place(start), to: place(end), insert: text }));
    view.dispatch({ changes, userEvent: "input.fix" });
    view.focus();
  };
  return {
    text: () => view.state.doc.toString(),
    set: (insert) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert }, selection: { anchor: 0 } }),
    apply,
    go: (one) => {
      const place = units();
      view.dispatch({ selection: { anchor: place(one.start), head: place(one.end) }, scrollIntoView: true });
      view.focus();
    },
    // Keeps the cursor in sight where the editor gets less room.
    follow: () => {
      if (view.hasFocus) view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) });
    },
    // Shows what is wrong and what names are; gives the line of each problem.
    show: (found, pieces) => {
      const place = units();
      const shown = found.map((one) => ({
        from: place(one.start), to: place(one.end), severity: one.severity,
        message: `${one.message}${one.label && `: ${one.label}`}${one.help && `\nhelp: ${one.help}`}`,
        actions: one.fixes.map((fix) => ({ name: fix.title, apply: () => apply(fix) })),
      }));
      const marks = pieces.filter((one) => one.colour in NAMES && one.start < one.end)
        .map((one) => NAMES[one.colour].range(place(one.start), place(one.end)));
      view.dispatch(setDiagnostics(view.state, shown), { effects: setNames.of(Decoration.set(marks)) });
      return found.map((one) => view.state.doc.lineAt(place(one.start)).number);
    },
    mark: (place) => {
      const lines = [];
      if (place && place.last <= view.state.doc.lines) {
        for (let line = place.line; line <= place.last; line++) {
          lines.push(Decoration.line({ class: "cm-why" }).range(view.state.doc.line(line).from));
        }
      }
      view.dispatch({ effects: setWhy.of(Decoration.set(lines)) });
    },
  };
};
