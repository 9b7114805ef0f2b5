/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/pack.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"

#define STACK KIB(256) /* what zstd needs lies in its context */

struct pack {
	struct block_writer *writers[2];
	unsigned open;             /* the one that is being filled */
	bool closed;               /* the other one waits to be taken */

	bool threaded;
	pthread_t thread;
	pthread_mutex_t mutex;     /* the members below */
	pthread_cond_t change;
	struct block_writer *work; /* to be compressed; NULL: done */
	bool quit;

	int rc;                    /* of the last one: the thread's while … */
	struct slice block;        /* … work is not NULL, else the caller's */
	struct err err;
};

static void
compress(struct pack *p, struct block_writer *w)
{
	err_clear(&p->err);
	p->rc = block_writer_finish(w, &p->block, &p->err);
}

static void *
thread_main(void *arg)
{
	struct pack *p = arg;

	pthread_mutex_lock(&p->mutex);
	while (!p->quit) {
		if (p->work == NULL) {
			pthread_cond_wait(&p->change, &p->mutex);
			continue;
		}
		pthread_mutex_unlock(&p->mutex);
		compress(p, p->work); /* nobody else changes it now */
		pthread_mutex_lock(&p->mutex);
		p->work = NULL;
		pthread_cond_signal(&p->change);
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

static bool
thread_start(struct pack *p)
{
	pthread_attr_t attr;
	bool ok;

	if (pthread_attr_init(&attr) != 0)
		return false;
	ok = pthread_attr_setstacksize(&attr, STACK) == 0 &&
	    pthread_create(&p->thread, &attr, thread_main, p) == 0;
	pthread_attr_destroy(&attr);
	return ok;
}

struct pack *
pack_new(int level)
{
	struct pack *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->writers[0] = block_writer_new(level);
	p->writers[1] = block_writer_new(level);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->change, NULL);
	if (p->writers[0] == NULL || p->writers[1] == NULL) {
		pack_free(p);
		return NULL;
	}
	p->threaded = thread_start(p);
	return p;
}

void
pack_free(struct pack *p)
{
	if (p == NULL)
		return;
	if (p->threaded) {
		pthread_mutex_lock(&p->mutex);
		p->quit = true;
		pthread_cond_signal(&p->change);
		pthread_mutex_unlock(&p->mutex);
		pthread_join(p->thread, NULL);
	}
	pthread_cond_destroy(&p->change);
	pthread_mutex_destroy(&p->mutex);
	block_writer_free(p->writers[0]);
	block_writer_free(p->writers[1]);
	free(p);
}

struct block_writer *
pack_open(struct pack *p)
{
	return p->writers[p->open];
}

void
pack_close(struct pack *p)
{
	struct block_writer *w = p->writers[p->open];

	p->open ^= 1;
	p->closed = true;
	if (!p->threaded) {
		compress(p, w);
		return;
	}
	pthread_mutex_lock(&p->mutex);
	p->work = w;
	pthread_cond_signal(&p->change);
	pthread_mutex_unlock(&p->mutex);
}

bool
pack_closed(const struct pack *p)
{
	return p->closed;
}

int
pack_take(struct pack *p, struct slice *block, struct err *e)
{
	p->closed = false;
	if (p->threaded) {
		pthread_mutex_lock(&p->mutex);
		while (p->work != NULL)
			pthread_cond_wait(&p->change, &p->mutex);
		pthread_mutex_unlock(&p->mutex);
	}
	*block = p->block;
	if (p->rc != 0)
		return err_set(e, p->err.code, "%s", p->err.text);
	return 0;
}
