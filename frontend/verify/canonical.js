// Canonical JSON (RFC 8785) of the ledger's strict profile: no fractions, no null, ASCII keys.
import { equal, Problem, textOf, utf8 } from "./bytes.js";

const DEEPEST = 60;

export function canonical(value, depth = 0) {
  if (depth > DEEPEST) throw new Problem("malformed");
  if (typeof value === "string") {
    if (!value.isWellFormed() || value.normalize("NFC") !== value) throw new Problem("malformed");
    return JSON.stringify(value);
  }
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Problem("malformed");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  if (value === null || typeof value !== "object") throw new Problem("malformed");
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      if (!/^[\x00-\x7f]*$/.test(key)) throw new Problem("malformed");
      return `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`;
    });
  return `{${members.join(",")}}`;
}

export const canonicalBytes = (value) => utf8(canonical(value));

/** Reads canonical bytes; anything else, a key that is there twice included, is refused. */
export function parseCanonical(bytes) {
  let value;
  try {
    value = JSON.parse(textOf(bytes));
  } catch {
    throw new Problem("malformed");
  }
  if (value === null || typeof value !== "object" || !equal(canonicalBytes(value), bytes)) throw new Problem("malformed");
  return value;
}
