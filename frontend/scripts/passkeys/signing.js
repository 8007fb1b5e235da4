// Passkeys: made, signed in with, and used to sign a decision. Without scripts, or without a passkey, the plain forms stay.
import { browserSupportsWebAuthn, startAuthentication, startRegistration } from "@simplewebauthn/browser";

// Browsers know no passkeys under a bare number of the network.
const able = browserSupportsWebAuthn() && !/^[\d.]+$|^\[/.test(location.hostname);
const say = (form, words) => {
  const says = form.querySelector("[data-says]") ?? document.querySelector("[data-signing] [data-says]");
  if (says) says.textContent = words;
};

export function usePasskeys(form) {
  if (!able) return;
  form.hidden = false;
  const note = document.querySelector("[data-signing]");
  if (note) note.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.dataset.done || document.querySelector("[data-unsigned]")?.checked) return;
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    take(form, event.submitter).catch((fault) => say(form, fault.differs ? form.dataset.differs : form.dataset.refused));
  });
}

async function take(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  // What stands beside an answer is part of no statement.
  body.delete("word");
  body.delete("waits");
  const answer = await fetch(form.dataset.options, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) {
    // What is wrong with the answer is said by the page itself.
    if (form.dataset.passkey === "sign" && answer.status < 500) return send(form, submitter, {});
    throw new Error("refused");
  }
  const given = await answer.json();
  if (form.dataset.passkey === "enrol") {
    return send(form, submitter, { credential: await startRegistration({ optionsJSON: given }) });
  }
  if (form.dataset.passkey === "sign-in") {
    return send(form, submitter, { credential: await startAuthentication({ optionsJSON: given }) });
  }
  await compare(form, body, given);
  const credential = await startAuthentication({ optionsJSON: given.options });
  return send(form, submitter, { credential, statement: given.statement });
}

// The device shows no text: before it is asked, the page makes sure that what it shows is what would be signed.
async function compare(form, body, { statement, options }) {
  const said = JSON.parse(statement);
  const bytes = new Uint8Array(await (await fetch(`${form.dataset.content}?digest=${body.get("digest")}`)).arrayBuffer());
  const content = JSON.parse(new TextDecoder().decode(bytes));
  const shown = document.querySelector(".sheet article.text");
  const { title, body: words } = content.languages[shown.lang];
  // Letters and signs, not the space between paragraphs, which is the page's own.
  const text = (value) => value.normalize("NFC").replace(/\s+/g, "");
  const audience = [...document.querySelectorAll("[data-audience] bdi")].map((one) => text(one.textContent));
  const same =
    hex(await digest(bytes)) === body.get("digest") &&
    said.digest === body.get("digest") &&
    // A no to something asked apart makes a condition of a yes.
    (said.decision === body.get("decision") || (body.get("decision") === "yes" && said.decision === "yes_with_conditions")) &&
    said.language === shown.lang &&
    text(shown.textContent) === text(`${title}${words}`) &&
    (content.audience === "public" || content.audience.every((one, n) => text(one) === audience[n])) &&
    base64url(await digest(new TextEncoder().encode(`assent/consent/v1\n${statement}`))) === options.challenge;
  if (!same) throw Object.assign(new Error("differs"), { differs: true });
}

async function digest(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function send(form, submitter, fields) {
  for (const [name, value] of Object.entries(fields)) {
    let field = form.querySelector(`input[type=hidden][name=${name}]`);
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name });
      form.append(field);
    }
    field.value = typeof value === "string" ? value : JSON.stringify(value);
  }
  form.dataset.done = "yes";
  form.requestSubmit(submitter);
}
