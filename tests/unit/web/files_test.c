/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The web interface's files: which are read, what a path gets, and how it is served. */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "common/web/files.h"
#include "tests/unit/support/run.h"
#include "tests/unit/web/http_house.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* --- a folder on the disk ------------------------------------------------------------------------
 */

static char root[] = "/tmp/vestnik-files-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "we");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert(fputs(text, file) >= 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void make_folder(const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

/* What `make web` leaves, and things that must not get out. */
static void build(void)
{
	char link[300];

	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
	make_folder("assets");
	make_folder(".hidden");
	write_file("index.html", "<!doctype html>start");
	write_file("api.html", "<!doctype html>reference");
	write_file("index.html.br", "br of start");
	write_file("index.html.gz", "gz of start");
	write_file("icon.svg", "<svg/>");
	write_file("assets/app-Ab_1.js", "run()");
	write_file("assets/app-Ab_1.js.gz", "gz of run");
	write_file("assets/app-Ab_1.css", "a{}");
	write_file("assets/strange.xyz", "?");
	write_file("alone.gz", "an archive");
	write_file(".secret", "secret");
	write_file(".hidden/x.js", "secret");
	snprintf(link, sizeof(link), "%s/passwd.txt", root);
	ck_assert_int_eq(symlink("/etc/passwd", link), 0);
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *at)
{
	(void)is;
	(void)kind;
	(void)at;
	return remove(path);
}

static void clear(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct files *load(void)
{
	struct files *files = NULL;
	struct err err;

	ck_assert_msg(files_load(root, &files, &err), "%s", err.msg);
	return files;
}

/* --- what a path gets ----------------------------------------------------------------------------
 */

static const struct {
	const char *path;
	const char *accept;
	const char *data; /* NULL: no such file */
	const char *type;
	const char *coding;
} found[] = {
	{"/", NULL, "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/index.html", "", "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/api", "", "<!doctype html>reference", "text/html; charset=utf-8", NULL},
	{"/campaigns/12/edit", NULL, "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/v12", NULL, "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/assets/app-Ab_1.js", NULL, "run()", "text/javascript; charset=utf-8", NULL},
	{"/assets/app-Ab_1.css", NULL, "a{}", "text/css; charset=utf-8", NULL},
	{"/icon.svg", NULL, "<svg/>", "image/svg+xml", NULL},
	{"/assets/strange.xyz", NULL, "?", "application/octet-stream", NULL},

	{"/", "gzip, deflate, br, zstd", "br of start", "text/html; charset=utf-8", "br"},
	{"/", "GZIP", "gz of start", "text/html; charset=utf-8", "gzip"},
	{"/", "br;q=0, gzip;q=0.5", "gz of start", "text/html; charset=utf-8", "gzip"},
	{"/", "br; q=0.000,gzip ;q=0", "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/", "br;q=0.001", "br of start", "text/html; charset=utf-8", "br"},
	{"/", "*", "br of start", "text/html; charset=utf-8", "br"},
	{"/", "br;q=0,*", "gz of start", "text/html; charset=utf-8", "gzip"},
	{"/", "*;q=0", "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/", "zstd, compress", "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/", ",;=,,q=0;;,\t br", "br of start", "text/html; charset=utf-8", "br"},
	{"/", "brotli, xgzip", "<!doctype html>start", "text/html; charset=utf-8", NULL},
	{"/assets/app-Ab_1.js", "br", "run()", "text/javascript; charset=utf-8", NULL},
	{"/assets/app-Ab_1.js", "br, gzip", "gz of run", "text/javascript; charset=utf-8", "gzip"},

	{"/v1", NULL, NULL, NULL, NULL},
	{"/v1/", NULL, NULL, NULL, NULL},
	{"/v1/nothing", NULL, NULL, NULL, NULL},
	{"/assets/none.js", NULL, NULL, NULL, NULL},
	{"/assets/none", NULL, NULL, NULL, NULL},
	{"/assets/", NULL, NULL, NULL, NULL},
	{"/none.html", NULL, NULL, NULL, NULL},
	{"/index.html.br", NULL, NULL, NULL, NULL},
	{"/alone.gz", NULL, NULL, NULL, NULL},
	{"/passwd.txt", NULL, NULL, NULL, NULL},
	{"/.secret", NULL, NULL, NULL, NULL},
	{"/.hidden/x.js", NULL, NULL, NULL, NULL},
	{"/../etc/passwd", NULL, NULL, NULL, NULL},
	{"/assets/../index.html", NULL, NULL, NULL, NULL},
	{"/assets/%2e%2e/index.html", NULL, NULL, NULL, NULL},
	{"//etc/passwd.txt", NULL, NULL, NULL, NULL},
	{"/assets/app-Ab_1.js\xff", NULL, NULL, NULL, NULL},
	{"/campaigns\xff", NULL, NULL, NULL, NULL},
	{"/a b", NULL, NULL, NULL, NULL},
	{"index.html", NULL, NULL, NULL, NULL},
	{"", NULL, NULL, NULL, NULL},
};

START_TEST(test_a_path_gets_its_file)
{
	struct files_answer answer;
	struct files *files;

	build();
	files = load();
	ck_assert_msg(files_find(files, found[_i].path, found[_i].accept, &answer) ==
			      (found[_i].data != NULL),
		      "%s", found[_i].path);
	if (found[_i].data != NULL) {
		ck_assert_uint_eq(answer.len, strlen(found[_i].data));
		ck_assert_mem_eq(answer.data, found[_i].data, answer.len);
		ck_assert_str_eq(answer.type, found[_i].type);
		ck_assert_pstr_eq(answer.coding, found[_i].coding);
		ck_assert_str_eq(answer.cache, strncmp(found[_i].path, "/assets/", 8) == 0
						       ? "public, max-age=31536000, immutable"
						       : "no-cache");
	}
	files_free(&files);
	ck_assert_ptr_null(files);
	clear();
}
END_TEST

START_TEST(test_an_etag_is_known_again)
{
	struct files_answer plain;
	struct files_answer br;
	struct files *files;
	char list[200];

	build();
	files = load();
	ck_assert(files_find(files, "/", NULL, &plain));
	ck_assert(files_find(files, "/", "br", &br));
	ck_assert_str_ne(plain.etag, br.etag);
	ck_assert(!files_known(&plain, NULL));
	ck_assert(!files_known(&plain, ""));
	ck_assert(!files_known(&plain, "\"other\""));
	ck_assert(!files_known(&plain, br.etag));
	ck_assert(files_known(&plain, plain.etag));
	ck_assert(files_known(&plain, "*"));
	snprintf(list, sizeof(list), "\"x\", W/%s", plain.etag);
	ck_assert(files_known(&plain, list));
	snprintf(list, sizeof(list), ",, \"x\"\t,%s ,", plain.etag);
	ck_assert(files_known(&plain, list));
	snprintf(list, sizeof(list), "%.*s", (int)strlen(plain.etag) - 1, plain.etag);
	ck_assert(!files_known(&plain, list));
	files_free(&files);
	clear();
}
END_TEST

/* --- folders that are refused --------------------------------------------------------------------
 */

static void refused(const char *why)
{
	struct files *files = NULL;
	struct err err;

	ck_assert(!files_load(root, &files, &err));
	ck_assert_msg(strstr(err.msg, why) != NULL, "%s", err.msg);
	ck_assert_ptr_null(files);
}

START_TEST(test_wrong_folders_are_refused)
{
	char path[400];
	int fd;

	build();
	snprintf(path, sizeof(path), "%s/huge.js", root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_eq(ftruncate(fd, 16 * 1024 * 1024 + 1), 0);
	close(fd);
	refused("huge.js is too large");
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/index.html", root);
	ck_assert_int_eq(unlink(path), 0);
	refused("no index.html");
	for (int i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "%d.js", i);
		write_file(path, "");
	}
	refused("more than 2000 files");
	clear();
	refused("cannot read");
	build();
	for (size_t i = 0; i < 9; i++) {
		memcpy(path + 2 * i, "d/", 3); /* "d/", "d/d/", ... */
		make_folder(path);
	}
	refused("folders deep");
	clear();
}
END_TEST

/* --- served --------------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const char *request;
	const char *status;
	const char *parts[4]; /* of the answer */
} served[] = {
	{"the start",
	 "GET / HTTP/1.1\r\n" CLOSE "\r\n",
	 "200 OK",
	 {"Cache-Control: no-cache\r\n", "Vary: Accept-Encoding\r\n", "ETag: \"",
	  "\r\n\r\n<!doctype html>start"}},
	{"a deep link in brotli",
	 "GET /campaigns/7?tab=2 HTTP/1.1\r\n" CLOSE "Accept-Encoding: gzip, br\r\n\r\n",
	 "200 OK",
	 {"Content-Encoding: br\r\n", "Content-Type: text/html", "Content-Length: 11\r\n",
	  "\r\n\r\nbr of start"}},
	{"a hashed file",
	 "GET /assets/app-Ab_1.js HTTP/1.1\r\n" CLOSE "\r\n",
	 "200 OK",
	 {"immutable\r\n", "text/javascript", "\r\n\r\nrun()", ""}},
	{"HEAD",
	 "HEAD /assets/app-Ab_1.js HTTP/1.1\r\n" CLOSE "\r\n",
	 "200 OK",
	 {"Content-Length: 5\r\n", "immutable", "ETag", ""}},
	{"known already",
	 "GET / HTTP/1.1\r\n" CLOSE "If-None-Match: *\r\n\r\n",
	 "304 Not Modified",
	 {"ETag: \"", "Cache-Control: no-cache\r\n", "Vary: Accept-Encoding\r\n", ""}},
	{"the API goes first",
	 "GET /echo/name HTTP/1.1\r\n" CLOSE "\r\n",
	 "200 OK",
	 {"X-Param: name\r\n", "Cache-Control: no-store\r\n", "", ""}},
	{"no such call",
	 "GET /v1/nothing HTTP/1.1\r\n" CLOSE "\r\n",
	 "404 Not Found",
	 {"problem+json", "Cache-Control: no-store\r\n", "not-found", ""}},
	{"no such file",
	 "GET /assets/none.js HTTP/1.1\r\n" CLOSE "\r\n",
	 "404 Not Found",
	 {"problem+json", "not-found", "", ""}},
	{"upwards",
	 "GET /assets/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" CLOSE "\r\n",
	 "404 Not Found",
	 {"problem+json", "", "", ""}},
	{"a slash in disguise",
	 "GET /assets%2Fapp-Ab_1.css HTTP/1.1\r\n" CLOSE "\r\n",
	 "200 OK",
	 {"text/css", "immutable", "\r\n\r\na{}", ""}},
	{"a NUL",
	 "GET /campaigns%00.js HTTP/1.1\r\n" CLOSE "\r\n",
	 "404 Not Found",
	 {"problem+json", "", "", ""}},
	{"a body with it",
	 "GET /assets/app-Ab_1.js HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
	 "200 OK",
	 {"\r\n\r\nrun()", "Connection: close\r\n", "", ""}},
	{"another method",
	 "POST /campaigns HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n",
	 "404 Not Found",
	 {"problem+json", "", "", ""}},
	{"another method on a path of the API",
	 "DELETE /echo HTTP/1.1\r\n" CLOSE "\r\n",
	 "405 Method Not Allowed",
	 {"Allow: POST, PUT\r\n", "", "", ""}},
};

static const char *const headers[] = {
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' "
	"'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri "
	"'none'; form-action 'self'; frame-ancestors 'none'\r\n",
	"X-Content-Type-Options: nosniff\r\n",
	"Referrer-Policy: no-referrer\r\n",
	"Cross-Origin-Opener-Policy: same-origin\r\n",
	"Cross-Origin-Resource-Policy: same-origin\r\n",
	"Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n",
};

static void has_headers(const char *why, const char *answer)
{
	for (int i = 0; i < COUNT(headers); i++)
		ck_assert_msg(strstr(answer, headers[i]) != NULL, "%s: no %s in %s", why,
			      headers[i], answer);
}

START_TEST(test_served)
{
	struct files *files;
	const char *answer;
	char status[100];

	build();
	files = load();
	clear(); /* nothing is read from the disk any more */
	house.files = files;
	open_house();
	answer = ask(served[_i].request);
	snprintf(status, sizeof(status), "HTTP/1.1 %s\r\n", served[_i].status);
	ck_assert_msg(strncmp(answer, status, strlen(status)) == 0, "%s: %s", served[_i].why,
		      answer);
	for (int i = 0; i < COUNT(served[_i].parts); i++)
		ck_assert_msg(strstr(answer, served[_i].parts[i]) != NULL, "%s: no %s in %s",
			      served[_i].why, served[_i].parts[i], answer);
	has_headers(served[_i].why, answer);
	if (strncmp(served[_i].request, "HEAD", 4) == 0 || strstr(status, "304") != NULL)
		ck_assert_msg(strcmp(strstr(answer, "\r\n\r\n"), "\r\n\r\n") == 0, "%s: %s",
			      served[_i].why, answer);
	close_house();
	files_free(&files);
}
END_TEST

START_TEST(test_a_browser_fetches_many_over_one_connection)
{
	struct files *files;
	int fd;

	build();
	files = load();
	clear();
	house.files = files;
	open_house();
	fd = dial();
	for (int i = 0; i < 20; i++) {
		const char *answer;

		put_text(fd, "GET /assets/app-Ab_1.js HTTP/1.1\r\nHost: x\r\n\r\n");
		ck_assert_ptr_nonnull(strstr(read_until(fd, "\r\n\r\nrun()"), "200 OK"));
		put_text(fd, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
		ck_assert_ptr_nonnull(strstr(read_until(fd, "\r\n\r\n"), "200 OK"));
		put_text(fd, "GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n");
		answer = read_until(fd, "\r\n\r\n");
		ck_assert_ptr_nonnull(strstr(answer, "304 Not Modified"));
		ck_assert_msg(strstr(answer, "Content-Length: 0") == NULL, "%s", answer);
		ck_assert_msg(strcmp(strstr(answer, "\r\n\r\n"), "\r\n\r\n") == 0, "%s", answer);
	}
	close(fd);
	close_house();
	files_free(&files);
}
END_TEST

START_TEST(test_streams_and_cut_bodies_carry_the_headers)
{
	int fd;

	open_house();
	fd = dial();
	put_text(fd, "GET /events/1/x/2 HTTP/1.1\r\nHost: x\r\n\r\n");
	has_headers("stream", read_until(fd, "data: first"));
	close(fd);
	has_headers("cut", ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
			       "chunked\r\n\r\nfff\r\n" CLOSE));
	close_house();
}
END_TEST

int main(void)
{
	const TTest *const singles[] = {
		test_an_etag_is_known_again,
		test_wrong_folders_are_refused,
		test_a_browser_fetches_many_over_one_connection,
		test_streams_and_cut_bodies_carry_the_headers,
	};
	Suite *suite = suite_create("files");
	TCase *tcase = tcase_create("files");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, test_a_path_gets_its_file, 0, COUNT(found));
	tcase_add_loop_test(tcase, test_served, 0, COUNT(served));
	for (int i = 0; i < COUNT(singles); i++)
		tcase_add_test(tcase, singles[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
