// load.mjs -- the load tool as an object: each command a promise.
import { createInterface } from "node:readline";
import { Child } from "./child.mjs";
import { addresses, bin } from "./place.mjs";

export class Load {
	constructor(logs, block = 0) {
		this.addr = addresses(block);
		this.waiting = new Map();
		this.last = 0;
		this.child = new Child("load", bin("bench_load"), [], { logs, stdin: "pipe", stdout: "pipe" });
		this.child.process.stdin.on("error", () => {});
		createInterface({ input: this.child.process.stdout }).on("line", (line) => {
			const m = JSON.parse(line);
			this.waiting.get(m.id)?.done(m);
			this.waiting.delete(m.id);
		});
		this.child.process.on("exit", (code) => {
			for (const w of this.waiting.values())
				w.fail(new Error(`the load tool ended with ${code}:\n${this.child.tail(10)}`));
			this.waiting.clear();
		});
	}

	ask(verb, args = {}) {
		const id = ++this.last;
		const words = Object.entries(args).map(([k, v]) => `${k}=${v}`).join(" ");
		this.child.process.stdin.write(`${id} ${verb} ${words}\n`);
		return new Promise((done, fail) => this.waiting.set(id, { done, fail }));
	}

	sip(lines, more = {}) { return this.ask("sip", { at: `${this.addr.pbx}:5060`, lines, first: 10000, ...more }); }
	browsers(n, more = {}) {
		return this.ask("connect", { to: `${this.addr.daemon}:8080`, n, net: this.addr.browsers, parallel: 128, ...more });
	}

	async close() {
		if (this.child.running) await this.ask("quit").catch(() => {});
		await this.child.stop();
	}
}
