// Everything the pages load: htmx, its server-sent events, and drafts that save themselves. Pages work without any of it.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { saveItself } from "./drafts/saving.js";

for (const form of document.querySelectorAll("form[data-autosave]")) saveItself(form);
