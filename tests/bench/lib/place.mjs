// place.mjs -- where things are: checkout, build, addresses, a folder of our own.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const here = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const root = resolve(here, "../..");
export const build = resolve(root, process.env.RINGBRIDGE_BUILD ?? "build/release");
export const bin = (name) => join(build, "tests/bench", name);
export const ringbridge = join(build, "cti-core/main/ringbridge");

// Loopback alone, a block of our own.
export const net = process.env.RINGBRIDGE_BENCH_NET ?? "127.28";
// Of one PBX, daemon and floor; a second set has block 1.
export const addresses = (block = 0) => ({
	pbx: `${net}.1.${10 + block}`, daemon: `${net}.1.${20 + block}`, local: `${net}.1.${40 + block}`,
	floor: `${net}.1.${50 + block}`, peer: `${net}.1.${60 + block}`, browsers: `${net}.${3 + block}`,
});

export const iAmRoot = process.getuid() === 0;
const id = (flag) => Number(execFileSync("id", [flag, "nobody"]).toString());
// For servers that refuse to run as root.
export const asServer = iAmRoot ? { uid: id("-u"), gid: id("-g") } : {};

export function folder(what) {
	const path = mkdtempSync(join(process.env.RINGBRIDGE_BENCH_TMP ?? tmpdir(), `bench-${what}-`));
	chmodSync(path, 0o755);
	if (iAmRoot) execFileSync("chown", ["nobody", path]);
	return path;
}

export function pgBin() {
	const base = "/usr/lib/postgresql";
	const newest = readdirSync(base).sort((a, b) => Number(b) - Number(a))[0];
	return join(base, newest, "bin");
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The condition's first true value; waits, and fails with words.
export async function until(what, condition, within_ms = 30_000, every_ms = 20) {
	const deadline = Date.now() + within_ms;
	for (;;) {
		const value = await condition();
		if (value) return value;
		if (Date.now() > deadline) throw new Error(`not within ${within_ms} ms: ${what}`);
		await sleep(every_ms);
	}
}
