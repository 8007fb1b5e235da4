// Signed notes, checkpoints and witnesses' cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
import { concat, equal, fromBase64, hex, Problem, sha256, utf8 } from "./bytes.js";

export const LOG = 1;
export const WITNESS = 4;
const DASH = "\u2014 ";
const LARGEST = 256 * 1024;

export function parseNote(text) {
  if (text.length > LARGEST || /[\x00-\x09\x0b-\x1f]/.test(text) || !text.isWellFormed()) throw new Problem("malformed");
  const at = text.lastIndexOf("\n\n");
  const tail = text.slice(at + 2);
  if (at < 0 || !tail.endsWith("\n")) throw new Problem("malformed");
  const lines = tail.slice(0, -1).split("\n");
  if (lines.length > 64) throw new Problem("malformed");
  return { text: text.slice(0, at + 1), signatures: lines.map(parseLine) };
}

function parseLine(line) {
  const [name, encoded, ...more] = line.slice(DASH.length).split(" ");
  if (!line.startsWith(DASH) || !isName(name) || encoded === undefined || more.length) throw new Problem("malformed");
  const bytes = fromBase64(encoded);
  if (bytes.length <= 4) throw new Problem("malformed");
  return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
}

const isName = (name) => name !== "" && !/[\s+]/u.test(name);

export function parseCheckpoint(text) {
  const [origin, size, root, ...extensions] = text.slice(0, -1).split("\n");
  if (!text.endsWith("\n") || !origin || root === undefined || extensions.includes("")) throw new Problem("malformed");
  if (!/^(0|[1-9][0-9]{0,18})$/.test(size)) throw new Problem("malformed");
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new Problem("malformed");
  return { origin, size: BigInt(size), root: hash };
}

/** Reads a public key, name+id+key; its fingerprint is the hash of which the id is the beginning. */
export async function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  if (rest.length === 0 || !isName(name)) throw new Problem("bad_key", { key: text });
  const material = fromBase64(rest.join("+"));
  const [kind, raw] = [material[0], material.slice(1)];
  if ((kind !== LOG && kind !== WITNESS) || raw.length !== 32) throw new Problem("bad_key", { key: text });
  const hash = await sha256(concat(utf8(`${name}\n`), material));
  if (hex(hash.slice(0, 4)) !== id) throw new Problem("bad_key", { key: text });
  return { name, kind, raw, id: hash.slice(0, 4), fingerprint: hex(hash), text };
}

/** The keys that are trusted: those wanted, in full or by fingerprint; without any wanted, those the file offers. */
export async function chooseKeys(offered, wanted) {
  const known = await Promise.all(offered.map(parseKey));
  const chosen = wanted.length ? [] : known;
  for (const text of wanted) {
    if (text.includes("+")) {
      chosen.push(await parseKey(text));
      continue;
    }
    const fingerprint = text.toLowerCase().replaceAll(":", "");
    const found = known.filter((key) => fingerprint.length >= 32 && key.fingerprint.startsWith(fingerprint));
    if (!found.length) throw new Problem("no_such_key", { key: text });
    chosen.push(...found);
  }
  const keys = [...new Map(chosen.map((key) => [key.text, key])).values()];
  if (!keys.length) throw new Problem("no_keys");
  if (new Set(keys.map((key) => hex(key.raw))).size !== keys.length) throw new Problem("one_key_for_two");
  return keys;
}

async function holds(key, message, signature) {
  const imported = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", imported, signature, message);
}

function linesOf(note, key) {
  return note.signatures.filter((line) => line.name === key.name && equal(line.id, key.id));
}

/** Checks a checkpoint's signatures; returns its log's key and when each trusted witness cosigned. */
export async function verifyHead(note, keys) {
  const checkpoint = parseCheckpoint(note.text);
  const logs = keys.filter((key) => key.kind === LOG && key.name === checkpoint.origin);
  if (!logs.length) throw new Problem("untrusted_log", { log: checkpoint.origin });
  let log = null;
  for (const key of logs) {
    for (const line of linesOf(note, key)) {
      if (!(await holds(key, utf8(note.text), line.signature))) throw new Problem("bad_signature", { name: key.name });
      log = key;
    }
  }
  if (log === null) throw new Problem("not_signed");
  const cosigned = [];
  for (const key of keys.filter((each) => each.kind === WITNESS)) {
    const times = [];
    for (const line of linesOf(note, key)) times.push(await cosignedAt(note, key, line.signature));
    if (times.length) cosigned.push({ witness: key, seconds: times.reduce((a, b) => (a > b ? a : b)) });
  }
  return { checkpoint, log, cosigned };
}

async function cosignedAt(note, key, stamped) {
  if (stamped.length !== 72) throw new Problem("bad_signature", { name: key.name });
  const seconds = new DataView(stamped.buffer, stamped.byteOffset).getBigUint64(0);
  const message = utf8(`cosignature/v1\ntime ${seconds}\n${note.text}`);
  if (!(await holds(key, message, stamped.slice(8)))) throw new Problem("bad_signature", { name: key.name });
  return seconds;
}

/** Reads the evidence of a fork: a log's key and two signed heads of it. */
export function parseEvidence(text) {
  const at = text.indexOf("\n\n");
  const [line, log] = text.slice(0, at).split("\n");
  const [first, second, ...more] = text.slice(at + 2).split("\n\n--\n\n");
  if (line !== "assent/fork/v1" || !log || second === undefined || more.length) throw new Problem("malformed");
  return { log, heads: [parseNote(first), parseNote(second)] };
}

