// bridge.mjs AMI-HOST AMI-PORT WS-HOST WS-PORT DATABASE-URL -- a peer: a CTI bridge as a
// competent person writes it by hand in Node, on asterisk-manager, ws and pg. It follows
// calls by Linkedid, sends each change to the browser of the line and writes calls and
// legs to PostgreSQL, the newest picture of each, in batches of 100 or every 20 ms.
// What it leaves out: everything about a restart, a dead database, rights, transfers,
// queues, presentation.
import Manager from "asterisk-manager";
import pg from "pg";
import { WebSocketServer } from "ws";

const [, , amiHost, amiPort, wsHost, wsPort, url] = process.argv;
const query = new URL(url.replace("postgresql:///", "postgresql://x/")).searchParams;
const db = new pg.Client({ host: query.get("host"), user: "ringbridge", database: new URL(url.replace("postgresql:///", "postgresql://x/")).pathname.slice(1) });
await db.connect();
await db.query(`CREATE TABLE peer_calls (id text PRIMARY KEY, number text, line text, state text, started_at timestamptz, answered_at timestamptz,
	ended_at timestamptz, outcome text, doc jsonb);
	CREATE INDEX ON peer_calls (number); CREATE INDEX ON peer_calls (started_at, id);
	CREATE TABLE peer_legs (call_id text, channel text, line text, state text, started_at timestamptz, ended_at timestamptz, cause int, PRIMARY KEY (call_id, channel));
	CREATE INDEX ON peer_legs (line, started_at)`);

// ---- browsers ---------------------------------------------------------------------

const sockets = new Map();
let joined = 0;
const server = new WebSocketServer({ host: wsHost, port: Number(wsPort), perMessageDeflate: false, handleProtocols: () => "bare" });
server.on("connection", (socket) => {
	const line = String(10000 + joined++);
	sockets.set(line, socket);
	socket.on("close", () => sockets.delete(line));
	socket.on("error", () => {});
});

// ---- database ---------------------------------------------------------------------

let dirty = new Map(), writing = false;

function rows(list, columns) {
	const values = [];
	const text = list.map((row) => `(${row.map((v) => { values.push(v); return `$${values.length}`; }).join(",")})`).join(",");
	return { text: `${columns} VALUES ${text}`, values };
}

async function flush() {
	if (writing || !dirty.size) return;
	writing = true;
	const calls = [...dirty.values()].slice(0, 100);
	for (const c of calls) dirty.delete(c.id);
	const a = rows(calls.map((c) => [c.id, c.number, c.line, c.state, c.started, c.answered, c.ended, c.outcome, JSON.stringify(c)]),
		"INSERT INTO peer_calls (id, number, line, state, started_at, answered_at, ended_at, outcome, doc)");
	const b = rows(calls.flatMap((c) => c.legs.map((l) => [c.id, l.channel, l.line, l.state, l.started, l.ended, l.cause])),
		"INSERT INTO peer_legs (call_id, channel, line, state, started_at, ended_at, cause)");
	await db.query("BEGIN");
	await db.query(`${a.text} ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number, line = EXCLUDED.line, state = EXCLUDED.state,
		answered_at = EXCLUDED.answered_at, ended_at = EXCLUDED.ended_at, outcome = EXCLUDED.outcome, doc = EXCLUDED.doc`, a.values);
	await db.query(`${b.text} ON CONFLICT (call_id, channel) DO UPDATE SET line = EXCLUDED.line, state = EXCLUDED.state, ended_at = EXCLUDED.ended_at,
		cause = EXCLUDED.cause`, b.values);
	await db.query("COMMIT");
	writing = false;
	if (dirty.size >= 100) await flush();
}
setInterval(() => flush().catch((e) => { console.error(e); process.exit(1); }), 20);

// ---- calls ------------------------------------------------------------------------

const calls = new Map();
const lineOf = (channel) => /^PJSIP\/(\d+)-/.exec(channel ?? "")?.[1];

function changed(call) {
	dirty.set(call.id, call);
	const socket = call.line && sockets.get(call.line);
	if (socket) socket.send(JSON.stringify({ type: "change", conversation: call }));
}

function callOf(e) {
	let call = calls.get(e.linkedid);
	if (!call) {
		call = { id: e.linkedid, number: e.calleridnum, line: null, state: "initiated", started: new Date().toISOString(), answered: null, ended: null,
			outcome: null, legs: [] };
		calls.set(e.linkedid, call);
	}
	return call;
}

function onEvent(e) {
	const call = e.linkedid && callOf(e);
	const leg = call?.legs.find((l) => l.channel === e.channel);
	switch (e.event) {
	case "Newchannel":
		call.legs.push({ channel: e.channel, line: lineOf(e.channel) ?? null, state: "initiated", started: new Date().toISOString(), ended: null, cause: null });
		call.line ??= lineOf(e.channel) ?? null;
		changed(call);
		break;
	case "Newstate":
		if (!leg) break;
		leg.state = e.channelstatedesc === "Ringing" ? "alerting" : e.channelstatedesc === "Up" ? "connected" : leg.state;
		if (leg.line) call.state = leg.state;
		if (leg.line && leg.state === "connected") call.answered ??= new Date().toISOString();
		changed(call);
		break;
	case "Hangup":
		if (!leg) break;
		leg.state = "ended";
		leg.ended = new Date().toISOString();
		leg.cause = Number(e.cause);
		if (call.legs.every((l) => l.ended)) {
			call.state = "ended";
			call.ended = leg.ended;
			call.outcome = call.answered ? "answered" : "missed";
			calls.delete(call.id);
		}
		changed(call);
		break;
	default:
	}
}

const ami = new Manager(Number(amiPort), amiHost, "peer", "secret", true);
ami.keepConnected();
ami.on("managerevent", onEvent);
ami.on("connect", () => console.log("ready"));
