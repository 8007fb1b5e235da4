// All that a relative's pages load: a few hundred bytes, for old phones and bad connections. Whatever else one of them
// needs is an entry of its own that this page alone names. Pages work without any of it.
import { saveItself } from "./drafts/saving.js";
import { leaveWithoutTrace } from "./leaving/leave.js";
import { tellInOwnZone } from "./times/zone.js";

tellInOwnZone(document);
leaveWithoutTrace();
for (const form of document.querySelectorAll("form[data-autosave]")) saveItself(form);
document.getElementById("errors")?.focus();
