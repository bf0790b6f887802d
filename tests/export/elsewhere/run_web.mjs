// Runs an exported graph in onnxruntime-web: node run.mjs FOLDER SEQUENCES, which are lists of tokens as JSON.
import fs from "node:fs";
import path from "node:path";
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;
const [folder, text] = process.argv.slice(2);
const session = await ort.InferenceSession.create(fs.readFileSync(path.join(folder, "model.onnx")));
const sequences = JSON.parse(text);
const width = Math.max(...sequences.map((tokens) => tokens.length));
const whole = (numbers, shape) => new ort.Tensor("int64", BigInt64Array.from(numbers.map(BigInt)), shape);
const padded = sequences.flatMap((tokens) => [...tokens, ...Array(width - tokens.length).fill(0)]);
const output = await session.run({
  tokens: whole(padded, [sequences.length, width]),
  lengths: whole(sequences.map((tokens) => tokens.length), [sequences.length]),
  most_layers: whole([-1], []),
});
const answers = [...output.answers.data].map(Number);
const rows = sequences.map((_, row) => answers.slice(row * width, (row + 1) * width));
console.log(JSON.stringify({ layers: [...output.layers.data].map(Number), answers: rows }));
