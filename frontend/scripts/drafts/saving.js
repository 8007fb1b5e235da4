// A draft saves itself a second after typing stops. What could not be saved stays in the page and is tried again; nothing
// is kept in the browser's storage, which somebody else may read.
const AFTER = 1000;
const AGAIN = 5000;

export function saveItself(form) {
  const says = form.querySelector("[role=status]");
  let timer;
  let unsaved = false;
  let leaving = false;

  function say(words, failed) {
    says.textContent = words;
    says.classList.toggle("not", failed);
  }

  async function save() {
    const sent = new URLSearchParams(new FormData(form));
    say(form.dataset.saving, false);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: sent, redirect: "manual", headers: { Accept: "application/json" } });
      if (answer.type === "opaqueredirect" || answer.status === 401) return later(form.dataset.signedOut);
      if (!answer.ok) return later(form.dataset.offline);
      unsaved = sent.toString() !== new URLSearchParams(new FormData(form)).toString();
      say(`${form.dataset.saved} ${new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" })}`, false);
    } catch {
      later(form.dataset.offline);
    }
  }

  function later(words) {
    say(words, true);
    clearTimeout(timer);
    timer = setTimeout(save, AGAIN);
  }

  form.addEventListener("input", () => {
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, AFTER);
  });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); });
  addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });
}
