/*
 * place.ts -- where things are: the checkout, the build that is tested, and a folder
 * for what a test writes.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

export const root = process.env["RINGBRIDGE_ROOT"] ?? process.cwd();

const build = process.env["RINGBRIDGE_BUILD"] ?? "build/dev";
export const buildDir = isAbsolute(build) ? build : join(root, build);

/* A loopback block of a test file's own, by its first three bytes. Two checkouts that
 * test on one machine at the same time need different RINGBRIDGE_TEST_NET. */
export const block = (n: number): string => `${process.env["RINGBRIDGE_TEST_NET"] ?? "127.18"}.${n}`;

export const iAmRoot = process.getuid?.() === 0;

/* Servers that refuse to run as root run as this user then. */
export const serverUser = process.env["RINGBRIDGE_USER"] ?? "nobody";

function id(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, serverUser]).toString());
}

/* For spawn(): nothing unless root. */
export const asServerUser: { uid?: number; gid?: number } = iAmRoot ? { uid: id("-u"), gid: id("-g") } : {};

/* A short path: a unix socket's may have 107 bytes at most. */
export function temporaryFolder(what: string): string {
  const folder = mkdtempSync(join(tmpdir(), `rb-${what}-`));
  chmodSync(folder, 0o755);
  if (iAmRoot) execFileSync("chown", [serverUser, folder]);
  return folder;
}

/* At the end of a test; RINGBRIDGE_KEEP=1 leaves it to be looked at. */
export function discard(folder: string): void {
  if (process.env["RINGBRIDGE_KEEP"]) console.error(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

export const me = userInfo().username;
