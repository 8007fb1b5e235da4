// Loaded by the few pages on which a passkey can be used.
import { usePasskeys } from "./passkeys/signing.js";

for (const form of document.querySelectorAll("form[data-passkey]")) usePasskeys(form);
