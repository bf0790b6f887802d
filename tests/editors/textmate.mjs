// Reads texts, as a JSON list, and writes what VS Code's own tokenizer says of each: [begin, end, scope] by characters.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const grammar = new URL("../../editors/vscode/alta.tmLanguage.json", import.meta.url);
const require = createRequire(grammar);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
const registry = new textmate.Registry({
  onigLib: {
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  },
  loadGrammar: () => textmate.parseRawGrammar(readFileSync(grammar, "utf8"), "alta.tmLanguage.json"),
});
const alta = await registry.loadGrammar("source.alta");
const length = (text) => [...text].length;

function tokens(text) {
  const found = [];
  let stack = textmate.INITIAL;
  let start = 0;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = alta.tokenizeLine(line, stack);
    for (const { startIndex, endIndex, scopes } of tokens) {
      const [begin, end] = [startIndex, endIndex].map((at) => start + length(line.slice(0, at)));
      found.push([begin, end, scopes.slice(1).join(" ")]);
    }
    stack = ruleStack;
    start += length(line) + 1;
  }
  return found;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(tokens)));
