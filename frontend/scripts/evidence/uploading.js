// A form with a file sends it in pieces, and goes on where it stopped when the line breaks. Without scripts it is a plain form.
const PIECE = 4 * 1024 * 1024;
const LONGEST_PAUSE = 30_000;

export function sendInPieces(form) {
  form.addEventListener("submit", (event) => {
    const file = form.elements.namedItem("file").files[0];
    if (!file || !form.reportValidity()) return;
    event.preventDefault();
    void send(form, file);
  });
}

async function send(form, file) {
  const shown = form.querySelector("[data-progress]");
  const bar = shown.querySelector("progress");
  const words = shown.querySelector("[role=status]");
  const button = form.querySelector("button");
  shown.hidden = false;
  button.disabled = true;
  try {
    const upload = await begin(form, file);
    let { offset } = upload;
    let pause = 1000;
    while (offset < file.size) {
      bar.value = offset / file.size;
      words.textContent = form.dataset.going.replace("{percent}", String(Math.floor((100 * offset) / file.size)));
      try {
        offset = await sendPiece(upload.id, file, offset);
        pause = 1000;
      } catch (error) {
        if (error instanceof Refused) throw error;
        words.textContent = form.dataset.waiting;
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    }
    bar.value = 1;
    words.textContent = form.dataset.checking;
    const answer = await fetch(`/uploads/${upload.id}/completion`, { method: "POST" });
    if (!answer.ok) throw new Refused();
    location.assign((await answer.json()).page);
  } catch {
    // What was wrong with the form is said by the form itself, without scripts; anything else in one sentence.
    words.textContent = form.dataset.failed;
    button.disabled = false;
  }
}

class Refused extends Error {}

async function begin(form, file) {
  const said = new FormData(form);
  said.delete("file");
  said.set("name", file.name);
  said.set("size", String(file.size));
  said.set("fingerprint", `${file.name}|${file.size}|${file.lastModified}`);
  const answer = await fetch(form.dataset.upload, { method: "POST", body: new URLSearchParams(said) });
  if (!answer.ok) throw new Refused();
  return answer.json();
}

async function sendPiece(id, file, offset) {
  const answer = await fetch(`/uploads/${id}`, {
    method: "PATCH",
    headers: { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" },
    body: file.slice(offset, offset + PIECE),
  });
  if (answer.status === 409) return (await (await fetch(`/uploads/${id}`)).json()).offset;
  if (answer.status >= 500) throw new Error();
  if (!answer.ok) throw new Refused();
  return (await answer.json()).offset;
}
