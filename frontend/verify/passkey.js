// A decision signed with a passkey: the challenge is the digest of the statement, the device checked who held it.
import { concat, fromBase64, hex, Problem, sha256, textOf, toBase64Url, utf8 } from "./bytes.js";
import { canonicalBytes } from "./canonical.js";

const SHARED = ["digest", "decision", "conditions", "language", "shown_digest", "notice", "notice_version", "question", "person", "case", "action"];

/** Checks the signature and that it is over what the record says; returns the passkey's fingerprint and the page's origin. */
export async function verifyPasskey(passkey, recorded) {
  const { statement } = passkey;
  const [authenticator, client, signature, cose] = ["authenticator_data", "client_data", "signature", "public_key"].map(
    (name) => fromBase64(passkey[name]),
  );
  const challenge = await sha256(concat(utf8("assent/consent/v1\n"), canonicalBytes(statement)));
  let said;
  try {
    said = JSON.parse(textOf(client));
  } catch {
    throw new Problem("bad_passkey");
  }
  if (said?.type !== "webauthn.get" || said.challenge !== toBase64Url(challenge)) throw new Problem("bad_passkey");
  // Someone was there (1) and the device checked who (4).
  if (authenticator.length < 37 || (authenticator[32] & 5) !== 5) throw new Problem("bad_passkey");
  const message = concat(authenticator, await sha256(client));
  if (!(await signatureHolds(cose, message, signature))) throw new Problem("bad_passkey");
  const differs = (name) => name in recorded && name in statement && canonicalText(recorded[name]) !== canonicalText(statement[name]);
  if (!("digest" in statement) || !("decision" in statement) || SHARED.some(differs)) throw new Problem("passkey_differs");
  return { fingerprint: hex(await sha256(cose)), origin: String(said.origin) };
}

const canonicalText = (value) => textOf(canonicalBytes(value));

async function signatureHolds(cose, message, signature) {
  const key = parseCose(cose);
  const url = (label) => toBase64Url(bytesAt(key, label));
  const use = async (jwk, how, given) => {
    const imported = await crypto.subtle.importKey("jwk", jwk, how, false, ["verify"]);
    return crypto.subtle.verify(how, imported, given, message);
  };
  try {
    switch (`${key.get(1)} ${key.get(3)}`) {
      case "2 -7":
        return await use(
          { kty: "EC", crv: "P-256", x: url(-2), y: url(-3) },
          { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
          rawOfDer(signature),
        );
      case "1 -8":
        return await use({ kty: "OKP", crv: "Ed25519", x: url(-2) }, { name: "Ed25519" }, signature);
      case "3 -257":
        return await use({ kty: "RSA", n: url(-1), e: url(-2) }, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, signature);
    }
  } catch {
    throw new Problem("bad_passkey");
  }
  throw new Problem("bad_passkey");
}

function bytesAt(key, label) {
  const value = key.get(label);
  if (!(value instanceof Uint8Array)) throw new Problem("bad_passkey");
  return value;
}

/** A COSE key: a CBOR map of whole numbers to whole numbers and byte strings. */
function parseCose(data) {
  let at = 0;
  const head = () => {
    const [major, short] = [data[at] >> 5, data[at] & 31];
    const width = short < 24 ? 0 : 1 << (short - 24);
    if (at >= data.length || short > 26 || at + 1 + width > data.length) throw new Problem("bad_passkey");
    const number = width === 0 ? short : data.slice(at + 1, at + 1 + width).reduce((sum, byte) => sum * 256 + byte, 0);
    at += 1 + width;
    return [major, number];
  };
  const item = () => {
    const [major, number] = head();
    if (major === 0) return number;
    if (major === 1) return -1 - number;
    if (major !== 2 || at + number > data.length) throw new Problem("bad_passkey");
    at += number;
    return data.slice(at - number, at);
  };
  const [major, count] = head();
  if (major !== 5 || count > 16) throw new Problem("bad_passkey");
  const members = new Map();
  for (let n = 0; n < count; n += 1) members.set(item(), item());
  if (at !== data.length || members.size !== count) throw new Problem("bad_passkey");
  return members;
}

/** An ECDSA signature as WebCrypto wants it: two numbers of 32 bytes. */
function rawOfDer(der) {
  const number = (at) => {
    const length = der[at + 1];
    const bytes = der.slice(at + 2, at + 2 + length);
    const digits = bytes[0] === 0 ? bytes.slice(1) : bytes;
    if (der[at] !== 2 || bytes.length !== length || digits.length > 32) throw new Problem("bad_passkey");
    return { padded: concat(new Uint8Array(32 - digits.length), digits), end: at + 2 + length };
  };
  const r = number(2);
  const s = number(r.end);
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || s.end !== der.length) throw new Problem("bad_passkey");
  return concat(r.padded, s.padded);
}
