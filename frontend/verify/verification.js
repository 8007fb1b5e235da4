// What a file proves: each thing that holds, each that is wrong, what nobody has proven, and what the record says.
import { equal, hex, Problem, sha256, textOf } from "./bytes.js";
import { canonical, canonicalBytes } from "./canonical.js";
import { CHECKPOINT, KEYS, textIn, verifyLedger } from "./export.js";
import { chooseKeys, parseEvidence, parseNote, verifyHead } from "./notes.js";
import { verifyPasskey } from "./passkey.js";
import { isReceipt, opens, parseReceipt, unseal } from "./receipt.js";
import { leafHash, rootFromInclusion } from "./tree.js";
import { isZip, membersOf } from "./zip.js";

class Report {
  findings = [];
  add(mark, sentence, values = {}) {
    this.findings.push({ mark, sentence, values });
  }
  get isGood() {
    const marks = this.findings.map((finding) => finding.mark);
    return marks.includes("holds") && !marks.includes("wrong");
  }
}

/** Checks a file. `wanted`: keys or fingerprints that are trusted; `published`: the content to compare, as JSON values. */
export async function check(bytes, { wanted = [], passphrase = "", demanded = 0, published = null } = {}) {
  const report = new Report();
  try {
    if (isZip(bytes)) {
      await checkExport(report, bytes, wanted, demanded);
      return report;
    }
    const text = textOf(bytes);
    if (isReceipt(text)) await checkReceipt(report, text, { wanted, passphrase, demanded, published });
    else if (text.startsWith("assent/fork/v1\n")) await checkFork(report, text, wanted);
    else await checkHead(report, text, wanted, demanded);
  } catch (error) {
    if (error instanceof Problem) report.add("wrong", error.sentence, error.values);
    else report.add("wrong", error instanceof DOMException && error.name === "NotSupportedError" ? "unsupported" : "malformed");
  }
  return report;
}

async function trusted(report, offered, wanted) {
  const keys = await chooseKeys(offered, wanted);
  report.add("note", wanted.length ? "trusted" : "untold");
  for (const key of keys) report.add("note", "key", { name: key.name, fingerprint: key.fingerprint });
  return keys;
}

async function checkReceipt(report, text, { wanted, passphrase, demanded, published }) {
  let receipt = await parseReceipt(text);
  if (receipt.sealed && passphrase) receipt = await unseal(receipt, passphrase);
  const keys = await trusted(report, receipt.keys, wanted);
  if (!receipt.isWhole) report.add("wrong", "changed");
  if (receipt.opening && !(await opens(receipt))) throw new Problem("not_the_entry");
  const head = await verifyHead(receipt.note, keys);
  const { checkpoint } = head;
  const root = await rootFromInclusion(await leafHash(receipt.entry), receipt.index, checkpoint.size, receipt.path);
  if (!equal(root, checkpoint.root)) throw new Problem("other_root");
  report.add("holds", "stands", { index: receipt.index, log: checkpoint.origin, size: checkpoint.size });
  reportWitnesses(report, head, receipt.needed, demanded);
  if (!receipt.opening) {
    report.add("note", "sealed");
    return;
  }
  report.add("holds", "commits");
  const { record, passkey, fields } = receipt.opening;
  describe(report, record, published !== null && published !== undefined);
  const body = record.body ?? {};
  if (passkey) {
    const recorded = { ...body };
    if (body.notice_version !== undefined) recorded.notice = body.notice_version;
    if (record.actor?.person !== undefined) recorded.person = record.actor.person;
    for (const name of ["case", "action"]) if (record[name] !== undefined) recorded[name] = record[name];
    report.add("holds", "signed", await verifyPasskey(passkey, recorded));
    report.add("note", "enrolment");
  } else if (body.channel === "passkey") {
    report.add("note", "unsigned");
  }
  if (fields) reportFields(report, fields, record, body);
  if (published !== null) await reportText(report, published, body);
}

async function checkExport(report, bytes, wanted, demanded) {
  const members = membersOf(bytes, "ledger/");
  const offered = (await textIn(members, KEYS)).split("\n").filter((line) => line !== "");
  const keys = await trusted(report, offered, wanted);
  const head = await verifyHead(parseNote(await textIn(members, CHECKPOINT)), keys);
  const { entries, records } = await verifyLedger(members, head.checkpoint);
  if (entries !== null) report.add("holds", "entries", { size: entries });
  report.add("holds", "records", { count: records });
  reportWitnesses(report, head, 0, demanded);
}

async function checkFork(report, text, wanted) {
  const evidence = parseEvidence(text);
  const keys = await trusted(report, [evidence.log], wanted);
  const [one, other] = await Promise.all(evidence.heads.map((note) => verifyHead(note, keys)));
  const same = one.checkpoint.origin === other.checkpoint.origin && one.checkpoint.size === other.checkpoint.size;
  if (!same || equal(one.checkpoint.root, other.checkpoint.root)) throw new Problem("no_fork");
  report.add("holds", "fork", { log: one.checkpoint.origin, size: one.checkpoint.size });
}

async function checkHead(report, text, wanted, demanded) {
  const note = parseNote(text);
  const head = await verifyHead(note, await trusted(report, [], wanted));
  report.add("holds", "head", { log: head.checkpoint.origin, size: head.checkpoint.size });
  reportWitnesses(report, head, 0, demanded);
}

function reportWitnesses(report, head, needed, demanded) {
  for (const { witness, seconds } of head.cosigned) {
    const moment = new Date(Number(seconds) * 1000);
    const time = Number.isNaN(moment.valueOf()) ? String(seconds) : moment.toISOString().replace("T", " ").replace(".000Z", " UTC");
    report.add("holds", "witnessed", { name: witness.name, time });
  }
  const [count, wanted] = [head.cosigned.length, Math.max(needed, demanded)];
  if (count < wanted) report.add(count < demanded ? "wrong" : "note", "unwitnessed", { count, needed: wanted });
  else if (count === 0) report.add("note", "unseen");
}

const RELATIVES = { yes: "answer_yes", yes_with_conditions: "answer_yes_with_conditions", question: "answer_question", no: "answer_no" };
const ANSWERS = {
  consent_decided: RELATIVES,
  consent_taken_down: RELATIVES,
  clearance_given: { cleared: "cleared", refused: "turned_down" },
};
const DEEDS = { consent_withdrawn: "withdrawn", published: "went_out" };

/** What people ask first, in words; then everything the record says, as it stands there. */
function describe(report, record, isCompared) {
  const body = record.body ?? {};
  const said = ANSWERS[record.event]?.[body.decision] ?? DEEDS[record.event];
  if (said) report.add("says", said);
  if (!Number.isNaN(Date.parse(record.at))) report.add("says", "recorded_on", { at: record.at });
  if (typeof body.digest === "string" && !isCompared) report.add("says", "exact_text", { digest: body.digest });
  recite(report, record);
}

function recite(report, record) {
  report.add("says", "field", { name: "event", value: String(record.event ?? "?") });
  report.add("says", "field", { name: "at", value: String(record.at ?? "?") });
  const said = { person: record.actor?.person, credential: record.actor?.credential, case: record.case, action: record.action };
  for (const [name, value] of [...Object.entries(said), ...Object.entries(record.body ?? {})]) {
    if (value !== undefined) report.add("says", "field", { name, value: typeof value === "string" ? value : canonical(value) });
  }
}

function reportFields(report, fields, record, body) {
  const pairs = [
    [fields.receipt_id, body.consent],
    [fields.event?.event_time, record.at],
    [fields.event?.entity_id, record.actor?.person],
  ];
  if (pairs.some(([said, recorded]) => said !== undefined && recorded !== undefined && said !== recorded)) {
    throw new Problem("fields_differ");
  }
  report.add("note", "fields");
}

async function reportText(report, published, body) {
  const digest = hex(await sha256(canonicalBytes(published)));
  if (digest === body.digest) report.add("holds", "text");
  else if ((await publicDigest(published, body)) === body.public_digest) report.add("holds", "public_part");
  else if (digest === body.shown_digest) report.add("holds", "translation");
  else report.add("wrong", "other_text", { digest });
}

/** The digest of a published text without those signers whom the record says may be missing. */
async function publicDigest(published, body) {
  const { may_be_missing: optional } = body;
  const given = Array.isArray(optional) && Array.isArray(published?.cosigners);
  const cosigners = given ? published.cosigners.filter((slug) => !optional.includes(slug)) : null;
  return hex(await sha256(canonicalBytes(given ? { ...published, cosigners } : published)));
}
