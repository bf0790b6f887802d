// Makes `../static/codemirror.js`. Its first line has the digest of what it is made from, which a test compares.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const digest = createHash("sha256");
for (const name of ["package.json", "package-lock.json", "codemirror.js", "build.mjs"]) digest.update(readFileSync(name));
await build({
  entryPoints: ["codemirror.js"],
  outfile: "../static/codemirror.js",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  banner: { js: `// CodeMirror, under the MIT license; see NOTICE. sha256 of its sources: ${digest.digest("hex")}` },
});
