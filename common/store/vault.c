/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vault - see vault.h. */
#include "common/store/vault.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/mem.h"
#include "common/store/seal.h"

#define KEYS_MAX   16
#define ID_BYTES   8
#define FORMAT	   1
#define HEAD_BYTES (1 + ID_BYTES)
#define ABOUT_SIZE 200

struct key {
	uint8_t id[SEAL_KEY_BYTES]; /* the first ID_BYTES name it */
	uint8_t seal[SEAL_KEY_BYTES];
};

struct keys {
	struct key key[KEYS_MAX]; /* [0] seals */
	size_t count;
};

/* Which version of the file was read. */
struct version {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct vault {
	char *path;
	pthread_mutex_t lock; /* over everything below */
	struct keys keys;
	struct version version;
};

/* --- the file ------------------------------------------------------------------------------------
 */

static struct version version_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct version){0};
	return (struct version){
		.device = st.st_dev, .inode = st.st_ino, .size = st.st_size, .changed = st.st_mtim};
}

static bool same_version(const struct version *a, const struct version *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool add_key(struct keys *keys, const char *path, const char *line, size_t len,
		    struct err *err)
{
	struct key *key = &keys->key[keys->count];

	if (len < KEY_FILE_TEXT_MIN)
		return err_set(err, ERR_INPUT,
			       "%s: key %zu has %zu octets; expected at least %d, as openssl rand "
			       "-hex 32 writes them",
			       path, keys->count + 1, len, KEY_FILE_TEXT_MIN);
	if (keys->count == KEYS_MAX)
		return err_set(err, ERR_INPUT, "%s: more than %d keys; take out the oldest", path,
			       KEYS_MAX);
	seal_derive(line, len, "vestnik-vault-id", key->id);
	seal_derive(line, len, "vestnik-vault-seal", key->seal);
	keys->count++;
	return true;
}

static bool split(const char *path, const char *text, struct keys *out, struct err *err)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");

		if (len > 0 && !add_key(out, path, text, len, err))
			return false;
		text += len;
		text += strspn(text, "\r\n");
	}
	return true;
}

static bool read_keys(const char *path, struct keys *out, struct err *err)
{
	char text[KEY_FILE_TEXT_MAX + 1];
	size_t len = 0;
	bool ok;

	*out = (struct keys){0};
	ok = key_file_read(path, text, &len, err) && split(path, text, out, err);
	OPENSSL_cleanse(text, sizeof(text));
	return ok;
}

bool vault_load(const char *path, struct vault **out, struct err *err)
{
	struct version version = version_of(path);
	struct keys keys;
	bool ok;

	*out = NULL;
	if (path[0] == '\0')
		return true;
	ok = read_keys(path, &keys, err);
	if (ok) {
		*out = mem_calloc(1, sizeof(**out));
		(*out)->path = mem_strdup(path);
		(*out)->keys = keys;
		(*out)->version = version;
		pthread_mutex_init(&(*out)->lock, NULL);
	}
	OPENSSL_cleanse(&keys, sizeof(keys));
	return ok;
}

void vault_free(struct vault **vault)
{
	struct vault *v = *vault;

	if (v == NULL)
		return;
	pthread_mutex_destroy(&v->lock);
	mem_free(v->path);
	OPENSSL_cleanse(v, sizeof(*v));
	mem_free(v);
	*vault = NULL;
}

/* --- keys ----------------------------------------------------------------------------------------
 */

/* Read the file again if it is another one.  Under the lock. */
static void refresh(struct vault *v)
{
	struct version now = version_of(v->path);
	struct keys keys;
	struct err err;

	if (same_version(&now, &v->version))
		return;
	v->version = now;
	if (read_keys(v->path, &keys, &err))
		v->keys = keys;
	OPENSSL_cleanse(&keys, sizeof(keys));
}

static bool is_there(const struct vault *v, struct err *err)
{
	if (v != NULL)
		return true;
	return err_set(err, ERR_INPUT,
		       "secrets are stored sealed only, and secrets.key_file is not set");
}

/* The key that seals (id NULL), or the one of that id. */
static bool take_key(struct vault *v, const uint8_t *id, struct key *out)
{
	bool found = false;

	pthread_mutex_lock(&v->lock);
	refresh(v);
	for (size_t i = 0; i < v->keys.count && !found; i++)
		if (id == NULL || memcmp(v->keys.key[i].id, id, ID_BYTES) == 0) {
			*out = v->keys.key[i];
			found = true;
		}
	pthread_mutex_unlock(&v->lock);
	return found;
}

static const char *say_about(const struct vault_place *place, char out[ABOUT_SIZE])
{
	snprintf(out, ABOUT_SIZE, "%s/%" PRId64 "/%s", place->owner, place->id, place->name);
	return out;
}

/* --- seals ---------------------------------------------------------------------------------------
 */

bool vault_seal(struct vault *vault, const struct vault_place *place, const void *text, size_t len,
		struct buf *out, struct err *err)
{
	char about[ABOUT_SIZE];
	struct key key;
	bool ok;

	if (!is_there(vault, err))
		return false;
	if (len > VAULT_TEXT_MAX)
		return err_set(err, ERR_LIMIT, "a secret has at most %d octets", VAULT_TEXT_MAX);
	(void)take_key(vault, NULL, &key); /* there is at least one */
	ok = buf_add_char(out, FORMAT) && buf_add(out, key.id, ID_BYTES) &&
	     seal_close(key.seal, say_about(place, about), text, len, out, err);
	OPENSSL_cleanse(&key, sizeof(key));
	return ok;
}

bool vault_unseal(struct vault *vault, const struct vault_place *place, const void *sealed,
		  size_t len, struct buf *out, struct err *err)
{
	const uint8_t *from = sealed;
	char about[ABOUT_SIZE];
	struct key key;
	bool ok;

	if (!is_there(vault, err))
		return false;
	if (len < HEAD_BYTES + SEAL_EXTRA_BYTES || from[0] != FORMAT)
		return err_set(err, ERR_INPUT, "what was sealed is cut short, or no secret");
	if (!take_key(vault, from + 1, &key))
		return err_set(err, ERR_INPUT,
			       "it is sealed with a key that is not in secrets.key_file");
	ok = seal_open(key.seal, say_about(place, about), from + HEAD_BYTES, len - HEAD_BYTES, out,
		       err);
	OPENSSL_cleanse(&key, sizeof(key));
	return ok;
}

bool vault_is_current(struct vault *vault, const void *sealed, size_t len)
{
	const uint8_t *from = sealed;
	struct key key;
	bool current;

	if (vault == NULL || len < HEAD_BYTES || from[0] != FORMAT)
		return false;
	(void)take_key(vault, NULL, &key);
	current = memcmp(key.id, from + 1, ID_BYTES) == 0;
	OPENSSL_cleanse(&key, sizeof(key));
	return current;
}
