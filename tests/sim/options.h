/*
 * options.h -- what the command line of pbxsim can say.
 */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_dialect {
	SIM_DIALECT_RFC,      /* RFC 4235 with ids, tags, directions, partial documents */
	SIM_DIALECT_ASTERISK, /* one dialog a line, named after it: a device state */
};

enum sim_fault {
	SIM_FAULT_NONE,
	SIM_FAULT_302,
	SIM_FAULT_403,
	SIM_FAULT_404,
	SIM_FAULT_423,
	SIM_FAULT_481, /* to refreshes only: as after a restart */
	SIM_FAULT_489,
	SIM_FAULT_503,
	SIM_FAULT_SILENT,
	SIM_FAULT_EARLY_NOTIFY, /* the NOTIFY before the 200 (RFC 6665 section 4.1.2.4) */
	SIM_FAULT_FORK,         /* a second NOTIFY, from another branch (section 4.1.4) */
	SIM_FAULT_POSTHUMOUS, /* to refreshes: terminated, and another NOTIFY behind it */
};

enum sim_agent { SIM_AGENT_ANSWERS, SIM_AGENT_BUSY, SIM_AGENT_DECLINES, SIM_AGENT_AWAY };

struct sim_options {
	char address[64];
	uint16_t port;
	char user[64];
	char password[64];
	char realm[64]; /* default: the address */
	uint32_t line_first;
	uint32_t line_last;
	uint64_t seed;
	double calls_per_minute; /* 0: no calls by itself */
	uint32_t speed_percent;  /* of ringing and talking times; 100: as people do */
	uint32_t expires_min_s;
	uint32_t expires_max_s;
	enum sim_dialect dialect;
	enum sim_fault fault;
	uint32_t fault_times; /* for each line; 0: for ever */
	uint32_t retry_after_s;
	enum sim_agent agent;
	const char *truth_file; /* NULL: none; borrowed from argv */
	const char *acks_file;  /* the same */
	bool unique_numbers;    /* every call from outside has a number of its own */
	bool shared_call_id;    /* all legs of a call have one, as behind a proxy */
	bool nat;               /* answers to where a request came from */
	bool control;           /* commands on standard input */
	bool list_callers;
	bool quiet;
};

/*
 * 0: go on. EAGAIN: help was printed. EINVAL: the mistake is on standard error.
 */
int sim_options_parse(struct sim_options *opt, int argc, char **argv);

/* "503:2", "none": as --fault. EINVAL: no such fault. */
int sim_options_fault(struct sim_options *opt, const char *s);

/* Calls a minute, as --calls-per-minute. EINVAL: not a number, or too large. */
int sim_options_rate(double *ratep, const char *s);

#endif
