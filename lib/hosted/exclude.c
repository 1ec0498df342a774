/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/dname.h"
#include "hostedmail/exclude.h"

/*! \brief A name that cannot be hosted: an excluded one, or one above it. */
typedef struct {
	const knot_dname_t *name;     /*!< Part of \a excluded. */
	const knot_dname_t *excluded;
	size_t size;                  /*!< Of \a name. */
} refused_t;

struct hm_exclude {
	knot_dname_t **names;  /*!< Excluded names in lowercase. */
	size_t names_count;
	refused_t *refused;    /*!< In the order of refused_cmp(). */
	size_t refused_count;
	uint64_t sizes[4];     /*!< A bit for each size of a name in there: most others are not. */
};

static int refused_cmp(const void *a, const void *b)
{
	const refused_t *ra = a, *rb = b;
	if (ra->size != rb->size) {
		return (ra->size < rb->size) ? -1 : 1;
	}
	return memcmp(ra->name, rb->name, ra->size);
}

/*! \brief Note that a name and all names above it cannot be hosted. */
static void refuse(hm_exclude_t *exclude, const knot_dname_t *excluded)
{
	for (const knot_dname_t *name = excluded; ; name = hm_dname_next(name)) {
		size_t size = knot_dname_size(name);
		exclude->refused[exclude->refused_count++] = (refused_t) {
			.name = name, .excluded = excluded, .size = size,
		};
		exclude->sizes[size / 64] |= UINT64_C(1) << (size % 64);
		if (*name == '\0') {
			return;
		}
	}
}

int hm_exclude_new(const knot_dname_t *const *names, size_t count, hm_exclude_t **out)
{
	if (count == 0) {
		*out = NULL;
		return KNOT_EOK;
	}
	size_t labels = 0;
	for (size_t i = 0; i < count; i++) {
		labels += knot_dname_labels(names[i], NULL) + 1;
	}
	hm_exclude_t *exclude = calloc(1, sizeof(*exclude));
	if (exclude == NULL) {
		return KNOT_ENOMEM;
	}
	exclude->names = calloc(count, sizeof(*exclude->names));
	exclude->refused = calloc(labels, sizeof(*exclude->refused));
	if (exclude->names == NULL || exclude->refused == NULL) {
		goto failed;
	}
	for (; exclude->names_count < count; exclude->names_count++) {
		knot_dname_t *copy = knot_dname_copy(names[exclude->names_count], NULL);
		if (copy == NULL) {
			goto failed;
		}
		knot_dname_to_lower(copy);
		exclude->names[exclude->names_count] = copy;
		refuse(exclude, copy);
	}
	qsort(exclude->refused, exclude->refused_count, sizeof(*exclude->refused), refused_cmp);

	*out = exclude;
	return KNOT_EOK;

failed:
	hm_exclude_free(exclude);
	return KNOT_ENOMEM;
}

void hm_exclude_free(hm_exclude_t *exclude)
{
	if (exclude == NULL) {
		return;
	}
	for (size_t i = 0; i < exclude->names_count; i++) {
		knot_dname_free(exclude->names[i], NULL);
	}
	free(exclude->names);
	free(exclude->refused);
	free(exclude);
}

/*! \brief Search all names; not for every line of a hosted file. */
__attribute__((noinline))
static const knot_dname_t *search(const hm_exclude_t *exclude, const knot_dname_t *name,
                                  size_t size)
{
	const refused_t key = { .name = name, .size = size };
	const refused_t *found = bsearch(&key, exclude->refused, exclude->refused_count,
	                                 sizeof(key), refused_cmp);
	return (found != NULL) ? found->excluded : NULL;
}

const knot_dname_t *hm_exclude_find(const hm_exclude_t *exclude, const knot_dname_t *name,
                                    size_t size)
{
	bool may = (exclude != NULL && (exclude->sizes[size / 64] >> (size % 64) & 1) != 0);
	return may ? search(exclude, name, size) : NULL;
}
