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
