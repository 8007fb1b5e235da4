// Receipts: a C2SP tlog-proof whose `extra` opens the entry, sealed or not. docs/receipt-format.md says each byte.
import { concat, equal, fromBase64, Problem, sha256, toBase64, utf8 } from "./bytes.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import { parseCheckpoint, parseNote } from "./notes.js";

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const MOST_ITERATIONS = 10_000_000;

export const isReceipt = (text) => text.startsWith(`${FIRST_LINE}\n`);

export async function parseReceipt(text) {
  const at = text.indexOf("\n\n");
  const lines = text.slice(0, at).split("\n");
  if (at < 0 || lines.shift() !== FIRST_LINE || !lines[0]?.startsWith("extra ")) throw new Problem("malformed");
  const extra = fromBase64(lines.shift().slice("extra ".length));
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() ?? "");
  if (index === null || lines.length > 63) throw new Problem("malformed");
  const path = lines.map(fromBase64);
  if (path.some((step) => step.length !== 32)) throw new Problem("malformed");
  const checkpoint = text.slice(at + 2);
  const note = parseNote(checkpoint);
  parseCheckpoint(note.text);
  const members = parseCanonical(extra);
  only(members, ["v", "check", "entry", "keys", "needed", "opening", "sealed"]);
  const { check, ...rest } = members;
  const { v, entry, keys = [], needed = 0, opening, sealed } = rest;
  if (v !== 1 || typeof entry !== "string" || !Array.isArray(keys) || !Number.isInteger(needed) || needed < 0) throw new Problem("malformed");
  const bare = text.replace(/^extra .*$/m, `extra ${toBase64(canonicalBytes(rest))}`);
  const isWhole = toBase64(await sha256(utf8(bare))) === check;
  return { index: BigInt(index[1]), path, note, entry: fromBase64(entry), keys, needed, opening, sealed, isWhole };
}

/** Opens a sealed receipt with the passphrase it was sealed under. */
export async function unseal(receipt, passphrase) {
  const { kdf, iterations, salt, nonce, ciphertext } = receipt.sealed;
  const fits = kdf === "PBKDF2-HMAC-SHA256" && Number.isInteger(iterations) && iterations > 0 && iterations <= MOST_ITERATIONS;
  if (!fits) throw new Problem("malformed");
  const words = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: fromBase64(salt), iterations };
  const key = await crypto.subtle.deriveKey(how, words, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const place = concat(utf8("assent/receipt/v1\n"), receipt.entry);
  let plain;
  try {
    plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromBase64(nonce), additionalData: place }, key, fromBase64(ciphertext));
  } catch {
    throw new Problem("wrong_passphrase");
  }
  return { ...receipt, opening: parseCanonical(new Uint8Array(plain)), sealed: undefined };
}

/** Whether the log's entry commits to what the receipt says. */
export async function opens(receipt) {
  only(receipt.opening, ["record", "secret", "fields", "passkey"]);
  return equal(await entryOf(receipt.opening.record, receipt.opening.secret), receipt.entry);
}

/** The entry that commits to a record with a secret of 32 bytes. */
export async function entryOf(record, secret) {
  const bytes = fromBase64(secret);
  if (bytes.length !== 32) throw new Problem("malformed");
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const message = concat(utf8("assent/record/v1\0"), canonicalBytes(record));
  return concat(utf8("assent/leaf/v1\n"), new Uint8Array(await crypto.subtle.sign("HMAC", key, message)));
}

function only(members, known) {
  if (typeof members !== "object" || Object.keys(members).some((key) => !known.includes(key))) throw new Problem("malformed");
}

