// A ledger in an export: the root computed again from all entries, each opened record held against its own.
import { equal, fromBase64, Problem, textOf, utf8 } from "./bytes.js";
import { parseCanonical } from "./canonical.js";
import { entryOf } from "./receipt.js";
import { leafHash, rootFromInclusion, rootOfLeaves } from "./tree.js";

export const CHECKPOINT = "ledger/checkpoint";
export const KEYS = "ledger/keys";
const ENTRIES = "ledger/entries";
const RECORDS = "ledger/records.jsonl";
const MEMBERS = new Set(["index", "record", "secret", "proof"]);

export async function textIn(members, name) {
  const read = members.get(name);
  if (read === undefined) throw new Problem("missing_part", { name });
  return textOf(await read());
}

/** Checks entries and records against a verified checkpoint; returns how many there are of each. */
export async function verifyLedger(members, checkpoint) {
  const records = recordsIn(await textIn(members, RECORDS));
  const entries = members.has(ENTRIES) ? entriesIn(await members.get(ENTRIES)()) : null;
  if (entries !== null) {
    if (BigInt(entries.length) !== checkpoint.size) throw new Problem("entries_count", { size: checkpoint.size, count: entries.length });
    if (!equal(await rootOfLeaves(entries), checkpoint.root)) throw new Problem("entries_root");
  }
  for (const { index, record, secret, path } of records) {
    const entry = await entryOf(record, secret);
    const held = entries === null
      ? equal(await rootFromInclusion(await leafHash(entry), BigInt(index), checkpoint.size, path), checkpoint.root)
      : entries[index] !== undefined && equal(entries[index], entry);
    if (!held) throw new Problem("record_of", { index });
  }
  return { entries: entries?.length ?? null, records: records.length };
}

function entriesIn(bytes) {
  const entries = [];
  let at = 0;
  while (at < bytes.length) {
    const end = at + 2 + bytes[at] * 256 + bytes[at + 1];
    if (!(end <= bytes.length)) throw new Problem("malformed");
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

function recordsIn(text) {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Problem("malformed");
  let last = -1;
  return lines.map((line) => {
    const members = parseCanonical(utf8(line));
    const { index, record, secret, proof = [] } = members;
    const fits = Number.isInteger(index) && index > last && typeof record === "object" && Array.isArray(proof) && proof.length <= 63;
    if (!fits || Object.keys(members).some((key) => !MEMBERS.has(key))) throw new Problem("malformed");
    last = index;
    const path = proof.map(fromBase64);
    if (path.some((step) => step.length !== 32)) throw new Problem("malformed");
    return { index, record, secret, path };
  });
}
