/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdlib.h>

#include <libknot/libknot.h>

#include "progress.h"
#include "verify_run.h"

/*! \brief Verify one domain after the other, as long as there are any. */
static void *work(void *ctx)
{
	hm_verify_job_t *job = ctx;
	hm_verify_t *verify = job->verify;
	pthread_mutex_lock(&verify->lock);
	while (verify->next < verify->items_count) {
		hm_verify_item_t *item = &verify->items[verify->next++];
		pthread_mutex_unlock(&verify->lock);
		hm_verify_item(job, item);
		pthread_mutex_lock(&verify->lock);
		item->done = true;
		verify->done++;
		hm_progress_count(verify->done, verify->items_count);
		pthread_cond_signal(&verify->changed);
	}
	pthread_mutex_unlock(&verify->lock);
	return NULL;
}

/*! \brief Print what comes, in the order of the domains; false if memory was out. */
static bool print_all(hm_verify_t *verify, hm_json_t *json)
{
	bool ok = true;
	for (size_t i = 0; i < verify->items_count; i++) {
		hm_verify_item_t *item = &verify->items[i];
		pthread_mutex_lock(&verify->lock);
		while (!item->done) {
			pthread_cond_wait(&verify->changed, &verify->lock);
		}
		pthread_mutex_unlock(&verify->lock);
		ok &= !item->failed;
		hm_verify_count(&verify->summary, item);
		if (json != NULL && item->json != NULL) {
			hm_json_element(json, json_incref(item->json));
		} else if (json == NULL && !item->failed) {
			hm_progress_clear();
			hm_verify_print(&verify->out, item, !verify->opts->all || verify->opts->verbose);
		}
		hm_verify_item_clear(item);
	}
	return ok;
}

static void jobs_free(hm_verify_job_t *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		hm_gather_free(jobs[i].gather);
	}
	free(jobs);
}

/*! \brief Make what each thread needs, before anything is printed. */
static int jobs_new(hm_verify_t *verify, size_t count, hm_verify_job_t **out)
{
	hm_verify_job_t *jobs = calloc(count, sizeof(*jobs));
	if (jobs == NULL) {
		hm_error_set(verify->error, "out of memory");
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		jobs[i].verify = verify;
		int ret = hm_gather_new(&verify->gather, &jobs[i].gather, verify->error);
		if (ret != KNOT_EOK) {
			jobs_free(jobs, count);
			return ret;
		}
	}
	*out = jobs;
	return KNOT_EOK;
}

/*! \brief Start threads, print, and wait for them. */
static bool run_jobs(hm_verify_t *verify, hm_verify_job_t *jobs, size_t count, hm_json_t *json)
{
	size_t started = 0;
	while (started < count &&
	       pthread_create(&jobs[started].thread, NULL, work, &jobs[started]) == 0) {
		started++;
	}
	if (started == 0) {
		(void)work(&jobs[0]);
	}
	bool ok = print_all(verify, json);
	for (size_t i = 0; i < started; i++) {
		pthread_join(jobs[i].thread, NULL);
	}
	return ok;
}

/*! \brief Tell whether one of the domains needs the network. */
static bool needs_network(const hm_verify_t *verify)
{
	for (size_t i = 0; i < verify->items_count; i++) {
		hm_owner_t owner;
		const knot_dname_t *name = verify->items[i].name;
		if (hm_verify_find(verify, name, &owner) && owner.domain.size == knot_dname_size(name)) {
			return true;
		}
	}
	return false;
}

/*! \brief Find out whether names can be resolved at all: else each domain would seem wrong. */
static int check_network(const hm_verify_t *verify, const hm_verify_job_t *job)
{
	if (!needs_network(verify)) {
		return KNOT_EOK;
	}
	hm_progress_begin("looking for the root");
	bool works = hm_gather_has_root(job->gather);
	hm_progress_end();
	if (works) {
		return KNOT_EOK;
	}
	hm_error_set(verify->error, "no root server answers, so nothing can be found out from here: is port "
	             "53 open (UDP and TCP)%s?", (verify->opts->root != NULL) ? ", is --root right" : "");
	return KNOT_ECONN;
}

/*! \brief Verify and print all. */
int hm_verify_all(hm_verify_t *verify, size_t jobs_count)
{
	hm_verify_job_t *jobs;
	size_t codes = 0;
	while (hm_verify_codes[codes].code != NULL) {
		codes++;
	}
	verify->summary.codes = calloc(codes + 1, sizeof(*verify->summary.codes));
	if (verify->summary.codes == NULL) {
		hm_error_set(verify->error, "out of memory");
		return KNOT_ENOMEM;
	}
	size_t count = (jobs_count < verify->items_count) ? jobs_count : verify->items_count;
	int ret = jobs_new(verify, (count > 0) ? count : 1, &jobs);
	if (ret == KNOT_EOK) {
		ret = check_network(verify, &jobs[0]);
		if (ret != KNOT_EOK) {
			jobs_free(jobs, (count > 0) ? count : 1);
		}
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_json_t json;
	bool to_json = verify->opts->json;
	if (to_json) {
		hm_json_begin(&json, verify->out.file);
		hm_json_array(&json, "domains");
	}
	hm_progress_begin("verifying");
	hm_progress_count(0, verify->items_count);
	bool ok = (count == 0) || run_jobs(verify, jobs, count, to_json ? &json : NULL);
	hm_progress_end();
	jobs_free(jobs, (count > 0) ? count : 1);
	if (to_json) {
		hm_json_array_end(&json);
		hm_verify_json_summary(&json, &verify->summary);
		if (!ok) {
			hm_json_member(&json, "failed", json_string("out of memory"));
		}
		ok &= (hm_json_end(&json) == KNOT_EOK);
	} else if (verify->opts->all) {
		hm_verify_print_summary(&verify->out, &verify->summary);
	}
	if (!ok) {
		hm_error_set(verify->error, "out of memory");
	}
	return ok ? KNOT_EOK : KNOT_ENOMEM;
}
