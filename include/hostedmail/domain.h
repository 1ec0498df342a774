/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A hosted domain and its variables.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/dname.h"

/*! \brief Profile name that never names a profile: it takes a domain out of the hosted set. */
#define HM_PROFILE_NONE "none"

/*! \brief Longest name of a variable in bytes. */
#define HM_VAR_NAME_MAX 63

/*! \brief Longest value of a variable in bytes. */
#define HM_VAR_VALUE_MAX 4096

/*! \brief Most variables of one domain. */
#define HM_VARS_PER_DOMAIN_MAX 64

/*! \brief Most bytes that all variables of one domain take when packed. */
#define HM_VARS_MAX 16384

/*!
 * \brief One hosted domain, as found in the hosted set. Nothing in it is owned.
 */
typedef struct {
	const knot_dname_t *name; /*!< Lowercase wire format; the apex of the synthesized zone. */
	const uint8_t *vars;      /*!< Packed variables, see hm_vars_add(). */
	uint16_t vars_len;        /*!< Bytes of packed variables. */
	uint16_t profile;         /*!< Index of the profile in the order of the configuration. */
	uint8_t size;             /*!< Bytes of \a name, the root label included. */
	uint8_t labels;           /*!< Labels of \a name, the root label not counted. */
	bool has_nested;          /*!< The hosted file that it comes from has domains below it. */
} hm_domain_t;

/*!
 * \brief Fill a domain in from its name, without variables and with profile 0.
 *
 * \param[in]  name    Lowercase wire format; borrowed.
 * \param[out] domain  Domain to fill in.
 */
void hm_domain_init(const knot_dname_t *name, hm_domain_t *domain);

/*!
 * \brief Tell whether a name is at or below another one, and how deep.
 *
 * Compares bytes: both names must be in lowercase.
 *
 * \param[in] name    Name in wire format.
 * \param[in] domain  Hosted domain.
 *
 * \return Number of labels of \a name before the domain, -1 if it is not at or below it.
 */
int hm_domain_prefix(const knot_dname_t *name, const hm_domain_t *domain);

/*! \brief Tell whether a byte may stand in the name of a variable: letters, digits, '_', '-'. */
bool hm_var_name_char(uint8_t c);

/*!
 * \brief Take `name=value` apart and append the variable to packed variables.
 *
 * \param[in]     text      Text, not terminated; the value is taken as it is.
 * \param[in]     text_len  Bytes of text.
 * \param[in,out] vars      Buffer.
 * \param[in]     vars_max  Size of it.
 * \param[in,out] vars_len  Bytes used in it; untouched unless KNOT_EOK.
 * \param[out]    reason    What is wrong, static text; untouched if KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EMALF  Not a variable, or a name that is reserved or was given before.
 * \retval KNOT_ESPACE The value or all variables together are too long, or there are too many.
 */
int hm_vars_add_raw(const char *text, size_t text_len, uint8_t *vars, size_t vars_max,
                    size_t *vars_len, const char **reason);

/*!
 * \brief The same with escapes, for a hosted file.
 *
 * A value is printable ASCII without spaces; `\DDD` is the byte of that decimal number and `\X`
 * is X itself (RFC 1035, section 5.1). The buffer has HM_VARS_MAX bytes.
 *
 * \return As hm_vars_add_raw(), KNOT_EMALF for a wrong escape too.
 */
int hm_vars_add(const char *text, size_t text_len, uint8_t *vars, size_t *vars_len,
                const char **reason);

/*!
 * \brief Find the value of a variable.
 *
 * \param[in]  domain     Hosted domain.
 * \param[in]  name       Name of the variable, not terminated.
 * \param[in]  name_len   Bytes of the name.
 * \param[out] value_len  Bytes of the value; untouched if there is none.
 *
 * \return The value, borrowed from the domain; NULL if the domain does not define it.
 */
const uint8_t *hm_vars_get(const hm_domain_t *domain, const char *name, size_t name_len,
                           size_t *value_len);

/*! \brief A variable of a domain, as it is packed. */
typedef struct {
	const uint8_t *name;
	const uint8_t *value;
	size_t name_len;
	size_t value_len;
} hm_packed_var_t;

// A packed variable is a byte with the length of the name, the name, two bytes with the length of
// the value in network order, the value; they stand one after the other.
#define HM_VAR_NAME_LEN_SIZE  1
#define HM_VAR_VALUE_LEN_SIZE 2

/*!
 * \brief Step to the next variable of a domain.
 *
 * \param[in]     domain  Hosted domain.
 * \param[in]     pos     What the last call returned, NULL for the first variable.
 * \param[in,out] var     The variable, borrowed from the domain; that of the last call before.
 *
 * \return Where it is packed; NULL after the last one.
 */
static inline const uint8_t *hm_vars_next(const hm_domain_t *domain, const uint8_t *pos,
                                          hm_packed_var_t *var)
{
	pos = (pos == NULL) ? domain->vars : var->value + var->value_len;
	if (domain->vars_len == 0 || pos == domain->vars + domain->vars_len) {
		return NULL;
	}
	var->name_len = pos[0];
	var->name = pos + HM_VAR_NAME_LEN_SIZE;
	const uint8_t *len = var->name + var->name_len;
	var->value_len = (len[0] << 8) | len[1];
	var->value = len + HM_VAR_VALUE_LEN_SIZE;
	return pos;
}

// An ordinary domain: plain, and no larger than this.
#define HM_ORDINARY_SIZE   49
#define HM_ORDINARY_LABELS 6
#define HM_ORDINARY_VALUE  16

/*!
 * \brief Tell whether a domain and its variables are plain: nothing but letters, digits, '-' and
 *        '_', and in the name and in each value at least one lowercase letter.
 *
 * \param[in] domain     Hosted domain.
 * \param[in] value_max  Longest value in bytes.
 */
bool hm_domain_is_ordinary(const hm_domain_t *domain, size_t value_max);
