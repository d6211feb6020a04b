/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik verify-pack - is a pack of proof what was handed out?
 *
 * Needs nothing but the file; with --register the database is asked as well whether it was this
 * pack. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "common/model/pack.h"

#define TIMEOUT_MS 30000

static bool verify(const char *path, struct pack_report *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	ok = pack_verify(fd, out, err) || err_wrap(err, "%s", path);
	close(fd);
	return ok;
}

static int answer(const struct pack_report *pack, const struct pg_result *rows)
{
	struct err err = {0};
	char time[32];

	if (pg_rows(rows) == 0) {
		(void)err_set(&err, ERR_INPUT,
			      "the register has no such pack of complaint %lld: this one was not "
			      "handed out by this service, or its complaint is gone",
			      (long long)pack->complaint_id);
		return cli_failed(&err);
	}
	(void)printf("register: pack %lld, made %s UTC by %s\n", (long long)pg_int(rows, 0, 0),
		     cli_time(pg_time_us(rows, 0, 1), time), pg_text(rows, 0, 2));
	return CLI_OK;
}

static int compare(const struct cli *cli, const struct pack_report *pack)
{
	static const struct pg_stmt find = {
		"pack_find",
		"SELECT k.id, k.made_at, coalesce(p.name, t.name, '-') FROM complaint_pack k"
		"  LEFT JOIN person p ON p.id = k.person_id LEFT JOIN token t ON t.id = k.token_id"
		" WHERE k.complaint_id = $1::bigint AND k.digest = $2::bytea"
		" ORDER BY k.id LIMIT 1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct pg *pg = NULL;
	struct err err = {0};
	int status = cli_connect(cli, TIMEOUT_MS, &pg);

	if (status == CLI_OK) {
		pg_param_int64(params, pack->complaint_id);
		pg_param_bytes(params, pack->sum.digest, sizeof(pack->sum.digest));
		status = pg_run(pg, &find, params, &rows, &err) ? answer(pack, rows)
								: cli_failed(&err);
		pg_result_free(&rows);
		pg_close(&pg);
	}
	pg_params_free(&params);
	return status;
}

static void print_report(const struct pack_report *pack)
{
	char hex[PACK_HEX_SIZE], time[32];

	(void)printf("complaint: %lld, pack made %s UTC\n", (long long)pack->complaint_id,
		     cli_time(pack->made_at_us, time));
	(void)printf("files: %zu, each as the manifest says, none extra, none missing\n",
		     pack->sum.files - 1);
	(void)printf("manifest: SHA-256 %s\n", pack_hex(pack->sum.digest, hex));
}

int cmd_verify_pack(struct cli *cli, int argc, char **argv)
{
	struct pack_report pack;
	struct err err = {0};
	const char *path = NULL;
	bool asks = false;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--register") == 0)
			asks = true;
		else if (argv[i][0] == '-' || path != NULL)
			return cli_usage("verify-pack [--register] FILE");
		else
			path = argv[i];
	if (path == NULL)
		return cli_usage("verify-pack [--register] FILE");
	if (!verify(path, &pack, &err))
		return cli_failed(&err);
	print_report(&pack);
	return asks ? compare(cli, &pack) : CLI_OK;
}
