// A link holds a whole program with its input, compressed, in the part of an address that no browser sends anywhere.

const START = "#p=", MOST = 4_000_000; // characters that a link may unfold to

const through = async (bytes, stream, most) => {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let size = 0;
  for (let one = await reader.read(); !one.done; one = await reader.read()) {
    parts.push(one.value);
    size += one.value.length;
    if (size > most) throw new RangeError("it holds too much");
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
};
const letters = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};
const numbers = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

export const fragmentOf = async (record) => {
  const bytes = new TextEncoder().encode(JSON.stringify(record));
  return START + letters(await through(bytes, new CompressionStream("deflate-raw"), Infinity));
};

const isText = (one) => typeof one === "string";
const isRecord = (one) => one !== null && typeof one === "object" && isText(one.text) && isText(one.input) &&
  isText(one.name) && ["interpreter", "weights"].includes(one.engine) &&
  one.files !== null && typeof one.files === "object" && Object.values(one.files).every(isText);

// What a fragment holds; null if it is no link, undefined if it is a broken one.
export const recordOf = async (fragment) => {
  if (!fragment.startsWith(START)) return null;
  try {
    const bytes = await through(numbers(fragment.slice(START.length)), new DecompressionStream("deflate-raw"), MOST);
    const record = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
};
