/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/pack.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"

#define STACK KIB(256) /* what zstd needs lies in its context */
#define SLOTS 8u       /* one is filled, the others wait, in a ring */
#define WAKE 3u        /* blocks that are worth waking the thread for */

struct slot {
	struct block_writer *writer;
	struct buf records;
	struct slice block;        /* when it is done, … */
	int rc;                    /* … or -1 … */
	struct err err;            /* … and why */
};

struct pack {
	struct slot slots[SLOTS];
	unsigned open;             /* the one that is being filled */
	unsigned closed;           /* how many before it wait to be taken */

	bool threaded;
	pthread_t thread;
	pthread_mutex_t mutex;     /* the members below */
	pthread_cond_t work, done;
	unsigned todo;             /* the last so many of the closed ones */
	unsigned next;             /* the first of them */
	bool quit;
};

static void
compress(struct slot *s)
{
	err_clear(&s->err);
	s->rc = block_writer_finish(s->writer, &s->block, &s->err);
}

static void *
thread_main(void *arg)
{
	struct pack *p = arg;

	pthread_mutex_lock(&p->mutex);
	while (!p->quit) {
		if (p->todo == 0) {
			pthread_cond_wait(&p->work, &p->mutex);
			continue;
		}
		pthread_mutex_unlock(&p->mutex);
		compress(&p->slots[p->next]); /* nobody else touches it now */
		pthread_mutex_lock(&p->mutex);
		p->next = (p->next + 1) % SLOTS;
		p->todo--;
		pthread_cond_signal(&p->done);
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
pack_new(int level, size_t records)
{
	struct pack *p = calloc(1, sizeof(*p));
	bool ok = true;
	unsigned i;

	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	for (i = 0; i < SLOTS; i++) {
		buf_init(&p->slots[i].records, records);
		p->slots[i].writer = block_writer_new(level);
		ok = ok && p->slots[i].writer != NULL;
	}
	if (!ok) {
		pack_free(p);
		return NULL;
	}
	p->threaded = thread_start(p);
	return p;
}

void
pack_free(struct pack *p)
{
	unsigned i;

	if (p == NULL)
		return;
	if (p->threaded) {
		pthread_mutex_lock(&p->mutex);
		p->quit = true;
		pthread_cond_signal(&p->work);
		pthread_mutex_unlock(&p->mutex);
		pthread_join(p->thread, NULL);
	}
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	pthread_mutex_destroy(&p->mutex);
	for (i = 0; i < SLOTS; i++) {
		block_writer_free(p->slots[i].writer);
		buf_free(&p->slots[i].records);
	}
	free(p);
}

struct block_writer *
pack_open(struct pack *p)
{
	return p->slots[p->open].writer;
}

void
pack_close(struct pack *p, struct buf *records)
{
	struct slot *s = &p->slots[p->open];
	struct buf empty = s->records;

	s->records = *records;
	*records = empty;
	buf_reset(records);
	p->open = (p->open + 1) % SLOTS;
	p->closed++;
	if (!p->threaded) {
		compress(s);
		return;
	}
	pthread_mutex_lock(&p->mutex);
	p->todo++;
	if (p->todo == WAKE)
		pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->mutex);
}

unsigned
pack_closed(const struct pack *p)
{
	return p->closed;
}

bool
pack_due(struct pack *p)
{
	bool done;

	if (p->closed == 0 || p->closed == SLOTS - 1 || !p->threaded)
		return p->closed != 0;
	pthread_mutex_lock(&p->mutex);
	done = p->closed > p->todo;
	pthread_mutex_unlock(&p->mutex);
	return done;
}

int
pack_take(struct pack *p, struct slice *records, struct slice *block,
    struct err *e)
{
	struct slot *s = &p->slots[(p->open + SLOTS - p->closed) % SLOTS];

	if (p->threaded) {
		pthread_mutex_lock(&p->mutex);
		/* It may sleep, having too little to do. */
		if (p->closed <= p->todo)
			pthread_cond_signal(&p->work);
		while (p->closed <= p->todo)
			pthread_cond_wait(&p->done, &p->mutex);
		pthread_mutex_unlock(&p->mutex);
	}
	p->closed--;
	*records = buf_view(&s->records);
	*block = s->block;
	if (s->rc != 0)
		return err_set(e, s->err.code, "%s", s->err.text);
	return 0;
}
