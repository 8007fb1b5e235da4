// What the page says: a file for each language, all with the same keys. Places in braces are filled with values, which are
// shown as they are. The languages are those of the family's side (docs/languages.md); all but English await review by native
// speakers. Terms are those of frontend/locales.
import am from "./am.js";
import ar from "./ar.js";
import be from "./be.js";
import en from "./en.js";
import es from "./es.js";
import fa from "./fa.js";
import fr from "./fr.js";
import ru from "./ru.js";
import tr from "./tr.js";
import uk from "./uk.js";
import vi from "./vi.js";
import zh from "./zh.js";

export const SENTENCES = { en, am, ar, be, es, fa, fr, ru, tr, uk, vi, zh };

export const LANGUAGES = {
  en: "English",
  am: "አማርኛ",
  ar: "العربية",
  be: "Беларуская",
  es: "Español",
  fa: "فارسی",
  fr: "Français",
  ru: "Русский",
  tr: "Türkçe",
  uk: "Українська",
  vi: "Tiếng Việt",
  zh: "中文",
};

const FROM_RIGHT_TO_LEFT = ["ar", "fa"];

export const directionOf = (language) => (FROM_RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr");
