// Inclusion in a Merkle tree (RFC 9162, 2.1.3.2). Sizes are BigInt: they may go beyond 2^53.
import { concat, Problem, sha256 } from "./bytes.js";

export const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

export async function rootFromInclusion(leaf, index, size, path) {
  if (index < 0n || index >= size) throw new Problem("no_such_entry");
  let [place, last, result] = [index, size - 1n, leaf];
  for (const step of path) {
    if (last === 0n) throw new Problem("proof_length");
    if (place & 1n || place === last) {
      result = await nodeHash(step, result);
      while (!(place & 1n) && place !== 0n) [place, last] = [place >> 1n, last >> 1n];
    } else {
      result = await nodeHash(result, step);
    }
    [place, last] = [place >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new Problem("proof_length");
  return result;
}

/** The root over entries, level by level. */
export async function rootOfLeaves(entries) {
  let level = await inPieces(entries, leafHash);
  if (!level.length) return sha256(new Uint8Array());
  while (level.length > 1) {
    const pairs = [];
    for (let at = 0; at + 1 < level.length; at += 2) pairs.push([level[at], level[at + 1]]);
    const above = await inPieces(pairs, ([left, right]) => nodeHash(left, right));
    if (level.length % 2) above.push(level.at(-1));
    level = above;
  }
  return level[0];
}

async function inPieces(items, hash) {
  const hashed = [];
  for (let at = 0; at < items.length; at += 4096) hashed.push(...(await Promise.all(items.slice(at, at + 4096).map(hash))));
  return hashed;
}
