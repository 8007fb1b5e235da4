// Everything the pages load. Pages work without any of it: forms are plain forms, and a reload shows what is new.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { saveItself } from "./drafts/saving.js";
import { sendInPieces } from "./evidence/uploading.js";
import { leaveWithoutTrace } from "./leaving/leave.js";
import { followChanges } from "./live/following.js";
import { tellInOwnZone } from "./times/zone.js";

tellInOwnZone(document);
document.addEventListener("htmx:after:swap", () => tellInOwnZone(document));
followChanges();
leaveWithoutTrace();
for (const form of document.querySelectorAll("form[data-autosave]")) saveItself(form);
for (const form of document.querySelectorAll("form[data-upload]")) sendInPieces(form);
document.getElementById("errors")?.focus();
