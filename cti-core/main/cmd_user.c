/*
 * cmd_user.c -- ringbridge user add|passwd|role|lines|groups|remove|list.
 */
#include "cmd.h"
#include "config_value.h"
#include "json.h"
#include "outbox.h"
#include "user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_BYTES = 1024 };

struct options {
	const char *role, *display, *lang;
	const char *crm; /* "NAME=ID" */
	struct cti_list lines, groups;
};

/* ---- password ------------------------------------------------------------------------ */

static bool read_line(char buf[PASSWORD_BYTES])
{
	if (!fgets(buf, PASSWORD_BYTES, stdin))
		return false;
	buf[strcspn(buf, "\r\n")] = '\0';
	return true;
}

/* From a terminal twice and unseen, else the first line of standard input: it never
 * stands in the list of processes. */
static bool ask_password(char buf[PASSWORD_BYTES])
{
	char again[PASSWORD_BYTES] = "";
	struct termios old;
	struct termios quiet;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &old))
		return read_line(buf);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)fputs("Password: ", stderr);
	ok = read_line(buf);
	(void)fputs("\nOnce more: ", stderr);
	ok = ok && read_line(again);
	(void)fputs("\n", stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	if (ok && strcmp(buf, again) != 0) {
		(void)fputs("ringbridge: the two are not the same\n", stderr);
		ok = false;
	}
	explicit_bzero(again, sizeof(again));
	return ok;
}

/* ---- actions --------------------------------------------------------------------------- */

static int done(int err, const char *what, const char *name, struct cti_pg *pg)
{
	if (err == ENOENT) {
		(void)fprintf(stderr, "ringbridge: there is no user %s\n", name);
		return 1;
	}
	if (err == EEXIST) {
		(void)fprintf(stderr, "ringbridge: there is a user %s already\n", name);
		return 1;
	}
	if (err)
		return cti_cmd_failed(what, err, pg);
	return 0;
}

static int add(struct cti_pg *pg, const char *name, const struct options *o)
{
	char password[PASSWORD_BYTES] = "";
	const char *where = NULL;
	const struct cti_user_new n = {
		.name = name,
		.display = o->display,
		.role = o->role ? o->role : "agent",
		.lang = o->lang,
		.password = password,
		.lines = (const char *const *)o->lines.v,
		.nlines = o->lines.n,
		.groups = (const char *const *)o->groups.v,
		.ngroups = o->groups.n,
	};
	int err;

	if (!ask_password(password))
		return cti_cmd_failed("read a password", EINVAL, NULL);
	err = cti_user_add(pg, &n, &where);
	explicit_bzero(password, sizeof(password));
	if (err == EINVAL) {
		(void)fprintf(stderr, "ringbridge: this %s is not allowed\n",
			where ? where : "value");
		return 1;
	}
	return done(err, "add the user", name, pg);
}

static int passwd(struct cti_pg *pg, const char *name, const struct options *o)
{
	char password[PASSWORD_BYTES] = "";
	int err;

	(void)o;
	if (!ask_password(password))
		return cti_cmd_failed("read a password", EINVAL, NULL);
	err = cti_user_passwd(pg, name, password);
	explicit_bzero(password, sizeof(password));
	if (err == EINVAL) {
		(void)fputs("ringbridge: a password has at least 8 characters\n", stderr);
		return 1;
	}
	return done(err, "set the password", name, pg);
}

/* "odoo=7"; "odoo=" takes it away. */
static int set_crm(struct cti_pg *pg, const char *name, const char *text)
{
	const char *equals = strchr(text, '=');
	char crm[64];

	if (!equals || equals == text ||
		!cti_str_copyn(crm, sizeof(crm), text, (size_t)(equals - text)))
		return EINVAL;
	return cti_user_crm_set(pg, name, crm, equals + 1);
}

static int set(struct cti_pg *pg, const char *name, const struct options *o)
{
	int err = o->crm ? set_crm(pg, name, o->crm) : 0;

	if (err == EINVAL)
		return cti_args_wrong(&cti_cmd_user, "write: --crm NAME=ID");

	if (!err && o->role)
		err = cti_user_set_role(pg, name, o->role);
	if (!err && o->lines.v)
		err = cti_user_set_lines(
			pg, name, (const char *const *)o->lines.v, o->lines.n);
	if (!err && o->groups.v)
		err = cti_user_set_groups(
			pg, name, (const char *const *)o->groups.v, o->groups.n);
	return done(err, "change the user", name, pg);
}

static int remove_user(struct cti_pg *pg, const char *name, const struct options *o)
{
	(void)o;
	return done(cti_user_remove(pg, name), "remove the user", name, pg);
}

static void print_list(const struct cti_json_node *user, const char *key)
{
	const struct cti_json_node *list = cti_json_get(user, key);

	for (size_t i = 0; i < cti_json_count(list); i++)
		(void)printf("%s%s", i ? "," : " ", cti_json_text(cti_json_at(list, i)));
}

static int list(struct cti_pg *pg)
{
	struct cti_json *doc = NULL;
	struct cti_buf json = { 0 };
	int err = cti_user_list(pg, &json);

	if (!err)
		err = cti_json_parse(&doc, json.data, json.len);
	for (size_t i = 0; !err && i < cti_json_count(cti_json_root(doc)); i++) {
		const struct cti_json_node *u = cti_json_at(cti_json_root(doc), i);

		(void)printf(
			"%-20s %-10s", cti_json_str(u, "name"), cti_json_str(u, "role"));
		print_list(u, "lines");
		print_list(u, "groups");
		(void)puts("");
	}
	cti_json_free(doc);
	cti_buf_reset(&json);
	return err ? cti_cmd_failed("list users", err, pg) : 0;
}

/* ---- words ------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	int (*h)(struct cti_pg *pg, const char *name, const struct options *o);
} actions[] = {
	{ "add", add },
	{ "passwd", passwd },
	{ "set", set },
	{ "remove", remove_user },
};

static int act(struct cti_pg *pg, const struct cti_args *args, const struct options *o)
{
	if (args->nwords == 1 && strcmp(args->words[0], "list") == 0)
		return list(pg);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (args->nwords == 2 && strcmp(actions[i].word, args->words[0]) == 0)
			return actions[i].h(pg, args->words[1], o);
	}
	return cti_args_wrong(
		&cti_cmd_user, "write: user add|passwd|set|remove NAME, or user list");
}

/* "201-203, 205" as in the configuration. 0 or 2. */
static int read_list(struct cti_list *to, const char *text, enum cti_conf_type type)
{
	const struct cti_conf_key key = { .type = type, .max = 10000 };
	struct cti_conf_complaint c = { 0 };

	if (!text || cti_conf_value_set(to, &key, text, &c, NULL) == 0)
		return 0;
	return cti_args_wrong(&cti_cmd_user, c.what);
}

static void free_list(struct cti_list *l)
{
	const struct cti_conf_key key = { .type = CTI_CONF_LIST };

	cti_conf_value_free(l, &key);
}

static int run(int argc, char *argv[])
{
	struct options o = { 0 };
	const char *lines = NULL;
	const char *groups = NULL;
	const struct cti_opt opts[] = { { "role", &o.role, NULL },
		{ "display", &o.display, NULL }, { "lang", &o.lang, NULL },
		{ "crm", &o.crm, NULL }, { "lines", &lines, NULL },
		{ "groups", &groups, NULL }, { NULL, NULL, NULL } };
	struct cti_config *config = NULL;
	struct cti_pg *pg = NULL;
	struct cti_args args;
	int err = cti_args_parse(&args, argc, argv, opts, &cti_cmd_user);

	if (!err)
		err = read_list(&o.lines, lines, CTI_CONF_RANGE);
	if (!err)
		err = read_list(&o.groups, groups, CTI_CONF_LIST);
	if (!err)
		err = cti_cmd_config(&config, args.config, false);
	if (!err)
		err = cti_cmd_database(&pg, config);
	if (!err)
		err = act(pg, &args, &o);
	cti_pg_free(pg);
	cti_config_free(config);
	free_list(&o.lines);
	free_list(&o.groups);
	return err;
}

const struct cti_cmd cti_cmd_user = {
	.name = "user",
	.summary = "add, change, remove and list people",
	.help = "usage: ringbridge user add NAME [--role agent|supervisor|admin] [--lines 201,202]\n"
		"                           [--groups sales] [--display TEXT] [--lang en|ja]\n"
		"       ringbridge user set NAME [--role ROLE] [--lines LIST] [--groups LIST]\n"
		"                           [--crm CRM=ID]\n"
		"       ringbridge user passwd NAME\n"
		"       ringbridge user remove NAME\n"
		"       ringbridge user list\n"
		"\n"
		"An agent sees the calls of their own lines, a supervisor also those of everybody in\n"
		"their groups, an admin all. The password is asked for on a terminal, or read as the\n"
		"first line of standard input. --crm says who they are in a CRM, so that calls are\n"
		"written in their name; without ID nobody. Each takes --config FILE.\n",
	.run = run,
};
