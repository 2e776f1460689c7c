/*
 * crm_stubs.ts -- ten CRMs over real HTTP, as far as our templates use them: who may
 * ask, how each one searches, what it answers (status and form) when it finds somebody,
 * nobody, or is given a call. After the published documentation of each API; where that
 * is silent, the head of the template says so. Each knows one person.
 */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";

export interface Ask {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  text: string;
  json: () => Record<string, any>;
  form: URLSearchParams;
}

type Reply = [status: number, body?: unknown];

/* What is there of a call: our key where the CRM has a place for it. */
export interface Entry {
  key: string | null;
  person: string;
  text: string;
}

export interface Crm {
  readonly conf: (base: string) => string; /* its section, without the template */
  readonly caller: string; /* who calls, as the trunk tells it */
  readonly name: string; /* what the pop shows */
  readonly url: (base: string) => string;
  readonly answer: (a: Ask, s: Stub) => Reply | null; /* null: no such request */
}

export class Stub {
  readonly calls: Entry[] = [];
  readonly surprises: string[] = [];
  private tokens = 0;
  private server: Server | null = null;

  constructor(readonly kind: string, readonly crm: Crm, private readonly host: string) {}

  get base(): string {
    return `http://${this.host}:8000`;
  }

  /* An access token, good until expire(). */
  issue(): string {
    return `token-${++this.tokens}`;
  }

  get issued(): number {
    return this.tokens;
  }

  get token(): string {
    return this.expired ? "" : `token-${this.tokens}`;
  }

  private expired = false;
  expire(): void {
    this.expired = true;
  }

  renew(): string {
    this.expired = false;
    return this.issue();
  }

  /* Keeps it; its id. */
  keep(key: string | null, person: unknown, text: unknown): string {
    this.calls.push({ key, person: String(person), text: String(text) });
    return String(9000 + this.calls.length);
  }

  has(key: string): Entry[] {
    return this.calls.filter((c) => c.key === key);
  }

  async start(): Promise<void> {
    this.server = createServer((req, res) => {
      const url = new URL(req.url ?? "/", this.base);
      let text = "";
      req.on("data", (d: Buffer) => void (text += d.toString()));
      req.on("end", () => {
        const reply = this.crm.answer({
          method: req.method ?? "", path: decodeURIComponent(url.pathname), query: url.searchParams, headers: req.headers, text,
          json: () => JSON.parse(text) as Record<string, any>, form: new URLSearchParams(text),
        }, this);
        if (!reply) this.surprises.push(`${req.method} ${req.url} ${text}`);
        const [status, body] = reply ?? [404, { error: "no such thing" }];
        res.writeHead(status, { "Content-Type": "application/json" }).end(body === undefined ? "" : JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => this.server?.listen(8000, this.host, done));
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done) ?? done(null));
  }
}

const bearer = (a: Ask, s: Stub): boolean => s.token !== "" && a.headers.authorization === `Bearer ${s.token}`;
const basic = (a: Ask, account: string): boolean =>
  a.headers.authorization === `Basic ${Buffer.from(account).toString("base64")}`;
/* The values of field eq 'value', in the two ways of writing them. */
const quoted = (text: string): string[] => [...text.matchAll(/["']([^"']*)["']/g)].map((m) => m[1] ?? "");

const salesforce: Crm = {
  conf: (b) => `param.LoginUrl = ${b}\nparam.ClientId = cid\nparam.ClientSecret = csecret\nparam.RefreshToken = rt-1\n`,
  caller: "0377771001", name: "Salesforce 一郎", url: (b) => `${b}/lightning/r/Contact/003A1/view`,
  answer(a, s) {
    if (a.path === "/services/oauth2/token") {
      const good = a.form.get("grant_type") === "refresh_token" && a.form.get("refresh_token") === "rt-1" &&
        a.form.get("client_id") === "cid" && a.form.get("client_secret") === "csecret";
      return good ? [200, { access_token: s.renew(), instance_url: s.base, token_type: "Bearer", issued_at: "1" }]
        : [400, { error: "invalid_grant", error_description: "expired access/refresh token" }];
    }
    if (!bearer(a, s)) return [401, [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }]];
    const q = a.query.get("q") ?? "";
    if (a.path === "/services/data/v59.0/search/") {
      const words = /^FIND \{([^}]*)\} IN PHONE FIELDS RETURNING Contact\(/.exec(q)?.[1]?.split(" OR ") ?? [];
      return [200, { searchRecords: words.includes("0377771001") ? [{ attributes: { type: "Contact", url: "/x" }, Id: "003A1",
        FirstName: "一郎", LastName: "Salesforce", Phone: "03-7777-1001", MobilePhone: null, Email: null, Account: null }] : [] }];
    }
    if (a.path === "/services/data/v59.0/query/") {
      const key = /^SELECT Id FROM Task WHERE CallObject='([^']*)'$/.exec(q)?.[1];
      if (!key) return null;
      const found = s.has(key);
      return [200, { totalSize: found.length, done: true, records: found.map(() => ({ attributes: { type: "Task" }, Id: "00T1" })) }];
    }
    if (a.path !== "/services/data/v59.0/sobjects/Task" || a.method !== "POST") return null;
    const t = a.json();
    if (t["Status"] !== "Completed" || !Number.isInteger(t["CallDurationInSeconds"])) return [400, [{ errorCode: "INVALID_FIELD" }]];
    return [201, { id: s.keep(t["CallObject"], t["WhoId"], t["Description"]), success: true, errors: [] }];
  },
};

const hubspot: Crm = {
  conf: (b) => `param.Api = ${b}\nparam.Portal = 42\nparam.Token = pat-1\n`,
  caller: "0377771002", name: "HubSpot 花子", url: () => "https://app.hubspot.com/contacts/42/contact/51",
  answer(a, s) {
    if (a.headers.authorization !== "Bearer pat-1") return [401, { status: "error", category: "INVALID_AUTHENTICATION" }];
    const b = a.json();
    const wanted = ((b["filterGroups"] ?? []) as { filters: { propertyName: string; operator: string; value: string }[] }[])
      .map((g) => g.filters[0]);
    if (a.path === "/crm/v3/objects/contacts/search") {
      const hit = wanted.some((f) => f?.operator === "EQ" && f.propertyName === "hs_searchable_calculated_phone_number" && f.value === "0377771002");
      const results = hit ? [{ id: "51", properties: { firstname: "花子", lastname: "HubSpot", phone: "+81 3-7777-1002", email: null }, archived: false }] : [];
      return [200, { total: results.length, results }];
    }
    if (a.path === "/crm/v3/objects/calls/search") {
      const results = s.has(wanted[0]?.value ?? "").map(() => ({ id: "900", properties: {} }));
      return [200, { total: results.length, results }];
    }
    if (a.path !== "/crm/v3/objects/calls") return null;
    const p = b["properties"];
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(p.hs_timestamp)) return [400, { status: "error", category: "VALIDATION_ERROR" }];
    return [201, { id: s.keep(p.hs_call_external_id, b["associations"][0].to.id, p.hs_call_body), properties: p }];
  },
};

const zendesk: Crm = {
  conf: (b) => `param.Site = ${b}\nparam.Mail = bot@z.example\nparam.Token = zt\n`,
  caller: "0377771003", name: "Zendesk 三郎", url: (b) => `${b}/agent/users/61`,
  answer(a, s) {
    if (!basic(a, "bot@z.example/token:zt")) return [401, { error: "Couldn't authenticate you" }];
    if (a.path === "/api/v2/search.json") {
      const hit = a.query.get("query") === "type:user phone:+81377771003";
      return [200, { results: hit ? [{ id: 61, result_type: "user", name: "Zendesk 三郎", phone: "+81377771003", email: null }] : [], count: hit ? 1 : 0 }];
    }
    if (a.path !== "/api/v2/tickets.json") return null;
    if (a.method === "GET") return [200, { tickets: s.has(a.query.get("external_id") ?? "").map(() => ({ id: 900 })), count: 0 }];
    const t = a.json()["ticket"];
    if (!Number.isInteger(t.requester_id) || t.comment.public !== false) return [422, { error: "RecordInvalid" }];
    return [201, { ticket: { id: Number(s.keep(t.external_id, t.requester_id, t.comment.body)) } }];
  },
};

const dynamics365: Crm = {
  conf: (b) => `param.Login = ${b}\nparam.Tenant = ten-1\nparam.Org = ${b}\nparam.ClientId = cid\nparam.ClientSecret = csecret\n`,
  caller: "0377771004", name: "Dynamics 四郎", url: (b) => `${b}/main.aspx?etn=contact&pagetype=entityrecord&id=c4`,
  answer(a, s) {
    if (a.path === "/ten-1/oauth2/v2.0/token") {
      const good = a.form.get("grant_type") === "client_credentials" && a.form.get("scope") === `${s.base}/.default` &&
        a.form.get("client_secret") === "csecret";
      return good ? [200, { token_type: "Bearer", expires_in: 3599, access_token: s.renew() }] : [401, { error: "invalid_client" }];
    }
    if (!bearer(a, s)) return [401];
    const filter = a.query.get("$filter") ?? "";
    if (a.path === "/api/data/v9.2/contacts") {
      const hit = quoted(filter).includes("03-7777-1004") && filter.includes("telephone1 eq '03-7777-1004'");
      return [200, { "@odata.context": "x", value: hit ? [{ contactid: "c4", firstname: "四郎", lastname: "Dynamics", telephone1: "03-7777-1004",
        mobilephone: null, emailaddress1: null, parentcustomerid_account: null }] : [] }];
    }
    if (a.path !== "/api/data/v9.2/phonecalls") return null;
    if (a.method === "GET") {
      const key = /^activityid eq ([0-9a-f-]{36})$/.exec(filter)?.[1];
      return key ? [200, { value: s.has(key).map((c) => ({ activityid: c.key })) }] : [400, { error: { code: "0x0" } }];
    }
    const p = a.json();
    if (s.has(p["activityid"]).length) return [412, { error: { code: "0x80040237", message: "duplicate key" } }];
    s.keep(p["activityid"], p["regardingobjectid_contact_phonecall@odata.bind"].replace(/^\/contacts\((.*)\)$/, "$1"), p["description"]);
    return [204];
  },
};

const zoho: Crm = {
  conf: (b) => `param.Accounts = ${b}\nparam.Site = ${b}\nparam.ClientId = cid\nparam.ClientSecret = csecret\nparam.RefreshToken = rt-1\n`,
  caller: "0377771005", name: "Zoho 五郎", url: (b) => `${b}/crm/tab/Contacts/71`,
  answer(a, s) {
    if (a.path === "/oauth/v2/token")
      return a.form.get("refresh_token") === "rt-1" ? [200, { access_token: s.renew(), api_domain: s.base, token_type: "Bearer", expires_in: 3600 }]
        : [200, { error: "invalid_code" }];
    if (!s.token || a.headers.authorization !== `Zoho-oauthtoken ${s.token}`) return [401, { code: "INVALID_TOKEN", status: "error" }];
    if (a.path === "/crm/v2/Contacts/search")
      return a.query.get("phone") === "+81377771005" ? [200, { data: [{ id: "71", First_Name: "五郎", Last_Name: "Zoho", Phone: "+81377771005",
        Account_Name: null, Mobile: null, Email: null }], info: { count: 1, more_records: false } }] : [204];
    if (a.path !== "/crm/v2/Calls" || a.method !== "POST") return null;
    const c = a.json()["data"][0];
    return [201, { data: [{ code: "SUCCESS", details: { id: s.keep(null, c.Who_Id.id, c.Description) }, message: "record added", status: "success" }] }];
  },
};

const kintone: Crm = {
  conf: (b) => `param.Site = ${b}\nparam.App = 1\nparam.CallApp = 2\nparam.Token = "ta,tb"\n`,
  caller: "0377771006", name: "金戸 六子", url: (b) => `${b}/k/1/show#record=81`,
  answer(a, s) {
    if (a.headers["x-cybozu-api-token"] !== "ta,tb") return [401, { code: "GAIA_IA02", id: "x", message: "" }];
    const query = a.query.get("query") ?? "";
    if (a.path === "/k/v1/records.json" && a.query.get("app") === "1") {
      const hit = query.startsWith("TEL in (") && quoted(query).includes("0377771006");
      return [200, { records: hit ? [{ $id: { type: "__ID__", value: "81" }, 会社名: { type: "SINGLE_LINE_TEXT", value: "金戸商店" },
        担当者名: { type: "SINGLE_LINE_TEXT", value: "金戸 六子" }, TEL: { type: "LINK", value: "0377771006" },
        メールアドレス: { type: "LINK", value: "" } }] : [], totalCount: null }];
    }
    if (a.path === "/k/v1/records.json")
      return [200, { records: s.has(quoted(query)[0] ?? "").map(() => ({ $id: { type: "__ID__", value: "9" } })), totalCount: null }];
    if (a.path !== "/k/v1/record.json" || a.method !== "POST") return null;
    const r = a.json()["record"];
    if (s.has(r.key.value).length) return [400, { code: "CB_VA01", id: "x", message: "", errors: { "record[key].value": {} } }];
    return [200, { id: s.keep(r.key.value, r.customer.value, r.text.value), revision: "1" }];
  },
};

const bitrix24: Crm = {
  conf: (b) => `param.Webhook = ${b}/rest/1/hook/\nparam.Site = ${b}\n`,
  caller: "0377771007", name: "Bitrix 七郎", url: (b) => `${b}/crm/contact/details/91/`,
  answer(a, s) {
    const method = /^\/rest\/1\/hook\/(.*)\.json$/.exec(a.path)?.[1];
    if (!method) return [401, { error: "NO_AUTH_FOUND", error_description: "Wrong authorization data" }];
    if (method === "crm.duplicate.findbycomm") {
      const b = a.json();
      const hit = b["entity_type"] === "CONTACT" && b["type"] === "PHONE" && b["values"].includes("+81377771007");
      return [200, { result: hit ? { CONTACT: [91] } : [], time: {} }];
    }
    if (method === "crm.contact.get")
      return [200, { result: { ID: a.query.get("id"), NAME: "七郎", LAST_NAME: "Bitrix", HAS_PHONE: "Y",
        PHONE: [{ ID: "1", VALUE_TYPE: "MOBILE", VALUE: "09000000000" }, { ID: "2", VALUE_TYPE: "WORK", VALUE: "+81377771007" }] }, time: {} }];
    if (method !== "crm.timeline.comment.add") return null;
    const f = a.json()["fields"];
    return f.ENTITY_TYPE === "contact" ? [200, { result: Number(s.keep(null, f.ENTITY_ID, f.COMMENT)), time: {} }] : [400, { error: "" }];
  },
};

const suitecrm: Crm = {
  conf: (b) => `param.Site = ${b}\nparam.Api = /Api\nparam.ClientId = cid\nparam.ClientSecret = csecret\n`,
  caller: "0377771008", name: "Suite 八郎", url: (b) => `${b}/index.php?module=Contacts&action=DetailView&record=s8`,
  answer(a, s) {
    if (a.path === "/Api/access_token") {
      const b = a.json();
      return b["grant_type"] === "client_credentials" && b["client_secret"] === "csecret"
        ? [200, { token_type: "Bearer", expires_in: 3600, access_token: s.renew() }] : [401, { error: "invalid_client" }];
    }
    if (!bearer(a, s)) return [401, { error: "access_denied" }];
    if (a.path === "/Api/V8/module/Contacts") {
      const hit = a.query.get("filter[operator]") === "or" && a.query.get("filter[phone_work][eq]") === "0377771008";
      return [200, { data: hit ? [{ type: "Contact", id: "s8", attributes: { first_name: "八郎", last_name: "Suite", account_name: "",
        phone_work: "0377771008", phone_mobile: "", email1: "" } }] : [] }];
    }
    if (a.path !== "/Api/V8/module" || a.headers["content-type"] !== "application/vnd.api+json") return null;
    const d = a.json()["data"];
    return d.type === "Calls" ? [201, { data: { type: "Call", id: s.keep(null, d.attributes.parent_id, d.attributes.description) } }] : [400, { errors: {} }];
  },
};

const espocrm: Crm = {
  conf: (b) => `param.Site = ${b}\nparam.Key = ek\n`,
  caller: "0377771009", name: "Espo 九子", url: (b) => `${b}/#Contact/view/e9`,
  answer(a, s) {
    if (a.headers["x-api-key"] !== "ek") return [401];
    const value = a.query.get("where[0][value]") ?? "";
    const where = `${a.query.get("where[0][attribute]")} ${a.query.get("where[0][type]")}`;
    if (a.path === "/api/v1/Contact") {
      const list = where === "phoneNumber equals" && value === "+81377771009"
        ? [{ id: "e9", firstName: "九子", lastName: "Espo", accountName: null, phoneNumber: "+81377771009", emailAddress: null }] : [];
      return [200, { total: list.length, list }];
    }
    if (a.path !== "/api/v1/Call") return null;
    if (a.method === "GET") {
      const list = where === "description contains" ? s.calls.filter((c) => c.text.includes(value)).map(() => ({ id: "x1" })) : [];
      return [200, { total: list.length, list }];
    }
    const c = a.json();
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(c["dateStart"])) return [400];
    return [200, { id: s.keep(/[0-9a-f-]{36}$/.exec(c["description"])?.[0] ?? null, c["parentId"], c["description"]), ...c }];
  },
};

const freshdesk: Crm = {
  conf: (b) => `param.Site = ${b}\nparam.Key = fk\n`,
  caller: "0377771010", name: "Fresh 十郎", url: (b) => `${b}/a/contacts/101`,
  answer(a, s) {
    if (!basic(a, "fk:X")) return [401, { code: "invalid_credentials", message: "" }];
    if (a.path === "/api/v2/search/contacts") {
      const query = a.query.get("query") ?? "";
      if (!/^".*"$/.test(query)) return [400, { description: "Validation failed" }];
      const hit = query.includes("phone:'+81377771010'");
      return [200, { total: hit ? 1 : 0, results: hit ? [{ id: 101, name: "Fresh 十郎", phone: "+81377771010", mobile: null, email: null }] : [] }];
    }
    if (a.path !== "/api/v2/tickets" || a.method !== "POST") return null;
    const t = a.json();
    if (t["source"] !== 3 || !Number.isInteger(t["requester_id"])) return [400, { description: "Validation failed" }];
    return [201, { id: Number(s.keep(null, t["requester_id"], t["description"])) }];
  },
};

export const CRMS: Record<string, Crm> = {
  salesforce, hubspot, zendesk, dynamics365, zoho, kintone, bitrix24, suitecrm, espocrm, freshdesk,
};
/* The template has a place for our key: a call that is sent again is not there twice. */
export const ONCE = ["salesforce", "hubspot", "zendesk", "dynamics365", "kintone", "espocrm"];
