/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "master_common.h"

run_t run;

/*! \brief Append "line " or, for an included file, "file:line ". */
static size_t put_place(char *out, size_t out_max, const char *file, uint64_t line)
{
	const char *slash = strrchr(file, '/');
	const char *base = (slash != NULL) ? slash + 1 : file;
	bool other = (strcmp(base, "main.zone") != 0);
	return snprintf(out, out_max, "%s%s%lu ", other ? base : "", other ? ":" : "",
	                (unsigned long)line);
}

static void put_record(char *out, size_t out_max, const hm_record_t *record)
{
	static uint8_t vars[] = "\004name\000\005value";
	static uint8_t data[65535];
	hm_domain_t domain = domain_of("example.com.");
	domain.vars = vars;
	domain.vars_len = sizeof(vars) - 1;

	knot_dname_txt_storage_t owner;
	assert_non_null(knot_dname_to_str(owner, record->owner, sizeof(owner)));
	owner[strlen(owner) - 1] = '\0';
	char type[32];
	assert_true(knot_rrtype_to_string(record->type, type, sizeof(type)) > 0);
	size_t len = put_place(out, out_max, record->file, record->line);
	len += snprintf(out + len, out_max - len, "%s %u %s ", (*owner != '\0') ? owner : "@",
	                (unsigned)record->ttl, type);

	size_t data_len = 0;
	int ret = hm_rdata_expand(record->rdata, &domain, data, sizeof(data), &data_len);
	if (ret != KNOT_EOK) {
		snprintf(out + len, out_max - len, "%s\n", knot_strerror(ret));
		return;
	}
	knot_rrset_t rrset;
	knot_rrset_init(&rrset, NULL, record->type, KNOT_CLASS_IN, 0);
	assert_int_equal(knot_rrset_add_rdata(&rrset, data, data_len, NULL), KNOT_EOK);
	int dumped = knot_rrset_txt_dump_data(&rrset, 0, out + len, out_max - len - 2,
	                                      &KNOT_DUMP_STYLE_DEFAULT);
	knot_rdataset_clear(&rrset.rrs, NULL);
	assert_true(dumped >= 0);
	while (out[strlen(out) - 1] == ' ') {
		out[strlen(out) - 1] = '\0';
	}
	strcat(out, "\n");
}

static int on_record(void *ctx, const hm_record_t *record)
{
	run_t *this = ctx;
	assert_true(record->number >= this->next_number);
	this->next_number = record->number + 1;
	size_t len = strlen(this->records);
	if (sizeof(this->records) - len > 1024) {
		put_record(this->records + len, sizeof(this->records) - len, record);
	}
	hm_rdata_free(record->rdata);
	return (++this->calls == this->stop_at) ? this->stop_ret : KNOT_EOK;
}

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	run_t *this = ctx;
	assert_int_equal(severity, HM_ERROR);
	assert_non_null(reason);
	this->errors++;
	size_t len = strlen(this->findings);
	if (sizeof(this->findings) - len > 1024) {
		len += put_place(this->findings + len, sizeof(this->findings) - len, file, line);
		snprintf(this->findings + len, sizeof(this->findings) - len, "%s\n", reason);
	}
}

void read_vars(const char *path, hm_vartab_t *tab)
{
	run.records[0] = run.findings[0] = '\0';
	run.calls = run.errors = run.next_number = 0;
	run.ret = hm_master_read(path, on_record, on_finding, &run, NULL, tab);
}

void read_path(const char *path)
{
	hm_vartab_t tab;
	memset(&tab, 0xff, sizeof(tab));
	read_vars(path, &tab);
	hm_vartab_clear(&tab);
}

void read_bytes(const void *text, size_t len)
{
	read_path(write_file("main.zone", text, len));
}

void read_text(const char *text)
{
	read_bytes(text, strlen(text));
}

bool findings_are(const char *expected)
{
	const char *got = run.findings;
	while (*expected != '\0' && *got != '\0') {
		size_t expected_len = strcspn(expected, "\n"), got_len = strcspn(got, "\n");
		size_t place = strcspn(expected, " \n");
		char part[256], line[1024];
		snprintf(part, sizeof(part), "%.*s", (int)(expected_len - place), expected + place);
		snprintf(line, sizeof(line), "%.*s", (int)got_len, got);
		if (got_len < place || memcmp(expected, got, place) != 0 ||
		    (got[place] != ' ') || strstr(line, part + (part[0] == ' ')) == NULL) {
			return false;
		}
		expected += expected_len + (expected[expected_len] == '\n');
		got += got_len + (got[got_len] == '\n');
	}
	return *expected == '\0' && *got == '\0';
}

void assert_findings(const char *expected)
{
	if (!findings_are(expected)) {
		print_error("expected:\n%s\ngot:\n%s", expected, run.findings);
		fail();
	}
	assert_int_equal(run.ret, (*expected != '\0') ? KNOT_EPARSEFAIL : KNOT_EOK);
}

void assert_records(const char *text, const char *records)
{
	read_text(text);
	assert_findings("");
	assert_string_equal(run.records, records);
	assert_int_equal(run.next_number, run.calls);
}

void assert_refused(const case_t *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[4096];
		snprintf(text, sizeof(text), "%s\n\nafter 5 TXT {name}\n", cases[i].text);
		read_text(text);
		assert_findings(cases[i].findings);
		if (strstr(run.records, " after 5 TXT \"value\"\n") == NULL) {
			print_error("stopped at %s:\n%s", text, run.records);
			fail();
		}
	}
}
