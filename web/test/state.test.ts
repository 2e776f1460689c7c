/* state.test.ts -- the reducer and what is derived from it: examples and properties. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode } from "@ringbridge/sdk";
import type { FromHub, User } from "@ringbridge/sdk";
import { cards, who } from "../src/cards.js";
import { initial, isDirty, reduce } from "../src/state.js";
import type { Draft, Message, State } from "../src/state.js";
import * as say from "./support/conversations.js";
import type { Wire } from "./support/conversations.js";

const user: User = { id: "u", name: "aoki", display: "青木", role: "agent", lang: "ja", lines: ["201"], watch: [] };

function wire(m: Wire): FromHub {
  const d = decode(JSON.stringify(m));
  assert.ok(d.ok, d.ok ? "" : d.problem);
  assert.deepEqual(d.problems, []);
  return d.message;
}

const change = (c: Wire): Message => wire({ type: "change", seq: 1, conversation: c }) as Message;
const pop = (conversation = "0193-a", more: Wire = {}): Message =>
  wire({ type: "pop", seq: 1, id: `p-${conversation}`, conversation, line: "201", why: "ring", here: true, ...more }) as Message;
const gone = (conversation = "0193-a", why = "left"): Message =>
  wire({ type: "pop_withdrawn", seq: 1, id: `p-${conversation}`, conversation, line: "201", why }) as Message;
const snapshot = (conversations: Wire[], pops: Wire[] = []): Message =>
  wire({ type: "snapshot", seq: 1, conversations, lines: [], pops, health: say.health() }) as Message;

const run = (messages: Message[], from: State = initial): State =>
  messages.reduce(reduce, reduce(from, { type: "user", user }));
const kinds = (s: State): string[] => cards(s).map((c) => `${c.conversation.id}:${c.kind}:${c.state}`);

const note = (text: string): Draft => ({ id: "n-1", text, disposition: null });
const kept = (text: string): Wire => ({ at: say.at(9), user: "aoki", ...note(text) });

describe("cards", () => {
  it("ring, connect, hold, end, dismiss", () => {
    let s = run([change(say.conversation()), pop()]);
    assert.deepEqual(kinds(s), ["0193-a:waiting:alerting"]);
    s = run([change(say.connected())], s);
    assert.deepEqual(kinds(s), ["0193-a:active:connected"]);
    assert.equal(cards(s)[0]!.since, say.at(7));
    s = run([change(say.held())], s);
    assert.deepEqual(kinds(s), ["0193-a:active:held"]);
    assert.equal(cards(s)[0]!.since, say.at(60));
    s = run([gone(), change(say.ended())], s);
    assert.deepEqual(kinds(s), ["0193-a:over:ended"]);
    s = run([{ type: "dismissed", conversation: "0193-a" }], s);
    assert.deepEqual(kinds(s), []);
    assert.equal(s.conversations.size, 0);
    assert.deepEqual(s.recent.map((c) => c.id), ["0193-a"]);
  });

  it("pop and picture in either order", () => {
    assert.deepEqual(kinds(run([pop(), change(say.conversation())])), kinds(run([change(say.conversation()), pop()])));
  });

  it("no pop, no card for a ring; also none when somebody else's line rings", () => {
    assert.deepEqual(kinds(run([change(say.conversation())])), []);
    const other = say.conversation({ legs: [say.leg({ line: "202" })] });
    assert.deepEqual(kinds(run([change(other)])), []);
  });

  it("answered elsewhere leaves nothing", () => {
    const lost = say.conversation({ version: 4, state: "connected", legs: [
      say.leg({ state: "ended", result: "answered-elsewhere" }),
      say.leg({ id: "2", line: "202", state: "connected", talked: [[say.at(3), null]] }),
    ] });
    for (const order of [[gone("0193-a", "answered-elsewhere"), change(lost)], [change(lost), gone("0193-a", "answered-elsewhere")]])
      assert.deepEqual(kinds(run([change(say.conversation()), pop(), ...order])), []);
  });

  it("missed stays until dismissed", () => {
    const s = run([change(say.conversation()), pop(), gone("0193-a", "stopped-ringing"), change(say.missed())]);
    assert.deepEqual(kinds(s), ["0193-a:over:missed"]);
  });

  it("after my transfer the card stays for the note while the call goes on", () => {
    const s = run([change(say.connected()), pop(), gone("0193-a", "left"), change(say.connected({ version: 7, legs: [
      say.leg({ state: "ended", result: "answered", talked: [[say.at(7), say.at(50)]] }),
      say.leg({ id: "2", line: "202", role: "transferred-to", state: "connected", talked: [[say.at(50), null]] }),
    ] }))]);
    assert.deepEqual(kinds(s), ["0193-a:over:ended"]);
  });

  it("the connected call is pinned above those that wait, held below connected", () => {
    const s = run([
      change(say.conversation({ id: "w1", started_at: say.at(10) })), pop("w1"),
      change(say.held({ id: "h" })), change(say.connected({ id: "c" })),
      change(say.conversation({ id: "w0", started_at: say.at(5) })), pop("w0"),
    ]);
    assert.deepEqual(cards(s).map((c) => c.conversation.id), ["c", "h", "w0", "w1"]);
  });

  it("a merged consultation is no card of its own", () => {
    const s = run([change(say.connected({ id: "x" })), change(say.connected({ id: "x", version: 6, merged_into: "0193-a" }))]);
    assert.deepEqual(kinds(s), []);
  });

  it("finished cards do not pile up, but one with an unsaved note is kept", () => {
    const messages: Message[] = [];
    for (let n = 0; n < 8; n++) {
      const id = `c${n}`, started_at = say.at(n * 100);
      messages.push(change(say.connected({ id, started_at })));
      if (n === 0) messages.push({ type: "draft", conversation: id, draft: note("call back") });
      messages.push(change(say.ended({ id, started_at })));
    }
    assert.deepEqual(cards(run(messages)).map((c) => c.conversation.id), ["c7", "c6", "c5", "c0"]);
  });
});

describe("reducer", () => {
  it("an older picture never replaces a newer one", () => {
    const s = run([change(say.ended()), change(say.conversation())]);
    assert.equal(s.recent[0]!.state, "ended");
    assert.deepEqual(kinds(run([change(say.connected()), change(say.conversation())])), ["0193-a:active:connected"]);
  });

  it("a snapshot replaces all; a card whose call has gone ends at an unknown time", () => {
    const s = run([change(say.connected()), change(say.connected({ id: "b" })), snapshot([say.connected({ id: "b" })])]);
    assert.deepEqual(kinds(s), ["b:active:connected", "0193-a:over:ended"]);
    assert.equal(s.conversations.get("0193-a")!.ended_at, "unknown");
  });

  it("a note is dirty until it is seen in its conversation", () => {
    let s = run([change(say.connected()), { type: "draft", conversation: "0193-a", draft: note("yes") },
      { type: "note-sent", conversation: "0193-a", draft: note("yes") }]);
    assert.ok(isDirty(s));
    s = run([change(say.connected({ version: 6, notes: [kept("yes")] }))], s);
    assert.ok(!isDirty(s));
    assert.equal(s.saving.size, 0);
    assert.deepEqual(s.saved.get("0193-a"), note("yes"));
  });

  it("what was typed after sending stays a draft, of the same note", () => {
    const s = run([change(say.connected()), { type: "note-sent", conversation: "0193-a", draft: note("yes") },
      { type: "draft", conversation: "0193-a", draft: note("yes, and more") },
      change(say.connected({ version: 6, notes: [kept("yes")] }))]);
    assert.deepEqual(s.drafts.get("0193-a"), note("yes, and more"));
    assert.ok(isDirty(s));
  });

  it("an empty note is none, unless it empties one that is kept", () => {
    const empty: Message = { type: "draft", conversation: "0193-a", draft: note("") };
    assert.ok(!isDirty(run([change(say.connected()), empty])));
    assert.ok(isDirty(run([change(say.connected()), { type: "note-saved", conversation: "0193-a", draft: note("yes") }, empty])));
  });

  it("the losers of a ring hear who took it; who was only withdrawn hears nothing", () => {
    const pop = wire({ type: "pop", seq: 1, id: "p", conversation: "0193-a", line: "201", why: "ring", here: true }) as Message;
    const gone = (why: string): Message => wire({ type: "pop_withdrawn", seq: 3, id: "p", conversation: "0193-a", line: "201", why }) as Message;
    const taken = change(say.conversation({ version: 2, legs: [say.leg(),
      say.leg({ id: "leg-2", line: "202", state: "connected", talked: [[say.at(5), null]] })] }));
    assert.deepEqual([...run([change(say.conversation()), pop, taken, gone("answered-elsewhere")]).taken], [["0193-a", "202"]]);
    assert.equal(run([change(say.conversation()), pop, gone("stopped-ringing")]).taken.size, 0);
  });

  it("a line's state comes with the snapshot and alone; a call may leave our sight", () => {
    let s = run([wire({ type: "snapshot", seq: 1, conversations: [say.conversation({ legs: [] })], pops: [], health: say.health(),
      lines: [{ line: "202", state: "idle", since: null }] }) as Message]);
    assert.deepEqual(s.presence.get("202"), { state: "idle", since: null });
    s = run([wire({ type: "line", seq: 2, line: "202", state: "connected", since: say.at(0) }) as Message,
      wire({ type: "gone", seq: 3, conversation: "0193-a" }) as Message], s);
    assert.deepEqual(s.presence.get("202"), { state: "connected", since: say.AT });
    assert.equal(s.conversations.size, 0);
  });

  it("a dial hides its own call until it is through", () => {
    const mine = say.conversation({ direction: "outbound", click_to_dial: true, initiator: "201", legs: [say.leg({ role: "caller" })] });
    const result = (more: Wire): Message => wire({ type: "result", seq: 1, id: "d", ...more }) as Message;
    let s = run([{ type: "dialled", id: "d", number: "0312345678" }, change(mine)]);
    assert.deepEqual(kinds(s), []);
    s = run([result({ state: "progress", phase: "customer-ringing", conversation: "0193-a" })], s);
    assert.equal(s.dials[0]!.phase, "customer-ringing");
    s = run([result({ state: "done", conversation: "0193-a" })], s);
    assert.equal(s.dials.length, 0);
    assert.equal(cards(s).length, 1);
  });

  it("logging out forgets everything", () => {
    const s = reduce(run([change(say.connected()), pop()]), { type: "user", user: null });
    assert.deepEqual(s, initial);
  });
});

describe("who", () => {
  const of = (more: Wire): string => {
    const s = run([change(say.conversation(more)), pop()]);
    const w = who(cards(s)[0]!.conversation, ["201"], new Map());
    return `${w.kind} ${w.number ?? "-"} ${w.contact?.id ?? "-"}`;
  };
  it("by what is known", () => {
    assert.equal(of({}), "pending 03-1234-5678 -");
    assert.equal(of({ external: say.external({ name: "YAMADA" }) }), "network 03-1234-5678 -");
    assert.equal(of({ contacts: say.one }), "contact 03-1234-5678 c-17");
    assert.equal(of({ contacts: say.many }), "many 03-1234-5678 -");
    assert.equal(of({ contacts: say.none }), "unknown 03-1234-5678 -");
    assert.equal(of({ external: say.external({ presentation: "payphone" }) }), "withheld - -");
    assert.equal(of({ external: null, direction: "internal", initiator: "305" }), "internal 305 -");
    assert.equal(of({ external: null, direction: "internal", inside: "399" }), "internal 399 -");
  });
});

describe("properties", () => {
  /* A small generator with a seed: a failure can be repeated. */
  const random = (seed: number) => (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const ids = ["a", "b", "c"];
  const shapes = [say.conversation, say.connected, say.held, say.ended, say.missed];

  it("any order of messages, 200 seeds", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const r = random(seed);
      const pick = <T>(list: readonly T[]): T => list[Math.floor(r() * list.length)]!;
      let s = run([]);
      for (let n = 0; n < 60; n++) {
        const id = pick(ids);
        const before = JSON.stringify([...s.conversations]);
        const next = reduce(s, pick<() => Message>([
          () => change(pick(shapes)({ id, version: Math.floor(r() * 20) })),
          () => pop(id, { here: r() < 0.7 }), () => gone(id),
          () => snapshot([say.conversation({ id })]),
          () => ({ type: "dismissed", conversation: id }),
          () => ({ type: "draft", conversation: id, draft: note(r() < 0.5 ? "" : "note") }),
          () => ({ type: "dialled", id: `d${n}`, number: "1" }),
        ])());
        assert.equal(JSON.stringify([...s.conversations]), before, "the state before is not touched");
        const list = cards(next);
        assert.equal(new Set(list.map((c) => c.conversation.id)).size, list.length, "one card a conversation");
        const firstOver = list.findIndex((c) => c.kind === "over");
        assert.ok(list.every((c, i) => c.kind !== "active" || i === 0 || list[i - 1]!.kind === "active"), "active on top");
        assert.ok(firstOver < 0 || list.slice(firstOver).every((c) => c.kind === "over"), "over at the end");
        assert.ok(list.every((c) => c.kind === "over" || c.conversation.state !== "ended"), "nothing ended looks alive");
        assert.ok(next.recent.every((c) => c.state === "ended"), "recent ones are over");
        s = next;
      }
      /* A full picture at the end leaves no ghost. */
      s = reduce(s, snapshot([]));
      assert.ok(cards(s).every((c) => c.kind === "over"), `seed ${seed}`);
    }
  });
});
