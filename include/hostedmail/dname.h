/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What libknot lacks for names in wire format: steps along their labels, sets of depths.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libknot/dname.h>

/*! \brief The name without its first label; \a name must not be the root. */
static inline const knot_dname_t *hm_dname_next(const knot_dname_t *name)
{
	return name + 1 + *name;
}

/*!
 * \brief Find where the labels of a name start.
 *
 * \param[in]  name    Name.
 * \param[out] labels  Its labels from the first to the last, then the root label: room for
 *                     KNOT_DNAME_MAXLABELS + 1.
 *
 * \return Number of labels, the root label not counted.
 */
static inline unsigned hm_dname_labels(const knot_dname_t *name, const uint8_t **labels)
{
	unsigned count = 0;
	for (; *name != '\0'; name = hm_dname_next(name)) {
		labels[count++] = name;
	}
	labels[count] = name;
	return count;
}

/*!
 * \brief Tell whether a name looks like an IPv4 address: four labels, each a number up to 255.
 *
 * \param[in] name  Name in wire format.
 * \param[in] end   Where to stop at the latest: the origin or the root label of \a name.
 */
bool hm_dname_is_ipv4(const knot_dname_t *name, const knot_dname_t *end);

/*!
 * \brief Tell whether a name looks like an IP address: four labels, each a number up to 255, or a
 *        label of hexadecimal digits and at least two colons.
 *
 * \param[in] name  Name in wire format.
 * \param[in] end   Where to stop at the latest: the origin or the root label of \a name.
 */
bool hm_dname_is_address(const knot_dname_t *name, const knot_dname_t *end);

/*! \brief A set of depths, each a number of labels; starts as all zeros. */
typedef struct {
	uint64_t bits[2];
} hm_depths_t;

/*! \brief Add a depth. */
static inline void hm_depths_add(hm_depths_t *depths, unsigned labels)
{
	depths->bits[labels / 64] |= UINT64_C(1) << (labels % 64);
}

/*! \brief Tell whether a depth is in the set. */
static inline bool hm_depths_has(const hm_depths_t *depths, unsigned labels)
{
	return depths->bits[labels / 64] >> (labels % 64) & 1;
}
