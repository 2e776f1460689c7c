/*
 * books.test.ts -- address books as sources of contacts: a real OpenLDAP, over TLS and
 * in pages, and a real Radicale by CardDAV.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Radicale, Slapd } from "../support/books.js";
import { Daemon } from "../support/daemon.js";
import { block } from "../support/place.js";
import { Postgres } from "../support/postgres.js";
import { Cleanup, until } from "../support/wait.js";

const net = block(71);
const STAFF = 1200; /* more than two pages */

const person = (n: number): string => `dn: uid=u${n},ou=people,${Slapd.suffix}
objectClass: inetOrgPerson
uid: u${n}
cn: Person ${n}
sn: ${n}
telephoneNumber: 03-1234-${String(n).padStart(4, "0")}

`;
const LDIF = `dn: ou=people,${Slapd.suffix}
objectClass: organizationalUnit
ou: people

dn: uid=abe,ou=people,${Slapd.suffix}
objectClass: inetOrgPerson
uid: abe
cn: Abe Ken
displayName:: ${Buffer.from("安部 健").toString("base64")}
sn: Abe
o:: ${Buffer.from("海山商事").toString("base64")}
title: Manager
mail: ken@umiyama.example
telephoneNumber: +81 3 9876 5432
mobile: 090-1111-2222
labeledURI: https://crm.example/abe

dn: uid=mute,ou=people,${Slapd.suffix}
objectClass: inetOrgPerson
uid: mute
cn: No Number
sn: Number

${Array.from({ length: STAFF - 1 }, (_, i) => person(i + 1)).join("")}`;

const CARD = `BEGIN:VCARD
VERSION:3.0
UID:hayashi
FN:林 花
N:林;花;;;
ORG:林商店
TEL;TYPE=CELL:090-3333-4444
TEL;TYPE=WORK:03-5555-6666
EMAIL:hana@hayashi.example
END:VCARD
`;

describe("address books", { skip: Slapd.missing() || Radicale.missing() || false }, () => {
  const cleanup = new Cleanup();
  let database: Postgres;
  let daemon: Daemon;
  let slapd: Slapd;
  let radicale: Radicale;

  const section = (name: string, keys: Record<string, string>): string =>
    `[book ${name}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${v}\n`).join("")}`;
  const ldap = (more: Record<string, string> = {}): Record<string, string> => ({ kind: "ldap", url: slapd.tls, tls_ca: slapd.ca,
    user: `"${Slapd.admin}"`, password: Slapd.password, base: `"ou=people,${Slapd.suffix}"`, ...more });
  const dav = (more: Record<string, string> = {}): Record<string, string> => ({ kind: "carddav", url: radicale.book,
    user: Radicale.user, password: Radicale.password, ...more });

  before(async () => {
    database = await Postgres.open(cleanup);
    slapd = await Slapd.open(`${net}.60`, LDIF, cleanup);
    radicale = await Radicale.open(`${net}.61`, cleanup);
    radicale.put("hayashi", CARD);
    daemon = new Daemon({
      host: `${net}.40`, database: database.url, pbx: { kind: "generic", lines: "201", country: "JP", sip_servers: `sip:${net}.10`, sip_local: `${net}.40` },
      more: section("staff", ldap()) + section("plain", ldap({ url: slapd.plain })) + section("stranger", ldap({ tls_ca: "/etc/hostname" })) +
        section("liar", ldap({ password: "wrong" })) + section("nobody", ldap({ filter: "(cn=nobody)" })) + section("lost", ldap({ base: '"ou=x,dc=firm,dc=example"' })) +
        section("friends", dav()) + section("thief", dav({ password: "wrong" })) + section("page", dav({ url: `http://${net}.61:5232/${Radicale.user}/nothing/` })),
    });
    await daemon.run(["migrate"]);
  });
  after(() => cleanup.run());

  const fetched = (name: string): Promise<string> => daemon.run(["import", "book", name]);
  const refused = (name: string): Promise<string> => fetched(name).then((out) => assert.fail(out), (e: Error) => e.message);
  const contact = (source: string, name: string): Promise<string[][]> => database.query(`SELECT c.name, co.name, c.title, c.email, c.url,
    (SELECT string_agg(e164 || ' ' || label, ', ' ORDER BY position) FROM contact_numbers WHERE contact_id = c.id)
    FROM contacts AS c LEFT JOIN companies AS co ON co.id = c.company_id WHERE c.source = '${source}' AND c.name = '${name}'`);

  test("LDAP, over TLS and in pages: all who have a number", async () => {
    assert.match(await fetched("staff"), new RegExp(`^${STAFF} contacts imported, 0 entries left out$`, "m"));
    assert.deepEqual(await contact("staff", "安部 健"), [["安部 健", "海山商事", "Manager", "ken@umiyama.example", "https://crm.example/abe",
      "+81398765432 phone, +819011112222 mobile"]]);
    assert.deepEqual(await contact("staff", "No Number"), []);
    const before = await database.query("SELECT id FROM contacts WHERE source = 'staff' AND name = '安部 健'");
    await fetched("staff");
    assert.deepEqual(await database.query("SELECT id FROM contacts WHERE source = 'staff' AND name = '安部 健'"), before);
  });

  test("LDAP: a plain connection to this machine; what is wrong is said, and nothing changes", async () => {
    assert.match(await fetched("plain"), /imported/);
    assert.match(await refused("stranger"), /cannot be reached|tls_ca/);
    assert.match(await refused("liar"), /refuses the account/);
    assert.match(await refused("nobody"), /shows nobody/);
    assert.match(await refused("lost"), /look at base/);
    for (const text of [await refused("liar"), await refused("stranger")]) assert.ok(!text.includes("wrong") && !text.includes(Slapd.password), text);
    assert.deepEqual(await database.query("SELECT count(*) FROM contacts WHERE source = 'staff'"), [[String(STAFF)]]);
  });

  test("CardDAV: cards come, change and go", async () => {
    assert.match(await fetched("friends"), /^1 contacts imported/m);
    assert.deepEqual(await contact("friends", "林 花"), [["林 花", "林商店", "", "hana@hayashi.example", "", "+819033334444 mobile, +81355556666 phone"]]);
    radicale.put("tani", CARD.replaceAll("hayashi", "tani").replace("FN:林 花", "FN:谷 五"));
    assert.match(await fetched("friends"), /^2 contacts imported/m);
    assert.match(await refused("thief"), /refuses the account/);
    assert.match(await refused("page"), /no address book|shows nobody/);
    assert.deepEqual(await database.query("SELECT count(*) FROM contacts WHERE source = 'friends'"), [["2"]]);
  });

  test("the daemon fetches them by itself", async () => {
    await database.query("DELETE FROM contacts; DELETE FROM crm_syncs");
    daemon.edit((text) => text.replace("[book friends]\n", "[book friends]\nsync = 1h\n").replace("[book staff]\n", "[book staff]\nsync = 1h\n"));
    await daemon.start(cleanup);
    await until("both books in the index", async () =>
      (await database.query("SELECT source, count(*) FROM contacts GROUP BY source ORDER BY source")).join(";") === `friends,2;staff,${STAFF}`, 30_000);
    assert.equal(await daemon.stop(), 0);
  });
});
