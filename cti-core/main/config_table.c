/*
 * config_table.c -- every key there is.
 */
#include "config_table.h"

#include <string.h>

/* clang-format off */
const struct cti_conf_section cti_conf_sections[] = {
	{ "log", false, "What is written to standard error (systemd: the journal)." },
	{ "journal", false,
	  "What was acknowledged to a PBX is on disk before it is acknowledged. Two journals lie in `dir`: "
	  "`input` (what PBXs said) and `record` (calls on their way to the database)." },
	{ "database", false, "PostgreSQL 15 or later. It may be away at the start and in between." },
	{ "web", false, "Pages, REST and WebSocket for browsers." },
	{ "directory", false, "Whose number is this." },
	{ "dial", false,
	  "Click-to-dial: who may dial what. Classes of numbers: `internal`, `national`, `international`, "
	  "`premium`, `service`. Emergency numbers are never dialled from here." },
	{ "pop", false,
	  "When a caller's card comes up: as soon as it rings, or when it is answered (for agents whose "
	  "screen others see). Agents are named by their lines. A line that is named stands above a "
	  "queue that is named, both above `at`." },
	{ "crm", true,
	  "A CRM that is asked whose number it is, and where calls are written to; the name is what people see. See "
	  "`connectors/crm/README.md`." },
	{ "book", true,
	  "An address book whose contacts are fetched: LDAP or CardDAV. The name is the source of its contacts. See "
	  "`cti-core/directory/README.md`." },
	{ "pbx", true,
	  "One telephone system; the name is what people see. `sip_servers` and `ami_address` may both be "
	  "given: the two sources are merged." },
};
const size_t cti_conf_nsections = sizeof(cti_conf_sections) / sizeof(cti_conf_sections[0]);

static const char *const level_words[] = { "error", "warn", "info", "debug", NULL };
/* In the order of enum cti_pop_at. */
static const char *const pop_words[] = { "ring", "answer", NULL };
static const char *const fsync_words[] = { "never", "interval", "always", NULL };
/* In the order of enum cti_number_class. */
static const char *const class_words[] = {
	"none", "internal", "emergency", "service", "premium", "national", "international", NULL };

#define G(field) CTI_CONF_GLOBAL, offsetof(struct cti_config, field)
#define P(field) CTI_CONF_PBX, offsetof(struct cti_pbx_conf, field)
#define C(field) CTI_CONF_CRM, offsetof(struct cti_crm_conf, field)
#define B(field) CTI_CONF_BOOK, offsetof(struct cti_book_conf, field)
#define KEY(sec, nam, typ, where, def, lo, hi, wrd, uni, liv, hlp) \
	{ .section = sec, .name = nam, .type = typ, WHERE(where), .dflt = def, .min = lo, .max = hi, \
	  .words = wrd, .unit = uni, .live = liv, .help = hlp }
#define WHERE(s, o) .scope = s, .offset = o

enum { NO = 0, LIVE = 1, NAME = 63, TEXT = 1023, KiB = 1024, MiB = 1024 * 1024 };
#define GiB ((uint64_t)1024 * MiB)

const struct cti_conf_key cti_conf_keys[] = {
KEY("log", "level", CTI_CONF_WORD, G(log.level), "info", 0, 0, level_words, "", LIVE,
	"How much is logged. Telephone numbers are masked except at `debug`."),

KEY("journal", "dir", CTI_CONF_TEXT, G(journal.dir), "/var/lib/ringbridge", 1, TEXT, NULL, "", NO,
	"Folder of our own, on a local disk."),
KEY("journal", "segment_size", CTI_CONF_SIZE, G(journal.segment_bytes), "16M", 64 * KiB, GiB, NULL, "bytes", NO,
	"Size of one file; what is no longer needed is removed in whole files."),
KEY("journal", "input_max", CTI_CONF_SIZE, G(journal.input_max_bytes), "2G", 64 * MiB, 1024 * GiB, NULL, "bytes", NO,
	"Bound of the input journal. At the bound the oldest half goes, with a warning: only a restart would have read it."),
KEY("journal", "record_max", CTI_CONF_SIZE, G(journal.record_max_bytes), "8G", 64 * MiB, 1024 * GiB, NULL, "bytes", NO,
	"Bound of the record journal, which grows while PostgreSQL is away. At the bound inputs are no longer "
	"acknowledged, so PBXs repeat them, and an alarm is raised."),
KEY("journal", "fsync", CTI_CONF_WORD, G(journal.fsync), "interval", 0, 0, fsync_words, "", NO,
	"When written data is forced to the disk. A killed process loses nothing in any case; a power cut loses "
	"with `always` nothing, with `interval` the last interval, with `never` what the system had not written."),
KEY("journal", "fsync_interval", CTI_CONF_MS, G(journal.fsync_interval_ms), "200ms", 10, 60000, NULL, "time", NO,
	"For `fsync = interval`."),

KEY("database", "url", CTI_CONF_SECRET, G(database.url), "postgresql:///ringbridge", 1, TEXT, NULL, "", NO,
	"Connection string of libpq, `postgresql://user@host/database` or `host=... dbname=...`."),
KEY("database", "batch_rows", CTI_CONF_U32, G(database.batch_rows), "200", 1, 5000, NULL, "rows", NO,
	"At most so many rows in one transaction."),
KEY("database", "batch_wait", CTI_CONF_MS, G(database.batch_wait_ms), "20ms", 0, 5000, NULL, "time", NO,
	"How long a batch may wait for more rows."),

KEY("web", "listen", CTI_CONF_TEXT, G(web.listen), "127.0.0.1", 1, NAME, NULL, "", NO,
	"Address to listen at. Anything but loopback needs `tls_cert`, or `plain = yes`."),
KEY("web", "port", CTI_CONF_U32, G(web.port), "8080", 0, 65535, NULL, "", NO,
	"TCP port; 0: any free one, told in the log."),
KEY("web", "tls_cert", CTI_CONF_TEXT, G(web.tls_cert), NULL, 1, TEXT, NULL, "", NO,
	"Certificate with its chain, PEM file."),
KEY("web", "tls_key", CTI_CONF_TEXT, G(web.tls_key), NULL, 1, TEXT, NULL, "", NO,
	"Private key of `tls_cert`, PEM file."),
KEY("web", "plain", CTI_CONF_BOOL, G(web.plain), "no", 0, 0, NULL, "", NO,
	"Allow HTTP without TLS beyond loopback, for a reverse proxy on another machine that ends TLS."),
KEY("web", "dir", CTI_CONF_TEXT, G(web.dir), "/usr/share/ringbridge/web", 1, TEXT, NULL, "", NO,
	"Folder of the web pages."),
KEY("web", "origins", CTI_CONF_LIST, G(web.origins), "", 0, 64, NULL, "", NO,
	"Origins besides our own whose pages may connect, such as `https://crm.example`."),
KEY("web", "cross_site", CTI_CONF_BOOL, G(web.cross_site), "no", 0, 0, NULL, "", NO,
	"The pages of `origins` are on another site than ours (`crm.example` and `cti.firm.example` are two): let the session's "
	"cookie reach us from them, one log-in for each site. Browsers want HTTPS for that."),
KEY("web", "metrics_allow", CTI_CONF_LIST, G(web.metrics_allow), "", 0, 64, NULL, "", NO,
	"Addresses besides loopback that may read `/metrics`."),
KEY("web", "contact_url", CTI_CONF_TEXT, G(web.contact_url), NULL, 1, TEXT, NULL, "", NO,
	"Page of a contact in the CRM; `{id}` is replaced. Must begin with https:// or http://."),
KEY("web", "call_url", CTI_CONF_TEXT, G(web.call_url), NULL, 1, TEXT, NULL, "", NO,
	"Page of a call, for the entries that are written into CRMs: where people reach our own page, such as "
	"`https://cti.example/#/call/{id}`; `{id}` is replaced. Without: no link."),
KEY("web", "session", CTI_CONF_S, G(web.session_s), "12h", 60, 30 * 86400, NULL, "time", NO,
	"A log-in ends after this time."),
KEY("web", "token", CTI_CONF_S, G(web.token_s), "60s", 5, 600, NULL, "time", NO,
	"How long a token for one WebSocket is good."),
KEY("web", "ping", CTI_CONF_S, G(web.ping_s), "20s", 5, 300, NULL, "time", NO,
	"How often a browser is asked for a sign of life; after three it is gone."),
KEY("web", "max_clients", CTI_CONF_U32, G(web.max_clients), "5000", 1, 100000, NULL, "", NO,
	"Browsers at once; more are told to come back."),
KEY("web", "workers", CTI_CONF_U32, G(web.workers), "4", 1, 64, NULL, "threads", NO,
	"Threads for log-in, queries and export, each with a database connection."),

KEY("directory", "workers", CTI_CONF_U32, G(directory.workers), "2", 1, 32, NULL, "threads", NO,
	"Threads that look numbers up, each with a database connection."),
KEY("directory", "outbox_keep", CTI_CONF_S, G(directory.outbox_keep_s), "90d", 86400, 3650 * 86400ull, NULL, "time", NO,
	"Calls that are written into a CRM are forgotten by the outbox after this time; those that are not, never."),
KEY("directory", "budget", CTI_CONF_MS, G(directory.budget_ms), "800ms", 50, 60000, NULL, "time", NO,
	"A page is told within this time who calls, or that nobody was found yet. What slow CRMs answer later is told later."),
KEY("directory", "negative_cache", CTI_CONF_MS, G(directory.negative_ms), "15s", 1000, 600000, NULL, "time", NO,
	"A CRM that did not know a number is not asked for it again so long, unless a contact with it was made here."),

KEY("dial", "agent", CTI_CONF_WORDS, G(dial.agent), "internal, national", 0, 0, class_words, "", LIVE,
	"Classes of numbers that an agent may dial."),
KEY("dial", "supervisor", CTI_CONF_WORDS, G(dial.supervisor), "internal, national, service", 0, 0, class_words, "", LIVE,
	"The same for a supervisor."),
KEY("dial", "admin", CTI_CONF_WORDS, G(dial.admin), "internal, national, service", 0, 0, class_words, "", LIVE,
	"The same for an admin."),
KEY("dial", "confirm", CTI_CONF_WORDS, G(dial.confirm), "international, premium", 0, 0, class_words, "", LIVE,
	"Classes that are asked about before they are dialled, if allowed at all."),
KEY("dial", "per_minute", CTI_CONF_U32, G(dial.per_minute), "10", 1, 1000, NULL, "dials", LIVE,
	"Dials of one user within a minute."),
KEY("dial", "timeout", CTI_CONF_S, G(dial.timeout_s), "120s", 10, 600, NULL, "time", LIVE,
	"A command has its final answer within this time."),

KEY("pop", "at", CTI_CONF_WORD, G(pop.at), "ring", 0, 0, pop_words, "", LIVE,
	"For everybody who is not named below."),
KEY("pop", "ring_lines", CTI_CONF_LIST, G(pop.ring_lines), "", 0, 20000, NULL, "", NO,
	"Lines where it comes at the ring: `201, 202`."),
KEY("pop", "answer_lines", CTI_CONF_LIST, G(pop.answer_lines), "", 0, 20000, NULL, "", NO,
	"Lines where it comes at the answer."),
KEY("pop", "ring_queues", CTI_CONF_LIST, G(pop.ring_queues), "", 0, 1000, NULL, "", NO,
	"Queues whose calls come up at the ring, as the PBX names them: `sales`."),
KEY("pop", "answer_queues", CTI_CONF_LIST, G(pop.answer_queues), "", 0, 1000, NULL, "", NO,
	"Queues whose calls come up at the answer."),

KEY("crm", "kind", CTI_CONF_TEXT, C(kind), "http", 1, NAME, NULL, "", NO,
	"`http` (any CRM for which there is a template), `odoo` or `tryton`."),
KEY("crm", "template", CTI_CONF_TEXT, C(template), NULL, 1, TEXT, NULL, "", NO,
	"For `http`: a template in the 3CX server-side CRM language, an XML file. `ringbridge check` names its mistakes."),
KEY("crm", "param.*", CTI_CONF_PAIRS, C(params), NULL, 0, 0, NULL, "", NO,
	"For `http`: the value of one of the template's parameters, `param.ApiKey = @/etc/ringbridge/crm.key`."),
KEY("crm", "url", CTI_CONF_TEXT, C(url), NULL, 1, TEXT, NULL, "", NO,
	"For `odoo` and `tryton`: the server, `https://crm.example`."),
KEY("crm", "database", CTI_CONF_TEXT, C(database), NULL, 1, NAME, NULL, "", NO,
	"For `odoo` and `tryton`: its database."),
KEY("crm", "user", CTI_CONF_TEXT, C(user), NULL, 1, NAME, NULL, "", NO,
	"For `odoo` and `tryton`: the account that looks up and writes calls."),
KEY("crm", "password", CTI_CONF_SECRET, C(password), NULL, 1, TEXT, NULL, "", NO,
	"Its password; for `odoo` rather an API key."),
KEY("crm", "country", CTI_CONF_TEXT, C(country), "JP", 2, 2, NULL, "", NO,
	"Country of numbers that the CRM writes without one, ISO 3166."),
KEY("crm", "match_digits", CTI_CONF_U32, C(match_digits), "0", 0, 20, NULL, "digits", NO,
	"For `http`: `[MaxLength]` of templates: only the last so many digits of a number are asked for; 0: all."),
KEY("crm", "max_requests", CTI_CONF_U32, C(max_requests), "4", 1, 64, NULL, "", NO,
	"Requests at once. A template's own bound counts, too."),
KEY("crm", "rate", CTI_CONF_U32, C(rate_per_s), "20", 0, 1000, NULL, "a second", NO,
	"Requests a second; 0: as many as there are."),
KEY("crm", "lookup_timeout", CTI_CONF_MS, C(lookup_ms), "3s", 100, 60000, NULL, "time", NO,
	"A look-up that takes longer is given up. It never delays a pop."),
KEY("crm", "log_timeout", CTI_CONF_MS, C(log_ms), "15s", 100, 300000, NULL, "time", NO,
	"The same for what nobody waits for: calls that are written down, contacts that are fetched."),
KEY("crm", "log_calls", CTI_CONF_BOOL, C(log_calls), "no", 0, 0, NULL, "", NO,
	"Write calls into it when they are over."),
KEY("crm", "log_unknown", CTI_CONF_BOOL, C(log_unknown), "no", 0, 0, NULL, "", NO,
	"Also those of callers whom it does not know; else they wait until it does. Of several CRMs the first one gets them."),
KEY("crm", "log_live", CTI_CONF_BOOL, C(log_live), "no", 0, 0, NULL, "", NO,
	"Begin the entry of a call as soon as it is known who calls, and complete it at the end: `odoo` and `tryton`; other "
	"CRMs get it at the end. Needs `log_calls`."),
KEY("crm", "sync", CTI_CONF_S, C(sync_s), "0s", 0, 30 * 86400, NULL, "time", NO,
	"Fetch its contacts this often, so that they are known before they call: once a day all of them, else those that "
	"changed, where the CRM tells. `ringbridge import crm NAME` does it at once. 0: never."),
KEY("crm", "tls_ca", CTI_CONF_TEXT, C(tls_ca), NULL, 1, TEXT, NULL, "", NO,
	"Certificates to trust, PEM file. Without: the system's. A certificate is always checked."),
KEY("crm", "token_dir", CTI_CONF_TEXT, C(state_dir), "/var/lib/ringbridge", 1, TEXT, NULL, "", NO,
	"For `http`: folder of our own in which a refresh token that the CRM renews is kept over a restart."),

KEY("book", "kind", CTI_CONF_TEXT, B(kind), "ldap", 1, NAME, NULL, "", NO,
	"`ldap` or `carddav`."),
KEY("book", "url", CTI_CONF_TEXT, B(url), NULL, 1, TEXT, NULL, "", NO,
	"`ldaps://ldap.example` (`ldap://` begins TLS by itself, except to this machine), or the CardDAV collection itself, "
	"`https://dav.example/aoki/contacts/`."),
KEY("book", "user", CTI_CONF_TEXT, B(user), NULL, 1, TEXT, NULL, "", NO,
	"The account; for `ldap` its DN. Without: nobody in particular."),
KEY("book", "password", CTI_CONF_SECRET, B(password), NULL, 1, TEXT, NULL, "", NO,
	"Its password."),
KEY("book", "base", CTI_CONF_TEXT, B(base), NULL, 1, TEXT, NULL, "", NO,
	"For `ldap`: below which people are looked for, `ou=people,dc=firm,dc=example`."),
KEY("book", "filter", CTI_CONF_TEXT, B(filter), NULL, 1, TEXT, NULL, "", NO,
	"For `ldap`: which of them. Without: all who have a telephone number."),
KEY("book", "country", CTI_CONF_TEXT, B(country), NULL, 2, 2, NULL, "", NO,
	"Country of numbers that are written without one, ISO 3166. Without: the first PBX's."),
KEY("book", "tls_ca", CTI_CONF_TEXT, B(tls_ca), NULL, 1, TEXT, NULL, "", NO,
	"Certificates to trust, PEM file. Without: the system's. A certificate is always checked."),
KEY("book", "sync", CTI_CONF_S, B(sync_s), "0s", 0, 30 * 86400, NULL, "time", NO,
	"Fetch it this often. `ringbridge import book NAME` does it at once. 0: never."),

KEY("pbx", "kind", CTI_CONF_TEXT, P(kind), "asterisk", 1, NAME, NULL, "", NO,
	"`asterisk`, `freeswitch`, `kamailio` or `generic`."),
KEY("pbx", "lines", CTI_CONF_RANGE, P(lines), "!", 1, 20000, NULL, "", NO,
	"Extensions to watch: `201-206, 301`."),
KEY("pbx", "trunks", CTI_CONF_LIST, P(trunks), "", 0, 256, NULL, "", NO,
	"Names of the PBX's trunk endpoints, for its event stream. Without: guessed."),
KEY("pbx", "sip_servers", CTI_CONF_LIST, P(sip_servers), "", 0, 16, NULL, "", NO,
	"For dialog events (RFC 4235) and dialling, in order of preference: `sip:pbx.example`, "
	"`sip:192.0.2.5:5060;transport=tcp`, `sips:pbx.example`. A name is looked for in the hosts file, then in DNS; all its "
	"addresses are tried before the next server."),
KEY("pbx", "sip_dns", CTI_CONF_LIST, P(sip_dns), "", 0, 8, NULL, "", NO,
	"Name servers that know the names in `sip_servers` (NAPTR, SRV, A, AAAA: RFC 3263): `192.0.2.53`, `[2001:db8::53]:5353`. "
	"Without: the system's."),
KEY("pbx", "sip_domain", CTI_CONF_TEXT, P(sip_domain), NULL, 1, 253, NULL, "", NO,
	"Host part of the addresses asked for. Without: the server's."),
KEY("pbx", "sip_user", CTI_CONF_TEXT, P(sip_user), NULL, 1, NAME, NULL, "", NO,
	"Account at the PBX that may subscribe."),
KEY("pbx", "sip_password", CTI_CONF_SECRET, P(sip_password), NULL, 1, TEXT, NULL, "", NO,
	"Its password."),
KEY("pbx", "sip_local", CTI_CONF_TEXT, P(sip_local), NULL, 1, NAME, NULL, "", NO,
	"Address to send from, with or without a port. Without: by the route to the PBX."),
KEY("pbx", "sip_list_uri", CTI_CONF_TEXT, P(sip_list_uri), NULL, 1, 253, NULL, "", NO,
	"Resource list (RFC 4662) with all lines. Without: one subscription a line."),
KEY("pbx", "sip_expires", CTI_CONF_S, P(sip_expires_s), "600s", 30, 86400, NULL, "time", NO,
	"Life of a subscription that is asked for."),
KEY("pbx", "sip_pace", CTI_CONF_U32, P(sip_pace_per_s), "100", 1, 5000, NULL, "a second", NO,
	"New subscriptions a second at the start."),
KEY("pbx", "sip_receive_buffer", CTI_CONF_SIZE, P(sip_receive_buffer_bytes), "4M", 64 * KiB, GiB, NULL, "bytes", NO,
	"Buffer of the UDP port: what arrives while the process is busy waits in it. The kernel gives no more than `sysctl "
	"net.core.rmem_max` (the log says so then); what does not fit is dropped, sent again by the PBX, and counted in "
	"`ringbridge_pbx_datagrams_dropped_total`."),
KEY("pbx", "sip_tls_verify", CTI_CONF_BOOL, P(sip_tls_verify), "yes", 0, 0, NULL, "", NO,
	"Check the server's certificate."),
KEY("pbx", "sip_tls_ca", CTI_CONF_TEXT, P(sip_tls_ca), NULL, 1, TEXT, NULL, "", NO,
	"Certificates to trust, PEM file. Without: the system's."),
KEY("pbx", "ami_address", CTI_CONF_TEXT, P(ami_address), NULL, 1, 260, NULL, "", NO,
	"Asterisk's manager interface, `host:5038`."),
KEY("pbx", "ami_user", CTI_CONF_TEXT, P(ami_user), NULL, 1, NAME, NULL, "", NO,
	"Its account; needs `read = call,reporting,system,user,agent` and `write = call,originate,reporting`."),
KEY("pbx", "ami_secret", CTI_CONF_SECRET, P(ami_secret), NULL, 1, TEXT, NULL, "", NO,
	"Its secret."),
KEY("pbx", "ami_tls", CTI_CONF_BOOL, P(ami_tls), "no", 0, 0, NULL, "", NO,
	"TLS to `ami_address` (usually port 5039)."),
KEY("pbx", "ami_tls_verify", CTI_CONF_BOOL, P(ami_tls_verify), "yes", 0, 0, NULL, "", NO,
	"Check its certificate."),
KEY("pbx", "ami_tls_ca", CTI_CONF_TEXT, P(ami_tls_ca), NULL, 1, TEXT, NULL, "", NO,
	"Certificates to trust, PEM file. Without: the system's."),
KEY("pbx", "ami_channel", CTI_CONF_TEXT, P(ami_channel), "PJSIP/{line}", 1, 127, NULL, "", NO,
	"Channel of a line's phone, for dialling; `{line}` is replaced."),
KEY("pbx", "ami_context", CTI_CONF_TEXT, P(ami_context), "from-internal", 1, 79, NULL, "", NO,
	"Dialplan context in which a dialled number is looked up."),
KEY("pbx", "ami_phone_keys", CTI_CONF_BOOL, P(ami_phone_keys), "no", 0, 0, NULL, "", NO,
	"The phones obey the SIP events `talk` and `hold` (Yealink, Poly, Snom, Grandstream and others, where it is allowed on the "
	"phone): answer, hold and resume can be pressed on the screen. PJSIP only."),
KEY("pbx", "ami_atxfer", CTI_CONF_BOOL, P(ami_atxfer), "no", 0, 0, NULL, "", NO,
	"Attended transfer from the screen. The dialplan must allow it to the phones (`Dial` with `t` and `T`), and `features.conf` "
	"must have an `atxfer` code; the FreePBX has both."),
KEY("pbx", "auto_answer", CTI_CONF_BOOL, P(auto_answer), "no", 0, 0, NULL, "", NO,
	"Ask the agent's phone to pick up by itself when a click dials."),
KEY("pbx", "ring", CTI_CONF_S, P(ring_s), "30s", 5, 180, NULL, "time", NO,
	"How long the agent's phone rings when a click dials."),
KEY("pbx", "country", CTI_CONF_TEXT, P(country), "JP", 2, 2, NULL, "", NO,
	"Home country of numbers, ISO 3166."),
KEY("pbx", "area_code", CTI_CONF_TEXT, P(area_code), NULL, 1, 8, NULL, "", NO,
	"For numbers without one, as `3` for Tokyo."),
KEY("pbx", "outside_prefix", CTI_CONF_TEXT, P(outside_prefix), NULL, 1, 8, NULL, "", NO,
	"Digits to get an outside line."),
KEY("pbx", "lost_zero", CTI_CONF_BOOL, P(lost_zero), "no", 0, 0, NULL, "", NO,
	"The trunk drops the leading 0 of callers' numbers."),
KEY("pbx", "extension_digits", CTI_CONF_U32, P(extension_digits_max), "5", 1, 9, NULL, "digits", NO,
	"Up to so many digits are an extension."),
KEY("pbx", "caller_rules", CTI_CONF_LIST, P(caller_rules), "", 0, 32, NULL, "", NO,
	"What this PBX's trunks write in a way of their own, as `PREFIX>REPLACEMENT` or `PREFIX>REPLACEMENT/DIGITS`: "
	"`00>+` reads 0044... as +44..., `>0/9` puts a 0 before nine digits. The first rule that fits a number counts. "
	"`ringbridge doctor number` shows what becomes of one."),
KEY("pbx", "dial_rules", CTI_CONF_LIST, P(dial_rules), "", 0, 64, NULL, "", NO,
	"From a number to what this PBX dials: `+81>0, +1>0101, +>010`. The longest prefix counts; `outside_prefix` and "
	"184 or 186 come before it. Without a rule that fits: as `country` writes its numbers."),
KEY("pbx", "show_withheld", CTI_CONF_BOOL, P(show_withheld), "no", 0, 0, NULL, "", NO,
	"Show, keep and look up numbers that their callers withhold, where the PBX knows them. You must have "
	"the right to do so."),
};
const size_t cti_conf_nkeys = sizeof(cti_conf_keys) / sizeof(cti_conf_keys[0]);
/* clang-format on */

const struct cti_conf_section *cti_conf_section_find(const char *name)
{
	for (size_t i = 0; i < cti_conf_nsections; i++) {
		if (strcmp(cti_conf_sections[i].name, name) == 0)
			return &cti_conf_sections[i];
	}
	return NULL;
}

const struct cti_conf_key *cti_conf_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < cti_conf_nkeys; i++) {
		const struct cti_conf_key *k = &cti_conf_keys[i];

		const size_t open = strcspn(k->name, "*"); /* "param.*" is any param */

		if (strcmp(k->section, section) == 0 &&
			(k->name[open] ? strncmp(k->name, name, open) == 0
				       : strcmp(k->name, name) == 0))
			return k;
	}
	return NULL;
}
