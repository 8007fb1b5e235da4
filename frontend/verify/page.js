// The page itself: reads the form, has the file checked, shows the findings. Values only ever become text.
import { DIRECTIONS, LANGUAGES, SENTENCES } from "./sentences.js";
import { check } from "./verification.js";

const byId = (id) => document.getElementById(id);
const form = byId("form");
const results = byId("results");
let language = Object.keys(LANGUAGES).find((tag) => navigator.language.startsWith(tag)) ?? "en";
let shown = null;

function say(sentence, values = {}) {
  const template = SENTENCES[language][sentence] ?? SENTENCES.en[sentence] ?? sentence;
  // Each value in an isolate of its own, or times and keys would be turned about in a sentence from right to left.
  return template.replace(/\{(\w+)\}/g, (_, name) => `\u2068${values[name] ?? ""}\u2069`);
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function speak() {
  document.documentElement.lang = language;
  document.documentElement.dir = DIRECTIONS[language];
  document.title = say("title");
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  if (shown) show(shown);
}

function show(report) {
  shown = report;
  const verdict = element("h2", say(report.isGood ? "good" : "bad"), { class: report.isGood ? "good" : "bad" });
  const list = document.createElement("ul");
  for (const { mark, sentence, values } of report.findings) {
    const item = element("li", "", { class: mark });
    item.append(element("b", say(`mark_${mark}`)), element("span", say(sentence, values), { dir: "auto" }));
    list.append(item);
  }
  results.replaceChildren(verdict, list);
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
