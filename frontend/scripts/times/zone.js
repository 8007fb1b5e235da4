// Times come in UTC, since the server does not know where its readers are; here they are told in the reader's own zone.
// Days before months in English too, as the server writes them.
const language = document.documentElement.lang.replace(/^en$/, "en-GB");
const gregorian = new Intl.Locale(language, { calendar: "gregory" });
// The calendars people live by, as the server has them. The day as their partners abroad call it stands beside it.
const calendar = { fa: "persian", am: "ethiopic" }[gregorian.language];
const date = { day: "numeric", month: "long", year: "numeric" };
const whole = new Intl.DateTimeFormat(gregorian, { dateStyle: "long", timeStyle: "short" });
const day = new Intl.DateTimeFormat(gregorian, date);
const ownDay = calendar && new Intl.DateTimeFormat(new Intl.Locale(language, { calendar }), date);
const clock = new Intl.DateTimeFormat(gregorian, { timeStyle: "short" });

export function tellInOwnZone(root) {
  for (const time of root.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) continue;
    time.title = time.textContent;
    time.textContent = ownDay ? `${ownDay.format(moment)} (${day.format(moment)}) ${clock.format(moment)}` : whole.format(moment);
    delete time.dataset.moment;
  }
}

export function hourOf(moment) {
  return clock.format(moment);
}
