// ami.mjs -- a manager interface that plays a captured call over and over, each time with
// other numbers and ids, to whoever has logged in.
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, sleep } from "./place.mjs";

// What the daemon filters out (and a peer that knows AMI would): sent to nobody.
const unwanted = /^Event: (DialState|ExtensionStatus|DeviceStateChange|SoftHangupRequest|BridgeCreate|BridgeDestroy)$/m;

// Blocks of text of one incoming, answered call.
function template() {
	const text = readFileSync(join(root, "tests/data/captures/asterisk/09-trunk-in-national/ami.txt"), "utf8");
	return text.split("\n\n").map((b) => b.replace(/^(----.*|\+[\d.]+)\n/gm, "").trim())
		.filter((b) => b.startsWith("Event: ") && !unwanted.test(b));
}

export class Ami {
	constructor() {
		this.blocks = template();
		this.sessions = new Map();
		this.calls = 0;
	}

	get eventsPerCall() { return this.blocks.length; }

	async listen(host, port) {
		this.server = createServer((socket) => this.#serve(socket));
		await new Promise((done) => this.server.listen(port, host, done));
		return this;
	}

	#serve(socket) {
		let text = "";
		socket.setNoDelay(true);
		socket.on("error", () => {});
		socket.write("Asterisk Call Manager/9.0.0\r\n");
		socket.on("data", (d) => {
			text += d;
			for (let end; (end = text.indexOf("\r\n\r\n")) >= 0; text = text.slice(end + 4)) this.#action(socket, text.slice(0, end));
		});
	}

	#action(socket, text) {
		const f = Object.fromEntries(text.split("\r\n").map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 1).trim()]));
		const id = f.actionid ? `ActionID: ${f.actionid}\r\n` : "";
		const ok = (more = "") => socket.write(`Response: Success\r\n${id}${more}\r\n`);
		switch ((f.action ?? "").toLowerCase()) {
		case "challenge": ok("Challenge: 123456789\r\n"); break;
		case "login":
			ok("Message: Authentication accepted\r\n");
			socket.write("Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n");
			this.sessions.set(f.username, socket);
			break;
		case "ping": ok("Ping: Pong\r\n"); break;
		case "status": ok("EventList: start\r\n"); socket.write(`Event: StatusComplete\r\n${id}EventList: Complete\r\nListItems: 0\r\nItems: 0\r\n\r\n`); break;
		case "getvar": ok(`Variable: ${f.variable}\r\nValue: ${/pres/.test(f.variable) ? "allowed_not_screened" : "1"}\r\n`); break;
		default: ok("Message: OK\r\n");
		}
	}

	#call(i, lines) {
		const hex = (n) => n.toString(16).padStart(8, "0"), line = String(10000 + (i % lines));
		return this.blocks.map((b) => b.replaceAll("PJSIP/itsp-0000000f", `PJSIP/itsp-${hex(2 * i)}`).replaceAll("PJSIP/201-00000010", `PJSIP/${line}-${hex(2 * i + 1)}`)
			.replaceAll("1795331087.15", `1795331087.${100 + 2 * i}`).replaceAll("1795331087.16", `1795331087.${101 + 2 * i}`)
			.replaceAll("0312345678", `0801${String(i).padStart(7, "0")}`).replace(/: 201$/gm, `: ${line}`)
			.replaceAll("7f56c83a-eb49-4518-8f8e-983a9430d7d2", `7f56c83a-eb49-4518-8f8e-${String(i).padStart(12, "0")}`).replaceAll("\n", "\r\n"));
	}

	// n calls, rate a second; the events of a call follow each other within a third of a second.
	async feed(user, n, rate, lines) {
		const socket = this.sessions.get(user), first = this.calls, begin = performance.now(), steps = this.eventsPerCall, spread = 300 / steps;
		const due = [];
		for (let i = 0; i < n; i++) {
			const blocks = this.#call(first + i, lines);
			blocks.forEach((b, k) => due.push([(1000 * i) / rate + k * spread, b]));
		}
		due.sort((a, b) => a[0] - b[0]);
		this.calls += n;
		for (let at = 0; at < due.length;) {
			const now = performance.now() - begin;
			let out = "";
			while (at < due.length && due[at][0] <= now) out += `${due[at++][1]}\r\n\r\n`;
			if (out) socket.write(out);
			await sleep(2);
		}
		return { first, events: n * steps, seconds: (performance.now() - begin) / 1000 };
	}

	close() {
		for (const s of this.sessions.values()) s.destroy();
		this.server?.close();
	}
}
