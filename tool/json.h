/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Output for programs: one JSON object, written piece by piece, so that a list of ten
 *        million domains takes no memory.
 *
 * Its form is doc/khostedmail-json.rst, which programs rely on.
 */

#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/*! \brief An object that is being written. */
typedef struct {
	FILE *file;
	bool comma;   /*!< Another member or element comes after one. */
	bool failed;  /*!< Out of memory: what was written is not whole. */
} hm_json_t;

/*! \brief Begin the object. */
void hm_json_begin(hm_json_t *json, FILE *file);

/*! \brief Write a member of the object; takes \a value over, which NULL says is out of memory. */
void hm_json_member(hm_json_t *json, const char *name, json_t *value);

/*! \brief Begin a member that is an array. */
void hm_json_array(hm_json_t *json, const char *name);

/*! \brief Write an element of the array, on a line of its own; takes \a value over. */
void hm_json_element(hm_json_t *json, json_t *value);

/*! \brief End the array. */
void hm_json_array_end(hm_json_t *json);

/*!
 * \brief End the object.
 *
 * \retval KNOT_EOK     It is whole.
 * \retval KNOT_ENOMEM  Memory was out.
 */
int hm_json_end(hm_json_t *json);

/*!
 * \brief Text as a JSON string, which has to be UTF-8: what is not becomes U+FFFD.
 *
 * \return null for NULL; NULL if memory is out.
 */
json_t *hm_json_text(const char *text);
