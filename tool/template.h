/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Templates: text with placeholders, which are filled in from a JSON object.
 *
 * They are a part of Mustache (mustache.github.io):
 *
 *     {{name}}               a value, escaped as the format needs it; {{.}} is the item of a list
 *     {{&name}}              the value as it is; not in HTML
 *     {{#name}} ... {{/name}}  once for each item of a list; once if there is a value that is not
 *                            empty, false or null
 *     {{^name}} ... {{/name}}  once if there is no such value
 *     {{! comment}}
 *
 * A name is looked up in the innermost object, then in those around it. A line with nothing but a
 * section or a comment on it gives no line. Whatever a template has of control characters in its
 * values becomes a question mark.
 */

#pragma once

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "error.h"

/*! \brief How a value is escaped. */
typedef enum {
	HM_ESCAPE_NONE,      /*!< Plain text. */
	HM_ESCAPE_MARKDOWN,  /*!< A code span, so that nothing in it is markup, nor made a link. */
	HM_ESCAPE_HTML,      /*!< For text and for attributes in quotation marks. */
} hm_escape_t;

/*! \brief A parsed template. */
typedef struct hm_template hm_template_t;

/*!
 * \brief Parse a template.
 *
 * \param[in]  file    Name of it, for messages.
 * \param[in]  text    Its text, in UTF-8; copied.
 * \param[in]  len     Bytes of it.
 * \param[in]  escape  Its format.
 * \param[in]  known   Names that it may use, NULL after the last one; borrowed.
 * \param[out] out     New template, to be freed with hm_template_free(); untouched unless KNOT_EOK.
 * \param[out] error   What is wrong, with file and line; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK         Success.
 * \retval KNOT_EPARSEFAIL  It is wrong.
 * \retval KNOT_ENOMEM      Out of memory.
 */
int hm_template_parse(const char *file, const char *text, size_t len, hm_escape_t escape,
                      const char *const *known, hm_template_t **out, hm_error_t *error);

/*!
 * \brief Fill a template in.
 *
 * \param[in] template  Template.
 * \param[in] values    Object with the values.
 * \param[in] file      Where to write to.
 */
void hm_template_print(const hm_template_t *template, const json_t *values, FILE *file);

/*! \brief Free a template; NULL is fine. */
void hm_template_free(hm_template_t *template);
