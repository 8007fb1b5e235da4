// Pages follow what is recorded in their case: the stream only says that something changed, and the parts that show it ask
// for themselves again. This file says on the page when that has stopped working, and never takes anybody away from what
// they are typing.
export function followChanges() {
  const says = document.getElementById("live");
  if (!says) return;
  let ended = false;

  function say(key) {
    says.querySelector("span").textContent = says.dataset[key] ?? "";
    says.hidden = !says.dataset[key];
  }

  function end(key) {
    ended = true;
    say(key);
  }

  document.addEventListener("htmx:before:response", (event) => {
    const status = event.detail.ctx.response.status;
    if (status === 401) end("signedOut");
    else if (status === 403 || status === 404) end("gone");
    // Without this, the answer to a part of the page would lead the whole page to the sign-in.
    if (status >= 400) event.preventDefault();
  });
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (ended) event.preventDefault();
  });
  document.addEventListener("htmx:sse:after:connection", () => say("none"));
  document.addEventListener("htmx:sse:error", (event) => {
    const { status } = event.detail;
    if (status === 401) end("signedOut");
    else if (status === 403 || status === 404) end("gone");
    else say("lost");
  });
}
