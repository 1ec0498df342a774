/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hostedmail/strerror.h"
#include "server.h"

/*! \brief Say why there is no connection, in words of what to do. */
static int connect_error(const hm_server_t *server, int ret, hm_error_t *error)
{
	struct stat st;
	const char *socket = server->socket;
	if (stat(socket, &st) != 0) {
		hm_error_set(error, "no server at the control socket '%s' (%s)", socket,
		             hm_errno_text());
	} else if (!S_ISSOCK(st.st_mode)) {
		hm_error_set(error, "'%s' is not a control socket", socket);
	} else if (ret == KNOT_EACCES) {
		hm_error_set(error, "no permission to use the control socket '%s'; try as the "
		             "server's user", socket);
	} else if (ret == KNOT_ECONNREFUSED) {
		hm_error_set(error, "no server listens at the control socket '%s'", socket);
	} else {
		hm_error_set(error, "no connection to the control socket '%s' (%s)", socket,
		             knot_strerror(ret));
	}
	return KNOT_ECONN;
}

static int lost(const hm_server_t *server, int ret, hm_error_t *error)
{
	bool garbage = (ret == KNOT_EMALF || ret == KNOT_EINVAL || ret == KNOT_ESPACE);
	hm_error_set(error, garbage ? "the server at '%s' answers with garbage (%s); is it knotd?" :
	             "the server at '%s' does not answer (%s)", server->socket,
	             knot_strerror(ret));
	return KNOT_ECONN;
}

/*! \brief The code of an error that the server has sent as text. */
static int server_error(const hm_server_t *server, const knot_ctl_data_t *data, hm_error_t *error)
{
	static const int known[] = {
		KNOT_ENOZONE, KNOT_ENONODE, KNOT_ENOENT, KNOT_YP_EINVAL_ITEM, KNOT_TXN_EEXISTS,
		KNOT_TXN_ENOTEXISTS,
	};
	const char *text = (*data)[KNOT_CTL_IDX_ERROR], *owner = (*data)[KNOT_CTL_IDX_OWNER];
	hm_error_set(error, "the server at '%s' says%s%s: %s", server->socket,
	             (owner != NULL) ? " of " : "", (owner != NULL) ? owner : "", text);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, knot_strerror(known[i])) == 0) {
			return known[i];
		}
	}
	return KNOT_ERROR;
}

int hm_server_connect(const hm_server_t *server, hm_server_link_t *link, hm_error_t *error)
{
	*link = (hm_server_link_t){ .server = server, .ctl = knot_ctl_alloc() };
	if (link->ctl == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	knot_ctl_set_timeout(link->ctl, server->timeout_ms);
	int ret = knot_ctl_connect(link->ctl, server->socket);
	if (ret != KNOT_EOK) {
		ret = connect_error(server, ret, error);
		knot_ctl_free(link->ctl);
		link->ctl = NULL;
	}
	return ret;
}

int hm_server_send(hm_server_link_t *link, const knot_ctl_data_t *request, hm_error_t *error)
{
	knot_ctl_data_t data;
	memcpy(&data, request, sizeof(data));
	int ret = knot_ctl_send(link->ctl, KNOT_CTL_TYPE_DATA, &data);
	return (ret == KNOT_EOK) ? ret : lost(link->server, ret, error);
}

int hm_server_receive(hm_server_link_t *link, hm_server_unit_f on_unit, void *ctx,
                      hm_error_t *error)
{
	int ret = knot_ctl_send(link->ctl, KNOT_CTL_TYPE_BLOCK, NULL), result = KNOT_EOK;
	if (ret != KNOT_EOK) {
		return lost(link->server, ret, error);
	}
	while (true) {
		knot_ctl_type_t type;
		knot_ctl_data_t data;
		ret = knot_ctl_receive(link->ctl, &type, &data);
		if (ret != KNOT_EOK) {
			return lost(link->server, ret, error);
		}
		if (type == KNOT_CTL_TYPE_END) {
			return lost(link->server, KNOT_EMALF, error);
		}
		if (type == KNOT_CTL_TYPE_BLOCK) {
			return result;
		}
		if (result != KNOT_EOK) {
			continue; // The first error says most.
		}
		if (data[KNOT_CTL_IDX_ERROR] != NULL) {
			result = server_error(link->server, (const knot_ctl_data_t *)&data, error);
		} else if (on_unit != NULL) {
			result = on_unit(ctx, (const knot_ctl_data_t *)&data, error);
		}
	}
}

void hm_server_close(hm_server_link_t *link)
{
	if (link->ctl != NULL) {
		// The server can do without this farewell.
		(void)knot_ctl_send(link->ctl, KNOT_CTL_TYPE_END, NULL);
		knot_ctl_close(link->ctl);
		knot_ctl_free(link->ctl);
		link->ctl = NULL;
	}
}

int hm_server_ask(const hm_server_t *server, const knot_ctl_data_t *request,
                  hm_server_unit_f on_unit, void *ctx, hm_error_t *error)
{
	hm_server_link_t link;
	int ret = hm_server_connect(server, &link, error);
	if (ret == KNOT_EOK) {
		ret = hm_server_send(&link, request, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_server_receive(&link, on_unit, ctx, error);
	}
	hm_server_close(&link);
	return ret;
}

int hm_server_ping(const hm_server_t *server, hm_error_t *error)
{
	const knot_ctl_data_t request = { [KNOT_CTL_IDX_CMD] = "status" };
	return hm_server_ask(server, &request, NULL, NULL, error);
}

static int on_conf(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	const char *section = (*data)[KNOT_CTL_IDX_SECTION], *item = (*data)[KNOT_CTL_IDX_ITEM];
	const char *value = (*data)[KNOT_CTL_IDX_DATA];
	if (section == NULL || item == NULL) {
		return KNOT_EOK;
	}
	return hm_conf_put(ctx, section, (*data)[KNOT_CTL_IDX_ID], item,
	                   (value != NULL) ? value : "", error);
}

int hm_server_conf(const hm_server_t *server, hm_conf_t *conf, hm_error_t *error)
{
	memset(conf, 0, sizeof(*conf));
	static const char *const parts[][2] = {
		{ "mod-hostedmail", NULL }, { "zone", "domain" }, { "template", NULL },
	};
	int ret = KNOT_EOK;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && ret == KNOT_EOK; i++) {
		const knot_ctl_data_t request = {
			[KNOT_CTL_IDX_CMD] = "conf-read",
			[KNOT_CTL_IDX_SECTION] = parts[i][0],
			[KNOT_CTL_IDX_ITEM] = parts[i][1],
		};
		ret = hm_server_ask(server, &request, on_conf, conf, error);
		if (ret == KNOT_YP_EINVAL_ITEM && i == 0) {
			hm_error_set(error, "the server at '%s' has not loaded mod-hostedmail; -c "
			             "names a file with its section", server->socket);
		}
	}
	return ret;
}

/*! \brief Counters under way. */
typedef struct {
	hm_server_file_t file;
	unsigned count;  /*!< Times that a digest was there. */
} counters_t;

static int on_counter(void *ctx, const knot_ctl_data_t *data, hm_error_t *error)
{
	(void)error;
	counters_t *counters = ctx;
	const char *item = (*data)[KNOT_CTL_IDX_ITEM], *id = (*data)[KNOT_CTL_IDX_ID];
	const char *value = (*data)[KNOT_CTL_IDX_DATA];
	if (item == NULL || id == NULL || value == NULL || strcmp(item, "hosted-file") != 0) {
		return KNOT_EOK;
	}
	uint64_t number = strtoull(value, NULL, 10);
	if (strcmp(id, "domains") == 0) {
		counters->file.domains = number;
	} else if (strcmp(id, "refused") == 0) {
		counters->file.refused = (number != 0);
	} else if (strcmp(id, "unavailable") == 0) {
		counters->file.unavailable = (number != 0);
	} else if (strcmp(id, "digest") == 0) {
		counters->file.digest = number;
		counters->count++;
	}
	return KNOT_EOK;
}

int hm_server_file(const hm_server_t *server, hm_server_file_t *file, hm_error_t *error)
{
	const knot_ctl_data_t request = {
		[KNOT_CTL_IDX_CMD] = "stats",
		[KNOT_CTL_IDX_SECTION] = "mod-hostedmail",
	};
	counters_t counters = { 0 };
	int ret = hm_server_ask(server, &request, on_counter, &counters, error);
	if (ret == KNOT_EOK && counters.count != 1) {
		hm_error_set(error, "the server at '%s' has no counters of one hosted file",
		             server->socket);
		ret = KNOT_ENOENT;
	}
	if (ret == KNOT_EOK) {
		*file = counters.file;
	}
	return ret;
}
