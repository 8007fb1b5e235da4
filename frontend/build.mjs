// Builds what browsers load into dist/: scripts and styles bundled and minified, icons as they are, each under a
// name that carries the hash of its content (so it may be cached for ever), and manifest.json: source name -> file.
// verify/ becomes one HTML file with everything in it.
//
// Entry points are the files directly in scripts/ and styles/; what they import may lie in folders below.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");

async function filesIn(folder, ending, { below = false } = {}) {
  const top = path.join(here, folder);
  if (!existsSync(top)) return [];
  const entries = await readdir(top, { recursive: below, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => path.relative(here, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function bundles() {
  const entryPoints = [...(await filesIn("scripts", ".js")), ...(await filesIn("styles", ".css"))];
  const result = await build({
    absWorkingDir: here,
    entryPoints,
    outdir: dist,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "file", ".woff2": "file" },
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "safari16.4"],
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const names = new Map();
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint) names.set(path.basename(entryPoint), path.basename(output));
  }
  const contents = new Map(result.outputFiles.map((file) => [path.relative(dist, file.path), file.contents]));
  return { names, contents };
}

async function icons() {
  const names = new Map();
  const contents = new Map();
  for (const file of await filesIn("icons", "", { below: true })) {
    const content = await readFile(path.join(here, file));
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
    const { dir, name, ext } = path.parse(file);
    const hashed = path.posix.join(dir, `${name}-${hash}${ext}`);
    names.set(file, hashed);
    contents.set(hashed, content);
  }
  return { names, contents };
}

// What a reader without scripts is told, in every language: no script can choose one.
async function withoutScripts() {
  const { directionOf, SENTENCES } = await import(pathToFileURL(path.join(here, "verify/sentences/index.js")));
  const command = '<code dir="ltr">assent verify FILE</code>';
  const said = ([tag, { no_scripts: sentence }]) => `<p lang="${tag}" dir="${directionOf(tag)}">${sentence.replace("{command}", command)}</p>`;
  return Object.entries(SENTENCES).map(said).join("\n");
}

// A page of its own in one file, which works from a disk too: script and style lie in it, and its policy names their hashes.
async function standalone() {
  const names = new Map();
  const contents = new Map();
  if (existsSync(path.join(here, "verify/page.html"))) {
    const bundled = async (entry) => {
      const options = { absWorkingDir: here, entryPoints: [entry], bundle: true, minify: true, format: "iife" };
      const result = await build({ ...options, target: ["es2022", "safari17"], charset: "utf8", write: false, logLevel: "warning" });
      return result.outputFiles[0].text.trim();
    };
    const script = await bundled("verify/page.js");
    const style = await bundled("verify/page.css");
    const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const rules = ["default-src 'none'", `script-src ${hash(script)}`, `style-src ${hash(style)}`, "form-action 'none'", "base-uri 'none'"];
    const fills = { policy: rules.join("; "), script, style, without_scripts: await withoutScripts() };
    const template = await readFile(path.join(here, "verify/page.html"), "utf8");
    const page = template.replace(/\{\{(\w+)\}\}/g, (_, name) => fills[name]);
    const file = `verify-${createHash("sha256").update(page).digest("hex").slice(0, 8)}.html`;
    names.set("verify.html", file);
    contents.set(file, Buffer.from(page));
  }
  return { names, contents };
}

const parts = [await bundles(), await icons(), await standalone()];
const names = new Map(parts.flatMap((part) => [...part.names]).sort());
const contents = new Map(parts.flatMap((part) => [...part.contents]));

for (const [name, content] of contents) {
  await mkdir(path.dirname(path.join(dist, name)), { recursive: true });
  await writeFile(path.join(dist, name), content);
}
// The manifest last and by rename, so that a running server never reads one whose files are not there yet.
const manifest = path.join(dist, "manifest.json");
await writeFile(`${manifest}.new`, JSON.stringify(Object.fromEntries(names), null, 2) + "\n");
await rename(`${manifest}.new`, manifest);
for (const name of await filesIn("dist", "", { below: true })) {
  const built = path.relative("dist", name);
  if (built !== "manifest.json" && !contents.has(built)) await rm(path.join(here, name));
}

for (const [name, built] of names) {
  console.log(`  ${name} -> ${built} (${(contents.get(built).length / 1024).toFixed(1)} KB)`);
}
