// Checks the cases given on standard input with the scripts of verify.html; prints for each whether it holds, and what is wrong.
import { readFileSync } from "node:fs";
import { check } from "../../frontend/verify/verification.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { file, ...options } of cases) {
  const report = await check(Uint8Array.from(Buffer.from(file, "base64")), options);
  answers.push({ good: report.isGood, wrong: report.findings.filter((f) => f.mark === "wrong").map((f) => f.sentence) });
}
console.log(JSON.stringify(answers));
