// The page itself: reads the form, has the file checked, shows the findings. Values only ever become text.
import { directionOf, LANGUAGES, SENTENCES } from "./sentences/index.js";
import { check } from "./verification.js";

const byId = (id) => document.getElementById(id);
const form = byId("form");
const results = byId("results");
let language = preferred();
let shown = null;
// A date and time, as long as "2026-09-21T14:13:20.000000Z", is not parted at the end of a line: it would be misread from right to left.
const LONGEST_UNBROKEN = 27;

/** The language asked for in the address, else the first of the browser's that the page has, else English. */
function preferred() {
  const asked = new URLSearchParams(location.search).get("lang") ?? "";
  const wished = [asked, ...navigator.languages].map((tag) => tag.split("-")[0].toLowerCase());
  return wished.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

/** A value as it is; counts in the digits the language writes in, as on the server's pages. */
function written(value) {
  if (typeof value !== "number" && typeof value !== "bigint") return value ?? "";
  return new Intl.NumberFormat(language === "ar" ? "ar-u-nu-arab" : language).format(value);
}

const say = (sentence) => SENTENCES[language][sentence] ?? SENTENCES.en[sentence] ?? sentence;

/** A sentence with its values. Each lies in a bdi, or times and keys would be turned about in a sentence from right to left. */
function filled(sentence, values) {
  const parts = say(sentence).split(/\{(\w+)\}/g);
  return parts.map((part, at) => {
    if (at % 2 === 0) return part;
    const value = String(written(values[part]));
    return element("bdi", value, { class: value.length <= LONGEST_UNBROKEN ? "whole" : "long" });
  });
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function speak() {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  document.title = say("title");
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  if (shown) show(shown);
}

function show(report) {
  shown = report;
  const isItsOwnWord = report.findings.some(({ sentence }) => sentence === "untold");
  const holds = isItsOwnWord ? "whole" : "good";
  const verdict = element("h2", say(report.isGood ? holds : "bad"), { class: report.isGood ? "good" : "bad" });
  const isField = ({ sentence }) => sentence === "field";
  const told = report.findings.filter((finding) => !isField(finding));
  const [wrong, said, rest] = [told.filter(isWrong), told.filter(isSaid), told.filter((f) => !isWrong(f) && !isSaid(f))];
  results.replaceChildren(verdict, listed([...wrong, ...said, ...rest]));
  const fields = report.findings.filter(isField);
  if (fields.length > 0) {
    const all = document.createElement("details");
    all.append(element("summary", say("everything")), listed(fields));
    results.append(all);
  }
}

// What is wrong comes first, then what was decided, then what shows it.
const isWrong = ({ mark }) => mark === "wrong";
const isSaid = ({ mark }) => mark === "says";

function listed(findings) {
  const list = document.createElement("ul");
  for (const { mark, sentence, values } of findings) {
    const item = element("li", "", { class: mark });
    const said = element("span", "", { dir: "auto" });
    said.append(...filled(sentence, readable(values)));
    item.append(element("b", say(`mark_${mark}`)), said);
    list.append(item);
  }
  return list;
}

/** Times as people read them, in their own language and where they are. */
function readable(values) {
  if (!values?.at) return values;
  return { ...values, at: new Date(values.at).toLocaleString(language, { dateStyle: "long", timeStyle: "long" }) };
}

const refusal = (sentence) => ({ isGood: false, findings: [{ mark: "wrong", sentence, values: {} }] });

async function checkForm() {
  const [file] = byId("file").files;
  if (!file) return refusal("no_file");
  if (!globalThis.crypto?.subtle) return refusal("no_crypto");
  let published = null;
  const [content] = byId("published").files;
  if (content) {
    try {
      published = JSON.parse(await content.text());
    } catch {
      return refusal("not_json");
    }
  }
  const lines = byId("keys").value.split("\n").map((line) => line.trim());
  return check(new Uint8Array(await file.arrayBuffer()), {
    wanted: lines.filter((line) => line !== ""),
    passphrase: byId("passphrase").value,
    demanded: Number.parseInt(byId("demanded").value, 10) || 0,
    published,
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  results.replaceChildren(element("p", say("checking")));
  show(await checkForm());
  results.focus();
});

const chooser = byId("language");
for (const [tag, name] of Object.entries(LANGUAGES)) chooser.append(element("option", name, { value: tag, lang: tag }));
chooser.value = language;
chooser.addEventListener("change", () => {
  language = chooser.value;
  speak();
});
byId("working").hidden = false;
speak();
