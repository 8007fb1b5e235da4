// Reads the members of a zip that an export has: stored or deflated, one volume, no encryption.
import { Problem, textOf } from "./bytes.js";

const MOST = 2 ** 31;

export const isZip = (bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** Returns name -> () => Promise of its bytes, for the members whose names begin with `prefix`. */
export function membersOf(bytes, prefix) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const members = new Map();
  let at = view.getUint32(end + 16, true);
  for (let n = view.getUint16(end + 10, true); n > 0; n -= 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw new Problem("malformed");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = textOf(bytes.slice(at + 46, at + 46 + nameLength));
    if (name.startsWith(prefix)) {
      if (members.has(name)) throw new Problem("malformed");
      const entry = {
        method: view.getUint16(at + 10, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        start: view.getUint32(at + 42, true),
      };
      members.set(name, () => contentOf(bytes, view, entry));
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  return members;
}

function endOf(view) {
  for (let at = view.byteLength - 22; at >= 0 && at > view.byteLength - 66_000; at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw new Problem("malformed");
}

async function contentOf(bytes, view, { method, packed, size, start }) {
  if (start + 30 > bytes.length || view.getUint32(start, true) !== 0x04034b50 || size > MOST) throw new Problem("malformed");
  const from = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
  if (from + packed > bytes.length) throw new Problem("malformed");
  const content = bytes.slice(from, from + packed);
  if (method === 0 && packed === size) return content;
  if (method !== 8) throw new Problem("malformed");
  return inflated(content, size);
}

async function inflated(content, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  try {
    const reader = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      // A member that swells beyond what it says is cut off here, not when memory ends.
      if (at + piece.value.length > size) throw new Problem("malformed");
      whole.set(piece.value, at);
      at += piece.value.length;
    }
  } catch {
    throw new Problem("malformed");
  }
  if (at !== size) throw new Problem("malformed");
  return whole;
}
