// The editor: CodeMirror with the words of the language, and what the server says about the text.

import {
  Decoration, EditorState, EditorView, HighlightStyle, StateEffect, StateField, StreamLanguage, bracketMatching,
  defaultKeymap, drawSelection, highlightActiveLine, history, historyKeymap, indentUnit, keymap, lineNumbers,
  lintGutter, lintKeymap, setDiagnostics, syntaxHighlighting, tags,
} from "./codemirror.js";

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

// Places: lines and columns count from 1, columns in characters; CodeMirror counts in UTF-16 -----------------------

const offset = (document_, line, column) => {
  if (line > document_.lines) return document_.length;
  const found = document_.line(Math.max(1, line));
  return Math.min(found.to, found.from + [...found.text].slice(0, column - 1).join("").length);
};

export const editorIn = (parent, { words, nonce, onchange, onrun }) => {
  const run = { key: "Mod-Enter", run: () => { onrun(); return true; } };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        EditorView.cspNonce.of(nonce), lineNumbers(), history(), drawSelection(), bracketMatching(),
        highlightActiveLine(), lintGutter(), indentUnit.of("    "), language(new Set(words)),
        syntaxHighlighting(style), theme, why,
        keymap.of([run, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "text of the program", spellcheck: "false" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) onchange(); }),
      ],
    }),
  });
  const from = (one) => offset(view.state.doc, one.line, one.column);
  const to = (one) => offset(view.state.doc, one.end_line, one.end_column);
  const apply = (fix) => {
    view.dispatch({ changes: fix.edits.map((edit) => ({ from: from(edit), to: to(edit), insert: edit.text })), userEvent: "input.fix" });
    view.focus();
  };
  return {
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } }),
    apply,
    go: (one) => {
      view.dispatch({ selection: { anchor: from(one), head: to(one) }, scrollIntoView: true });
      view.focus();
    },
    show: (problems) => view.dispatch(setDiagnostics(view.state, problems.filter((one) => one.line).map((one) => ({
      from: from(one), to: Math.max(from(one), to(one)), severity: one.severity,
      message: [one.label ? `${one.message}: ${one.label}` : one.message, one.help && `help: ${one.help}`].filter(Boolean).join("\n"),
      actions: (one.fixes ?? []).map((fix) => ({ name: fix.title, apply: () => apply(fix) })),
    })))),
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
