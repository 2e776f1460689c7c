/*
 * cti/conf.h -- the parts of the configuration that connectors read.
 *
 * Filled from the table of keys in main/config.c; secrets are already fetched
 * from their files or the environment. Read-only, lives as long as the process.
 */
#ifndef CTI_CONF_H
#define CTI_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cti_list {
	char **v; /* owned by the configuration */
	size_t n;
};

/* One [pbx NAME] section. */
struct cti_pbx_conf {
	char *name;
	char *kind;            /* "asterisk", "freeswitch", "kamailio", "generic" */
	struct cti_list lines; /* ranges already spread */
	struct cti_list trunks; /* endpoint names of trunks, for the event stream */

	/* SIP: dialog events and dialling. No servers: not used. */
	struct cti_list sip_servers; /* URIs "sip:host:port;transport=udp", in order */
	struct cti_list sip_dns;     /* name servers "192.0.2.53"; none: the system's */
	char *sip_domain;            /* host part of request URIs; NULL: the server's host */
	char *sip_user;
	char *sip_password;
	char *sip_local;        /* address to bind; NULL: chosen by the route */
	char *sip_list_uri;     /* RFC 4662 list; NULL: one subscription a line */
	uint32_t sip_expires_s; /* asked for */
	uint32_t sip_pace_per_s; /* SUBSCRIBEs a second at the start */
	uint64_t sip_receive_buffer_bytes; /* of the UDP port */
	bool sip_tls_verify;
	char *sip_tls_ca; /* file; NULL: the system's */

	/* AMI. No address: not used. */
	char *ami_address; /* host:port */
	char *ami_user;
	char *ami_secret;
	bool ami_tls;
	bool ami_tls_verify;
	char *ami_tls_ca;
	char *ami_channel;  /* template of the agent's channel, "PJSIP/{line}" */
	char *ami_context;  /* where a dialled number is looked up, "from-internal" */
	bool ami_phone_keys; /* phones obey the events talk and hold */
	bool ami_atxfer;     /* Dial() has the options t and T, features.conf an atxfer */

	bool auto_answer; /* ask the agent's phone to pick up by itself on dial */
	uint32_t ring_s;

	/* Numbers. */
	char *country;
	char *area_code;
	char *outside_prefix;
	bool lost_zero;
	uint32_t extension_digits_max;
	struct cti_list caller_rules; /* "PREFIX>REPLACEMENT/LENGTH", as the next */
	struct cti_list dial_rules;
	bool show_withheld; /* the administrator has the right and says so */
};

struct cti_pair {
	char *name, *value;
};

struct cti_pairs {
	struct cti_pair *v; /* owned by the configuration */
	size_t n;
};

/* One [crm NAME] section. */
struct cti_crm_conf {
	char *name;
	char *kind;     /* "http", "odoo", "tryton" */
	char *template; /* http: file in the template language */
	struct cti_pairs params; /* http: values of the template's parameters */
	char *url; /* odoo, tryton: base of the server */
	char *database;
	char *user;
	char *password;
	char *country; /* of numbers that the CRM writes without one */
	char *tls_ca;  /* file; NULL: the system's */
	char *state_dir; /* where renewed tokens are kept; NULL: nowhere */
	uint32_t match_digits;  /* http: [MaxLength], the last so many; 0: whole */
	uint32_t max_requests;  /* at once */
	uint32_t rate_per_s;    /* requests a second; 0: no bound */
	uint32_t lookup_ms;     /* deadline of what a caller waits for */
	uint32_t log_ms;        /* and of the rest */
	bool log_calls;         /* calls are written into it when they are over */
	bool log_unknown;       /* also those of callers whom it does not know */
	bool log_live; /* calls are begun in it while they go on, where it can complete them */
	uint32_t sync_s;        /* its contacts are fetched this often; 0: never */
};

/* One [book NAME] section: an address book that is not a CRM. */
struct cti_book_conf {
	char *name;
	char *kind; /* "ldap", "carddav" */
	char *url;  /* ldaps://host; the CardDAV collection */
	char *user; /* LDAP: the DN to bind as; NULL: nobody */
	char *password;
	char *base;      /* ldap: below which people are */
	char *filter;    /* ldap: which of them; NULL: all with a number */
	char *country;   /* of numbers without one; NULL: the first PBX's */
	char *tls_ca;    /* file; NULL: the system's */
	uint32_t sync_s; /* it is fetched this often; 0: never */
};

#endif
