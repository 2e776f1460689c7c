// peers.mjs -- the peers' own packages, installed once if the registry can be reached.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { here } from "./place.mjs";

let known;
export function hasPeers() {
	if (known !== undefined) return known;
	known = existsSync(join(here, "node_modules/ws/package.json"));
	if (!known) {
		try {
			execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "pipe" });
			known = true;
		} catch (e) {
			console.log(`peers are left out, their packages cannot be had: ${String(e.stderr ?? e).split("\n")[0]}`);
		}
	}
	return known;
}
