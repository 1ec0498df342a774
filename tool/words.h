/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Sentences: lists such as "a, b and c".
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libknot/rdataset.h>

/*! \brief Most items of a list that are named; others are counted. */
#define HM_WORDS_MAX 6

/*! \brief A list that grows; starts as all zeros. */
typedef struct {
	char **items;     /*!< The first HM_WORDS_MAX. */
	size_t count;     /*!< All of them. */
	bool no_memory;
} hm_words_t;

/*! \brief Add an item. */
__attribute__((format(printf, 2, 3)))
void hm_words_add(hm_words_t *words, const char *fmt, ...);

/*! \brief Add a name without its final dot. */
void hm_words_add_name(hm_words_t *words, const knot_dname_t *name);

/*!
 * \brief Put the list together, and free it.
 *
 * \return Text, to be freed with free(); NULL if memory is out.
 */
char *hm_words_end(hm_words_t *words);
