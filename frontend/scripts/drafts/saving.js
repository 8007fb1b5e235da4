// A draft saves itself a second after typing stops. What could not be saved stays in the page and is tried again; nothing
// is put into the browser's storage, which somebody else may read.
import { hourOf } from "../times/zone.js";

const AFTER = 1000;
const LONGEST = 30_000;

export function saveItself(form) {
  const says = form.querySelector("[data-says]");
  // Several forms of one page may share the words for how saving went.
  const words = form.closest("[data-saved]").dataset;
  const sent = () => new URLSearchParams(new FormData(form));
  let kept = sent().toString();
  let timer;
  let saving = false;
  let pause = AFTER;
  let leaving = false;

  const unsaved = () => sent().toString() !== kept;

  function say(sentence, failed) {
    // Good news is there to be looked up; only trouble is read out.
    says.setAttribute("aria-live", failed ? "assertive" : "off");
    says.textContent = sentence;
    says.classList.toggle("not", failed);
  }

  function soon(wait) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  async function save({ keepalive = false } = {}) {
    clearTimeout(timer);
    if (saving || !unsaved()) return;
    saving = true;
    const body = sent();
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers, redirect: "manual", keepalive });
      if (answer.ok) {
        const { saved_at: at } = await answer.json();
        kept = body.toString();
        pause = AFTER;
        say(`${words.saved} ${hourOf(new Date(at))}`, false);
      } else {
        failed(answer.status === 401 || answer.type === "opaqueredirect" ? "signedOut" : answer.status < 500 ? "refused" : "offline");
      }
    } catch {
      failed("offline");
    }
    saving = false;
    if (unsaved() && pause === AFTER) soon(AFTER);
  }

  function failed(key) {
    say(words[key], true);
    pause = Math.min(pause * 2, LONGEST);
    // Signed out or refused, asking again by ourselves changes nothing: the next keystroke or look at the page does.
    if (key === "offline") soon(pause);
  }

  form.addEventListener("input", () => soon(AFTER));
  form.addEventListener("change", () => soon(AFTER));
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  addEventListener("online", () => save());
  document.addEventListener("visibilitychange", () => save({ keepalive: document.hidden && sent().toString().length < 60_000 }));
  addEventListener("pageshow", () => {
    leaving = false;
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved() && !leaving) event.preventDefault();
  });
}
