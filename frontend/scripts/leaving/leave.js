// The link "Leave now" takes the place of the page in the browser's history, so that going back does not lead to it.
// Without scripts it is a plain link.
export function leaveWithoutTrace() {
  const link = document.querySelector("a[data-leave]");
  link?.addEventListener("click", (event) => {
    event.preventDefault();
    document.documentElement.hidden = true;
    location.replace(link.href);
  });
}
