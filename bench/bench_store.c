/*
 * bench_store.c - the content store beside what it could be replaced by, on the same disk in the
 * same run.
 *
 *   put of 100 MiB beside the slower of hashing those bytes and writing them with one fsync (time;
 *   at most 1.3)
 *   durable puts of 4 KiB beside git hash-object -w with core.fsync=all: one writer (rate; at least
 *   1), and 32 in flight
 *                          beside one git and beside 32 gits at once (at least 3)
 *   gets of 4 KiB          beside git cat-file --batch (rate; at least 1)
 *
 * Prints JSON lines {"name","ours","reference","ratio","unit","target"}; each figure is the best of
 * ROUNDS. Works below $BENCH_DIR or /var/tmp, which should be a real disk: on a tmpfs an fsync
 * costs nothing.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "cas/cas.h"

enum {
	ROUNDS = 3,
	N_SMALL = 1024,
	SMALL = 4096,
	BIG = 100 << 20,
	IN_FLIGHT = 32,
	PIECE = 256 * 1024
};

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(int r, const struct err *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "bench_store: %s\n", err_msg(err));
	exit(1);
}

static void must_run(int status, const char *what)
{
	if (status == 0)
		return;
	fprintf(stderr, "bench_store: %s failed (%d)\n", what, status);
	exit(1);
}

struct bench {
	char *dir;
	struct store *store;
	struct cas *cas;
	char *small; /* N_SMALL contents, new in each round */
	char hashes[N_SMALL][CAS_HASH_SIZE];
	struct rng rng;
	int n_gits;
};

static void open_stores(struct bench *b)
{
	const struct store_schema *schemas[] = {&cas_schema};
	char AUTO_MEM *db = fs_join(b->dir, "bench.db"), AUTO_MEM *root = fs_join(b->dir, "cas");
	const struct store_options o = {.path = db, .schemas = schemas, .n_schemas = 1};
	struct err err = ERR_INIT;
	must(store_open(&o, &b->store, &err), &err);
	must(cas_open(root, b->store, &b->cas, &err), &err);
}

static void close_stores(struct bench *b)
{
	cas_close(TAKE(b->cas));
	store_close(TAKE(b->store));
}

static void fill(struct rng *rng, char *bytes, size_t n)
{
	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t word = rng_next(rng);
		memcpy(bytes + i, &word, 8);
	}
}

/* --- 100 MiB ---------------------------------------------------------------------------------- */

static double put_big(struct bench *b, const char *bytes)
{
	struct cas_info info;
	struct err err = ERR_INIT;
	double start = now_s();
	must(cas_put(b->cas, bytes, BIG, NULL, &info, &err), &err);
	return now_s() - start;
}

static double hash_big(const char *bytes)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	double start = now_s();
	if (EVP_Digest(bytes, BIG, sum, NULL, EVP_sha256(), NULL) != 1)
		exit(1);
	return now_s() - start;
}

static double write_big(struct bench *b, const char *bytes)
{
	char AUTO_MEM *path = fs_join(b->dir, "big");
	struct err err = ERR_INIT;
	double start = now_s();
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(fd < 0 ? err_sys(&err, "%s", path) : 0, &err);
	for (size_t at = 0; at < BIG; at += PIECE)
		must(fs_write_all(fd, bytes + at, PIECE), &err);
	if (fsync(fd) < 0)
		exit(1);
	close(fd);
	double took = now_s() - start;
	unlink(path);
	return took;
}

/* --- 4 KiB ------------------------------------------------------------------------------------ */

struct crowd {
	struct bench *bench;
	atomic_int next;
};

static void *put_some(void *arg)
{
	struct crowd *crowd = arg;
	int i;
	while ((i = atomic_fetch_add(&crowd->next, 1)) < N_SMALL) {
		struct cas_info info;
		struct err err = ERR_INIT;
		must(cas_put(crowd->bench->cas, crowd->bench->small + (size_t)i * SMALL, SMALL,
			     NULL, &info, &err),
		     &err);
		str_copy(crowd->bench->hashes[i], CAS_HASH_SIZE, info.hash);
	}
	return NULL;
}

/* Until the last is durable and the background has synced every file, too. */
static double put_small(struct bench *b, int n_writers)
{
	struct crowd crowd = {b, 0};
	pthread_t threads[IN_FLIGHT];
	struct err err = ERR_INIT;
	fill(&b->rng, b->small, (size_t)N_SMALL * SMALL);
	double start = now_s();
	for (int i = 0; i < n_writers; i++)
		pthread_create(&threads[i], NULL, put_some, &crowd);
	for (int i = 0; i < n_writers; i++)
		pthread_join(threads[i], NULL);
	must(cas_flush(b->cas, &err), &err);
	return now_s() - start;
}

static double get_small(struct bench *b)
{
	close_stores(b); /* so that nothing is remembered as good */
	open_stores(b);
	double start = now_s();
	for (int i = 0; i < N_SMALL; i++) {
		char AUTO_MEM *bytes = NULL;
		size_t n;
		struct err err = ERR_INIT;
		must(cas_load(b->cas, b->hashes[i], SMALL, &bytes, &n, &err), &err);
	}
	return now_s() - start;
}

/* --- git -------------------------------------------------------------------------------------- */

/* A fresh repository, the contents as files, and a list of their names for each of n processes. */
static void prepare_git(struct bench *b, int n)
{
	/*
	 * Nothing is deleted before the end: ext4 searches long for inodes where many have just
	 * been freed.
	 */
	char AUTO_MEM *command = str_printf("cd '%s' && if [ -d git ]; then mv git git%d; mv files "
					    "files%d; fi && mkdir files && "
					    "git init -q --bare git",
					    b->dir, b->n_gits, b->n_gits);
	b->n_gits++;
	must_run(system(command), "git init");
	fill(&b->rng, b->small, (size_t)N_SMALL * SMALL);
	for (int k = 0; k < n; k++) {
		char AUTO_MEM *list_path = str_printf("%s/files/list%d", b->dir, k);
		FILE *list = fopen(list_path, "w");
		for (int i = k; list && i < N_SMALL; i += n) {
			char AUTO_MEM *path = str_printf("%s/files/%d", b->dir, i);
			struct err err = ERR_INIT;
			must(fs_write_atomic(path, b->small + (size_t)i * SMALL, SMALL, 0644, &err),
			     &err);
			fprintf(list, "%s\n", path);
		}
		if (!list || fclose(list) != 0)
			exit(1);
	}
}

static double git_put(struct bench *b, int n)
{
	prepare_git(b, n);
	char AUTO_MEM *command = str_printf(
		"cd '%s' && for l in files/list*; do git -C git -c core.fsync=all hash-object -w "
		"--stdin-paths <$l >$l.ids & done; wait",
		b->dir);
	double start = now_s();
	must_run(system(command), "git hash-object");
	return now_s() - start;
}

static double git_get(struct bench *b)
{
	char AUTO_MEM *command = str_printf("cd '%s' && cat files/list*.ids >files/ids && git -C "
					    "git cat-file --batch <files/ids >/dev/null",
					    b->dir);
	double start = now_s();
	must_run(system(command), "git cat-file");
	return now_s() - start;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void keep_best(double *best, double took)
{
	if (*best == 0 || took < *best)
		*best = took;
}

static void say_time(const char *name, double ours, double reference)
{
	printf("{\"name\":\"%s\",\"ours\":%.4f,\"reference\":%.4f,\"ratio\":%.2f,\"unit\":\"s\","
	       "\"target\":\"at most 1.3\"}\n",
	       name, ours, reference, ours / reference);
}

static void say_rate(const char *name, double ours, double reference, const char *want)
{
	printf("{\"name\":\"%s\",\"ours\":%.0f,\"reference\":%.0f,\"ratio\":%.2f,\"unit\":\"1/"
	       "s\",\"target\":\"%s\"}\n",
	       name, N_SMALL / ours, N_SMALL / reference, reference / ours, want);
}

int main(void)
{
	struct bench b = {.small = malloc((size_t)N_SMALL * SMALL)};
	struct err err = ERR_INIT;
	const char *where = getenv("BENCH_DIR");
	char *big = malloc(BIG);
	double ours_big = 0, hash = 0, written = 0, ours_1 = 0, ours_32 = 0, git_1 = 0, git_32 = 0,
	       ours_get = 0, git_gets = 0;
	must(fs_temp_dir(where ? where : "/var/tmp", "bench-store", &b.dir, &err), &err);
	rng_init(&b.rng, 1);
	open_stores(&b);
	for (int round = 0; round < ROUNDS; round++) {
		fill(&b.rng, big, BIG);
		keep_best(&hash, hash_big(big));
		keep_best(&written, write_big(&b, big));
		keep_best(&ours_big, put_big(&b, big));
		keep_best(&ours_1, put_small(&b, 1));
		keep_best(&git_1, git_put(&b, 1));
		keep_best(&ours_32, put_small(&b, IN_FLIGHT));
		keep_best(&git_32, git_put(&b, IN_FLIGHT));
		keep_best(&ours_get, get_small(&b));
		keep_best(&git_gets, git_get(&b));
	}
	say_time("put of 100 MiB, time", ours_big, hash > written ? hash : written);
	say_rate("durable puts of 4 KiB, one writer / git", ours_1, git_1, "at least 1");
	say_rate("durable puts of 4 KiB, 32 in flight / git", ours_32, git_1, "at least 3");
	say_rate("durable puts of 4 KiB, 32 in flight / 32 gits", ours_32, git_32, "none");
	say_rate("gets of 4 KiB / git", ours_get, git_gets, "at least 1");
	close_stores(&b);
	fs_remove_tree(b.dir, NULL);
	free(b.dir);
	free(b.small);
	free(big);
	return 0;
}
