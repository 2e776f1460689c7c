/*
 * cast.c -- the callers; see cast.h. All invented; the numbers are well-formed
 * but from blocks of examples.
 */
#include "cast.h"

#include <string.h>

struct person {
	const char *number;
	const char *shown; /* what the network sends as a name; "" for most */
	const char *name;  /* in the address book; NULL: nobody knows them */
	const char *company;
	const char *label;
};

static const struct person people[] = {
	{ "0312345678", "", "山田 太郎", "山田商店", "work" },
	{ "0399998888", "山田商事", "山田 花子", "山田商事", "work" },
	{ "09012345678", "", "佐藤 一郎", "佐藤工務店", "mobile" },
	{ "08098765432", "", "鈴木 さくら", "", "mobile" },
	{ "0661234567", "ﾀﾅｶ ｼﾖｳｼﾞ", "田中 実", "田中商事", "work" },
	{ "0521112222", "", "伊藤 健", "伊藤精機", "work" },
	{ "0120000444", "", "お客様窓口", "みなと銀行", "work" },
	{ "05011112222", "", "渡辺 直美", "渡辺設計", "voip" },
	{ "+442071838750", "Jane Smith", "Jane Smith", "Smith & Sons", "work" },
	{ "+12125550123", "ACME \"East\" <NY>", "John O'Neil", "ACME East", "work" },
	{ "0355559999", "", NULL, NULL, NULL },
	{ "07011113333", "", NULL, NULL, NULL },
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

static const char *const dids[] = { "0355501234", "0355501235", "0355501236" };

/*
 * Nobody calls twice at once, or again at once: two calls of one number within a moment
 * are one conversation to whoever watches, and the truth must be what can be known. All
 * who withhold their number are one to a watcher.
 */
enum { AGAIN_MS = 4000, WITHHELD = PEOPLE };

static struct {
	bool calls;
	uint64_t free_ms; /* from then on */
} now_calls[PEOPLE + 1];

static bool take(struct sim *sim, size_t who)
{
	if (now_calls[who].calls || sim_now_ms(sim) < now_calls[who].free_ms)
		return false;
	now_calls[who].calls = true;
	return true;
}

static void stranger(struct sim_party *party, const struct sim *sim)
{
	(void)re_snprintf(party->number, sizeof(party->number), "050%08u", sim->next_id);
	party->presentation = "allowed";
}

void sim_cast_caller(struct sim_party *party, struct sim *sim)
{
	const size_t who = sim_dice(sim) % PEOPLE;
	const bool withheld = sim_dice(sim) % 12 == 0;
	const struct person *p = &people[who];

	if (sim->opt.unique_numbers || !take(sim, withheld ? (size_t)WITHHELD : who)) {
		stranger(party, sim);
		return;
	}
	str_ncpy(party->number, p->number, sizeof(party->number));
	str_ncpy(party->name, p->shown, sizeof(party->name));
	party->presentation = withheld ? "withheld" : "allowed";
}

void sim_cast_release(const struct sim_party *party, const struct sim *sim)
{
	const bool withheld = !strcmp(party->presentation, "withheld");

	for (size_t i = 0; i <= PEOPLE; i++) {
		if (i == WITHHELD ? !withheld
				  : withheld || strcmp(people[i].number, party->number))
			continue;
		now_calls[i].calls = false;
		now_calls[i].free_ms = sim_now_ms(sim) + AGAIN_MS;
	}
}

const char *sim_cast_did(struct sim *sim)
{
	return dids[sim_dice(sim) % (sizeof(dids) / sizeof(dids[0]))];
}

void sim_cast_print(void)
{
	(void)re_printf("id,name,company,number,label\n");
	for (size_t i = 0; i < PEOPLE; i++) {
		if (people[i].name)
			(void)re_printf("demo-%zu,\"%s\",\"%s\",%s,%s\n", i + 1,
				people[i].name, people[i].company, people[i].number,
				people[i].label);
	}
}
