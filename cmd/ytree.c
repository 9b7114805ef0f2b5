/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/ytree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct ytree {
	yaml_document_t doc;
};

static int
read_failed(const yaml_parser_t *p, struct err *e)
{
	if (p->error == YAML_MEMORY_ERROR)
		return err_set(e, ERR_MEMORY, "out of memory");
	/* The context says where it began: "while parsing a block mapping". */
	return err_set(e, ERR_CONFIG, "%zu:%zu: %s%s%s",
	    p->problem_mark.line + 1, p->problem_mark.column + 1,
	    p->problem != NULL ? p->problem : "it is not YAML",
	    p->context != NULL ? " " : "",
	    p->context != NULL ? p->context : "");
}

struct ytree *
ytree_read(struct slice text, struct err *e)
{
	struct ytree *y = calloc(1, sizeof(*y));
	yaml_parser_t p;

	if (y == NULL || !yaml_parser_initialize(&p)) {
		free(y);
		return err_set(e, ERR_MEMORY, "out of memory"), NULL;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text.p, text.n);
	if (!yaml_parser_load(&p, &y->doc)) {
		read_failed(&p, e);
		free(y);
		y = NULL;
	}
	yaml_parser_delete(&p);
	return y;
}

void
ytree_free(struct ytree *y)
{
	if (y == NULL)
		return;
	yaml_document_delete(&y->doc);
	free(y);
}

static const yaml_node_t *
node(const struct ytree *y, int id)
{
	/* libyaml's getters are not const, but change nothing */
	union { const yaml_document_t *in; yaml_document_t *out; } u;

	u.in = &y->doc;
	return yaml_document_get_node(u.out, id);
}

int
ytree_root(const struct ytree *y)
{
	return node(y, 1) != NULL ? 1 : 0;
}

enum ytree_kind
ytree_kind(const struct ytree *y, int id)
{
	const yaml_node_t *n = node(y, id);

	switch (n != NULL ? n->type : YAML_NO_NODE) {
	case YAML_SCALAR_NODE:
		return YTREE_TEXT;
	case YAML_SEQUENCE_NODE:
		return YTREE_LIST;
	case YAML_MAPPING_NODE:
		return YTREE_MAP;
	default:
		return YTREE_NONE;
	}
}

unsigned
ytree_line(const struct ytree *y, int id)
{
	const yaml_node_t *n = node(y, id);

	return n != NULL ? (unsigned)n->start_mark.line + 1 : 1;
}

unsigned
ytree_column(const struct ytree *y, int id)
{
	const yaml_node_t *n = node(y, id);

	return n != NULL ? (unsigned)n->start_mark.column + 1 : 1;
}

char *
ytree_text(const struct ytree *y, int id)
{
	const yaml_node_t *n = node(y, id);
	char *text;

	if (n == NULL || n->type != YAML_SCALAR_NODE)
		return NULL;
	text = (char *)n->data.scalar.value;
	return strlen(text) == n->data.scalar.length ? text : NULL;
}

bool
ytree_blank(const struct ytree *y, int id)
{
	const yaml_node_t *n = node(y, id);

	return n != NULL && n->type == YAML_SCALAR_NODE &&
	    n->data.scalar.length == 0 &&
	    n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

int
ytree_item(const struct ytree *y, int list, unsigned i)
{
	const yaml_node_t *n = node(y, list);

	if (n == NULL || n->type != YAML_SEQUENCE_NODE ||
	    i >= (size_t)(n->data.sequence.items.top -
	    n->data.sequence.items.start))
		return 0;
	return n->data.sequence.items.start[i];
}

int
ytree_pair(const struct ytree *y, int map, unsigned i, int *value)
{
	const yaml_node_t *n = node(y, map);
	const yaml_node_pair_t *pair;

	if (n == NULL || n->type != YAML_MAPPING_NODE ||
	    i >= (size_t)(n->data.mapping.pairs.top -
	    n->data.mapping.pairs.start))
		return 0;
	pair = n->data.mapping.pairs.start + i;
	*value = pair->value;
	return pair->key;
}
