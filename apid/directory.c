/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory - see directory.h: signing in, and when it is down. */
#include "apid/directory.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apid/identity.h"
#include "apid/secret_file.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define BREAK_MS 15000
#define TURN_MS	 200
#define POOL_MS	 10000

struct directory {
	const struct directory_config *config;
	char *password;
	_Atomic uint64_t down_until_ms; /* nobody asks it before */
	struct pg_pool *pool;
	pthread_t thread;
	bool started;
	atomic_bool ending;
};

const struct directory_config *directory_settings(const struct directory *d)
{
	return d->config;
}

bool directory_ending(const struct directory *d)
{
	return atomic_load(&d->ending);
}

/* --- when it is down ---------------------------------------------------------------------------
 */

static void broke(struct directory *d, const struct err *err)
{
	/* What it says of one person is not an illness: the others go on asking. */
	if (err->kind == ERR_IO || err->kind == ERR_TIMEOUT)
		atomic_store(&d->down_until_ms, clock_mono_ms() + BREAK_MS);
	log_err("the directory does not serve", err);
}

static bool is_down(struct directory *d, uint64_t *left_ms_out)
{
	uint64_t now = clock_mono_ms(), until = atomic_load(&d->down_until_ms);

	*left_ms_out = until > now ? until - now : 0;
	return until > now;
}

bool directory_open(struct directory *d, struct directory_link **out, struct err *err)
{
	return directory_link_open(d->config, d->password, out, err);
}

/* Also the end of a wrong password of our own meanwhile: it tells nothing of who has one. */
static void say_down(struct directory *d, struct problem *problem)
{
	uint64_t left_ms;

	(void)is_down(d, &left_ms);
	problem_set(problem, 503, "directory-down", "The company's directory does not answer",
		    "Signing in with the password of the directory does not work now; try again "
		    "in a moment. Whoever has a password of Vestnik's own can sign in with it");
	problem->retry_after_s = (int)(left_ms / 1000 + 1);
}

/* --- signing in --------------------------------------------------------------------------------
 */

/* What a directory is asked for a login nobody has there, and for a decoy: a bind that must fail,
 * so that the answer comes as late as for a wrong password. */
static enum directory_found prove_nothing(struct directory_link *l, const struct directory *d,
					  struct err *err)
{
	enum directory_found found;
	uint8_t bytes[16];
	char password[33];
	struct buf dn;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		panic("the system has no random numbers to give");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(password + i * 2, 3, "%02x", bytes[i]);
	buf_init(&dn, 4096);
	buf_printf(&dn, "cn=%s,%s", password, d->config->base);
	found = directory_link_prove(l, buf_str(&dn), password, err);
	buf_deinit(&dn);
	return found == DIRECTORY_FAILED ? found : DIRECTORY_NONE;
}

static enum directory_found ask(struct directory *d, const char *login, const char *password,
				bool decoy, struct directory_entry *out, struct err *err)
{
	struct directory_link *l = NULL;
	enum directory_found found;

	if (!directory_open(d, &l, err))
		return DIRECTORY_FAILED;
	found = directory_link_find(l, login, out, err);
	if (found == DIRECTORY_NONE || (found == DIRECTORY_FOUND && decoy))
		found = prove_nothing(l, d, err);
	else if (found == DIRECTORY_FOUND)
		found = directory_link_prove(l, out->dn, password, err);
	if (found == DIRECTORY_FOUND)
		found = directory_link_groups(l, out, err);
	directory_link_close(&l);
	return found;
}

static bool find_person(struct request *r, const struct directory *d,
			const struct directory_entry *e, int64_t *person_id_out, struct err *err)
{
	const struct identity who = {.way = "ldap",
				     .issuer = d->config->name,
				     .subject = e->subject,
				     .login = e->login,
				     .name = e->name,
				     .groups = (const char *const *)e->groups,
				     .group_count = e->group_count};
	enum identity_found found = IDENTITY_OK;

	if (!identity_person(r->pg, &who, person_id_out, &found, err))
		return false;
	if (found != IDENTITY_OK)
		*person_id_out = 0;
	if (found == IDENTITY_NO_ROLE)
		problem_set(&r->problem, 403, "no-role", "You have no role here",
			    "The directory knows you, but none of your groups has a role in "
			    "Vestnik. Ask whoever runs the service for one");
	return true;
}

/* Directories find "anna" by " Anna" and by letters of full width as well: each would be a login of
 * its own where wrong passwords are counted, and a guesser would never be locked out. */
static bool is_plain(const char *login)
{
	for (; *login != '\0'; login++)
		if (*login <= ' ' || *login > '~')
			return false;
	return true;
}

bool directory_sign_in(struct request *r, const char *login, const char *password, bool decoy,
		       int64_t *person_id_out, struct err *err)
{
	struct directory *d = r->api->directory;
	struct directory_entry entry = {0};
	enum directory_found found;
	struct err why = {0};
	uint64_t left_ms;
	bool ok = true;

	*person_id_out = 0;
	if (is_down(d, &left_ms)) {
		say_down(d, &r->problem);
		return true;
	}
	found = ask(d, login, password, decoy || !is_plain(login), &entry, &why);
	if (found == DIRECTORY_FAILED) {
		broke(d, &why);
		say_down(d, &r->problem);
	} else if (found == DIRECTORY_FOUND) {
		ok = find_person(r, d, &entry, person_id_out, err);
	}
	directory_entry_free(&entry);
	return ok;
}

/* --- life --------------------------------------------------------------------------------------
 */

static bool pause_until(struct directory *d, uint64_t at_ms)
{
	const struct timespec turn = {.tv_nsec = TURN_MS * 1000000L};

	while (!directory_ending(d) && clock_mono_ms() < at_ms)
		nanosleep(&turn, NULL);
	return !directory_ending(d);
}

static void *check_thread(void *arg)
{
	struct directory *d = arg;
	/* Often enough to begin soon after somebody is due. */
	uint64_t every_ms = (uint64_t)d->config->check_ms / 4;

	while (pause_until(d, clock_mono_ms() + every_ms)) {
		struct err err = {0};
		struct pg *pg;

		if (!pg_pool_take(d->pool, clock_mono_ms() + POOL_MS, &pg, &err)) {
			log_err("the directory is not compared", &err);
			continue;
		}
		directory_check(d, pg);
		pg_pool_give(d->pool, pg);
	}
	return NULL;
}

bool directory_new(const struct directory_config *c, struct directory **out, struct err *err)
{
	struct directory *d;

	*out = NULL;
	if (c->url[0] == '\0')
		return true;
	if (!directory_config_check(c, err))
		return false;
	d = mem_calloc(1, sizeof(*d));
	d->config = c;
	if (!secret_file_read(c->bind_password_file, &d->password, err)) {
		mem_free(d);
		return err_wrap(err, "directory.bind_password_file");
	}
	*out = d;
	return true;
}

void directory_start(struct directory *d, struct pg_pool *pool)
{
	if (d == NULL)
		return;
	d->pool = pool;
	if (pthread_create(&d->thread, NULL, check_thread, d) != 0)
		panic("pthread_create failed");
	d->started = true;
}

void directory_free(struct directory **d)
{
	if (*d == NULL)
		return;
	atomic_store(&(*d)->ending, true);
	if ((*d)->started)
		pthread_join((*d)->thread, NULL);
	secret_file_free(&(*d)->password);
	mem_free(*d);
	*d = NULL;
}
