/*
 * reach.test.ts -- the ways to a PBX: names in DNS (RFC 3263), several servers in order,
 * TLS, IPv6; and what is said when a way leads nowhere.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { dial } from "../support/dialling.js";
import { Daemon } from "../support/daemon.js";
import { Lab, Names, Pbxsim } from "../support/lab.js";
import { block } from "../support/place.js";
import { Postgres } from "../support/postgres.js";
import { Cleanup, until } from "../support/wait.js";

const net = block(40);
const here = `${net}.10`;
const there = `${net}.11`;
const nobody = `${net}.66`; /* no server has this address */
const cleanup = new Cleanup();
let database: Postgres;

type Settings = Record<string, string>;

function settings(more: Settings): Settings {
  return { kind: "generic", lines: "201-202", sip_user: "cti", sip_password: "pwcti", sip_dns: `${net}.53:5353`, ...more };
}

/* A daemon with these settings of its PBX, for one play. */
async function watched(pbx: Settings, play: (d: Daemon, own: Cleanup) => Promise<void>, place = { host: `${net}.40`, port: 8080 }): Promise<void> {
  const own = new Cleanup();
  try {
    const daemon = new Daemon({ ...place, database: database.url, pbx: settings(pbx) });
    await daemon.start(own);
    await play(daemon, own);
  } finally {
    await own.run();
  }
}

async function sim(own: Cleanup, host: string, port = 5060): Promise<Pbxsim> {
  const s = new Pbxsim({ host, port, more: ["--lines", "201-202", "--calls-per-minute", "60", "--speed", "400"] });
  own.add("pbxsim", () => s.stop());
  await s.ready();
  return s;
}

async function seesACall(daemon: Daemon): Promise<void> {
  const admin = await daemon.watch("kanri");
  const seen = admin.conversations.size;
  await until("a call", () => admin.conversations.size > seen, 30_000);
  admin.client.close();
}

/* What people are told about the link. */
async function says(daemon: Daemon, words: RegExp): Promise<void> {
  const admin = await daemon.watch("kanri");
  await until(`it says ${String(words)}`, () => words.test(admin.health?.pbxs[0]?.detail ?? ""), 20_000)
    .catch((e: unknown) => assert.fail(`${String(e)}: ${JSON.stringify(admin.health)}`));
  admin.client.close();
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((done, fail) => {
    server.on("error", fail);
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

before(async () => {
  database = await Postgres.open(cleanup);
  const first = new Daemon({ host: `${net}.40`, database: database.url, pbx: settings({ sip_servers: `sip:${here}` }) });
  await first.run(["migrate"]);
  await first.addUser({ name: "kanri", role: "admin", lines: [] });
  await first.addUser({ name: "aoki", role: "agent", lines: ["201"] });
});
after(() => cleanup.run());

describe("a PBX that DNS knows", () => {
  /* What the zone has, what is asked for, and by which transport and which of the
   * addresses it is reached. */
  const zones: [string, string[], string, [string, string]][] = [
    ["NAPTR and SRV choose the transport and the order",
      ["--naptr-record=pbx.test,20,50,s,SIP+D2U,,_sip._udp.pbx.test", "--naptr-record=pbx.test,10,50,s,SIP+D2T,,_sip._tcp.pbx.test",
        "--srv-host=_sip._tcp.pbx.test,b.pbx.test,5060,20,0", "--srv-host=_sip._tcp.pbx.test,a.pbx.test,5060,10,0",
        "--srv-host=_sip._udp.pbx.test,b.pbx.test,5060,10,0", `--host-record=a.pbx.test,${nobody}`, `--host-record=b.pbx.test,${here}`],
      "sip:pbx.test", ["TCP", "2/3"]],
    ["SRV alone, the first server is dead",
      ["--srv-host=_sip._udp.pbx.test,a.pbx.test,5060,10,0", "--srv-host=_sip._udp.pbx.test,b.pbx.test,5070,20,0",
        `--host-record=a.pbx.test,${nobody}`, `--host-record=b.pbx.test,${here}`],
      "sip:pbx.test", ["UDP", "2/2"]],
    ["SRV of the transport that is asked for",
      ["--srv-host=_sip._udp.pbx.test,a.pbx.test,5060,10,0", "--srv-host=_sip._tcp.pbx.test,b.pbx.test,5070,10,0",
        `--host-record=a.pbx.test,${nobody}`, `--host-record=b.pbx.test,${here}`],
      "sip:pbx.test;transport=tcp", ["TCP", "1/1"]],
    ["a port leaves only addresses to ask for", ["--srv-host=_sip._udp.pbx.test,a.pbx.test,5060,10,0", `--host-record=a.pbx.test,${nobody}`,
      `--host-record=pbx.test,${here}`], "sip:pbx.test:5070", ["UDP", "1/1"]],
    ["no service record: the name's address, the usual port", [`--host-record=pbx.test,${here}`], "sip:pbx.test", ["UDP", "1/1"]],
    ["a name for a name", ["--cname=pbx.test,real.test", `--host-record=real.test,${here}`], "sip:pbx.test", ["UDP", "1/1"]],
  ];
  for (const [what, zone, server, [transport, way]] of zones) {
    test(what, async () => {
      const own = new Cleanup();
      try {
        await new Names(`${net}.53`, 5353).start(own, zone);
        await sim(own, here);
        await sim(own, here, 5070);
        await watched({ sip_servers: server }, async (daemon) => {
          await daemon.watching(30_000);
          await daemon.logged({ msg: "PBX answers", transport, way });
          await seesACall(daemon);
        });
      } finally {
        await own.run();
      }
    });
  }

  test("no such name: health says so, and all is well when there is one", async () => {
    const own = new Cleanup();
    try {
      await new Names(`${net}.53`, 5353).start(own, []);
      await sim(own, here);
      await watched({ sip_servers: "sip:pbx.test" }, async (daemon) => {
        await says(daemon, /no such name: pbx\.test/);
        await own.run(); /* both, and then both again */
        await says(daemon, /name server/);
        await new Names(`${net}.53`, 5353).start(own, [`--host-record=pbx.test,${there}`]);
        await sim(own, there);
        await daemon.watching(30_000);
        await seesACall(daemon);
      });
    } finally {
      await own.run();
    }
  });

  test("a name of the hosts file", async () => {
    const own = new Cleanup();
    try {
      const port = await freePort("127.0.0.1");
      await sim(own, "127.0.0.1", port);
      await watched({ sip_servers: `sip:localhost:${port}` }, async (daemon) => {
        await daemon.watching(30_000);
        await seesACall(daemon);
      });
    } finally {
      await own.run();
    }
  });
});

describe("several servers", () => {
  test("are tried in order; one that dies is left for the next", async () => {
    const own = new Cleanup();
    try {
      const second = await sim(own, there);
      await watched({ sip_servers: `sip:${here}, sip:${there}` }, async (daemon) => {
        await daemon.watching(30_000);
        await daemon.logged({ msg: "PBX answers", address: `${there}:5060` });
        await seesACall(daemon);
        await second.stop("SIGKILL");
        await sim(own, here);
        await daemon.logged({ msg: "PBX answers", address: `${here}:5060` }, 60_000);
        await daemon.watching(30_000);
        await seesACall(daemon);
      });
    } finally {
      await own.run();
    }
  });
});

describe("IPv6", async () => {
  const without = await freePort("::1").then(() => false, (e: unknown) => `this machine has no IPv6 loopback: ${String(e)}`);

  test("PBX, page and dialling", { skip: without }, async () => {
    const own = new Cleanup();
    try {
      const port = await freePort("::1");
      await sim(own, "::1", port);
      await watched({ sip_servers: `sip:[::1]:${port}` }, async (daemon) => {
        await daemon.watching(30_000);
        await seesACall(daemon);
        const aoki = await daemon.watch("aoki");
        const result = await dial(aoki, "03-1234-5678").final();
        assert.equal(result.state, "done", JSON.stringify(result));
        aoki.client.close();
      }, { host: "::1", port: await freePort("::1") });
    } finally {
      await own.run();
    }
  });

  test("a name that has an IPv6 address alone", { skip: without }, async () => {
    const own = new Cleanup();
    try {
      const port = await freePort("::1");
      await new Names(`${net}.53`, 5353).start(own, ["--host-record=six.test,::1"]);
      await sim(own, "::1", port);
      await watched({ sip_servers: `sip:six.test:${port}` }, async (daemon) => {
        await daemon.watching(30_000);
        await seesACall(daemon);
      });
    } finally {
      await own.run();
    }
  });
});

describe("TLS to a real Asterisk", () => {
  const lab = new Lab("asterisk", net);
  const own = new Cleanup();
  let ca = "";
  before(async () => {
    await lab.start(own);
    await new Names(`${net}.53`, 5353).start(own, [`--host-record=pbx.test,${here}`, `--host-record=other.test,${here}`,
      "--srv-host=_sips._tcp.pbx.test,pbx.test,5061,10,0"]);
    ca = await lab.ca();
  });
  after(() => own.run());
  const asterisk: Settings = { kind: "asterisk", trunks: "itsp" };

  for (const [what, server] of [
    ["by address", `sip:${here}:5061;transport=tls`], ["by name and SRV", "sips:pbx.test"],
  ] as const) {
    test(`its certificate is what it should be, ${what}`, async () => {
      await watched({ ...asterisk, sip_servers: server, sip_tls_ca: ca }, async (daemon) => {
        await daemon.watching(30_000);
        await daemon.logged({ msg: "PBX answers", transport: "TLS" });
      });
    });
  }

  test("an authority that we do not trust is refused, and named", async () => {
    await watched({ ...asterisk, sip_servers: "sips:pbx.test" }, async (daemon) => {
      await says(daemon, /the certificate of pbx\.test is not accepted: [a-z].*sip_tls_ca/);
      assert.doesNotMatch(daemon.log, /PBX answers/);
    });
  });

  test("a certificate of another name is refused", async () => {
    await watched({ ...asterisk, sip_servers: "sips:other.test:5061", sip_tls_ca: ca }, async (daemon) => {
      await says(daemon, /the certificate of other\.test is not accepted: hostname mismatch/i);
      assert.doesNotMatch(daemon.log, /PBX answers/);
    });
  });

  const ami: Settings = { ...asterisk, ami_user: "cti", ami_secret: "cti-lab", ami_tls: "yes", ami_address: `${here}:5039` };

  test("the manager interface, with its authority and without", async () => {
    await watched({ ...ami, ami_tls_ca: ca }, async (daemon) => daemon.watching(30_000));
    await watched(ami, async (daemon) => says(daemon, /ami_tls_ca/));
  });

  test("whoever wants it so goes without", async () => {
    await watched({ ...asterisk, sip_servers: "sips:other.test:5061", sip_tls_verify: "no" }, async (daemon) => {
      await daemon.watching(30_000);
      assert.match(daemon.log, /certificate is not verified/);
    });
  });
});
