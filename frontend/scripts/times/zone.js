// Times come in UTC, since the server does not know where its readers are; here they are told in the reader's own zone.
// Days before months in English too, as the server writes them.
const language = document.documentElement.lang.replace(/^en$/, "en-GB");
// Gregorian in every language: the same day must not look like two to people of one coalition.
const locale = new Intl.Locale(language, { calendar: "gregory" });
const whole = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });

export function tellInOwnZone(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    time.title = time.textContent;
    time.textContent = whole.format(moment);
    delete time.dataset.moment;
  }
}

export function hourOf(moment) {
  return clock.format(moment);
}
