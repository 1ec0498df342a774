/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "test.h"

#include "hostedmail/master.h"

/*! \brief One run of the reader over "main.zone", everything it says as text. */
typedef struct {
	char records[16384];  /*!< "line owner TTL type data", "file:line ..." if included. */
	char findings[16384]; /*!< "line reason", likewise. */
	size_t calls;         /*!< Of the receiver of records. */
	uint32_t next_number; /*!< Least number of the next record. */
	size_t errors;
	size_t stop_at;       /*!< Call that does not return KNOT_EOK, counted from 1. */
	int stop_ret;
	int ret;
} run_t;

static run_t run;

/*! \brief How reading goes wrong: the tested code's read() is the one below. */
static struct {
	size_t chunk_max; /*!< Most bytes of a read, 0 for as many as asked for. */
	size_t left;      /*!< Bytes until the file ends, SIZE_MAX for its real end. */
	size_t calls;
	size_t fail_at;   /*!< Call that fails, counted from 1. */
} io = { .left = SIZE_MAX };

ssize_t read(int fd, void *buf, size_t len)
{
	if (++io.calls == io.fail_at) {
		errno = EIO;
		return -1;
	}
	len = (io.chunk_max > 0 && len > io.chunk_max) ? io.chunk_max : len;
	len = (len > io.left) ? io.left : len;
	ssize_t got = syscall(SYS_read, fd, buf, len);
	if (got > 0 && io.left != SIZE_MAX) {
		io.left -= got;
	}
	return got;
}

static void io_reset(void)
{
	memset(&io, 0, sizeof(io));
	io.left = SIZE_MAX;
}

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

static void run_reset(void)
{
	run.records[0] = run.findings[0] = '\0';
	run.calls = run.errors = run.next_number = 0;
}

static void read_path(const char *path)
{
	run_reset();
	hm_vartab_t tab;
	memset(&tab, 0xff, sizeof(tab));
	run.ret = hm_master_read(path, on_record, on_finding, &run, NULL, &tab);
	hm_vartab_clear(&tab);
}

static void read_bytes(const void *text, size_t len)
{
	read_path(write_file("main.zone", text, len));
}

static void read_text(const char *text)
{
	read_bytes(text, strlen(text));
}

/*! \brief Compare findings line by line; of a reason, a part is enough. */
static bool findings_are(const char *expected)
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

static void assert_findings(const char *expected)
{
	if (!findings_are(expected)) {
		print_error("expected:\n%s\ngot:\n%s", expected, run.findings);
		fail();
	}
	assert_int_equal(run.ret, (*expected != '\0') ? KNOT_EPARSEFAIL : KNOT_EOK);
}

/*! \brief A text is read without a finding and gives these records. */
static void assert_records(const char *text, const char *records)
{
	read_text(text);
	assert_findings("");
	assert_string_equal(run.records, records);
	assert_int_equal(run.next_number, run.calls);
}

typedef struct {
	const char *text;
	const char *findings;
} case_t;

/*! \brief Texts that have these findings; reading goes on behind them. */
static void assert_refused(const case_t *cases, size_t count)
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

#define ASSERT_REFUSED(cases) assert_refused((cases), sizeof(cases) / sizeof((cases)[0]))

/*! \brief Path of a file of the test's own folder that need not exist; static. */
static const char *path_of(const char *name)
{
	static char path[1024];
	const char *anchor = write_text("anchor", "");
	snprintf(path, sizeof(path), "%.*s/%s", (int)(strlen(anchor) - strlen("/anchor")), anchor,
	         name);
	return path;
}

static void records_come_in_the_order_of_the_file(void **state)
{
	assert_records("$TTL 60\n"
	               "@ SOA ns.example.net. h.example.net. 1 2 3 4 5\n"
	               "b 5 IN A 192.0.2.1\n"
	               "a IN 1h MX 10 mx\n"
	               "\tTXT \"one\" two\n"
	               "b TXT \"\"\n",
	               "2 @ 60 SOA ns.example.net. h.example.net. 1 2 3 4 5\n"
	               "3 b 5 A 192.0.2.1\n"
	               "4 a 3600 MX 10 mx.example.com.\n"
	               "5 a 60 TXT \"one\" \"two\"\n"
	               "6 b 60 TXT \"\"\n");
	assert_int_equal(run.calls, 5);
}

static void an_owner_is_relative_and_in_lowercase(void **state)
{
	assert_records("@ 5 TXT a\n"
	               "MX.Mail 5 TXT b\n"
	               "*.x 5 TXT c\n"
	               "_A.\\065\\b 5 TXT d\n",
	               "1 @ 5 TXT \"a\"\n"
	               "2 mx.mail 5 TXT \"b\"\n"
	               "3 *.x 5 TXT \"c\"\n"
	               "4 _a.ab 5 TXT \"d\"\n");
}

static void without_a_ttl_it_is_that_of_the_server(void **state)
{
	assert_records("a TXT a\n$TTL 7\nb TXT b\n", "1 a 3600 TXT \"a\"\n3 b 7 TXT \"b\"\n");
}

static void the_origin_is_the_domain_unless_the_file_sets_one(void **state)
{
	assert_records("@ 5 MX 10 @\n"
	               "$ORIGIN example.net.\n"
	               "\t5 MX 20 mx\n",
	               "1 @ 5 MX 10 example.com.\n"
	               "3 @ 5 MX 20 mx.example.net.\n");
}

static void variables_are_found_wherever_text_can_be(void **state)
{
	assert_records("a 5 MX 10 {name}.{domain}.{domain:-}.x{domain:--}x.\n"
	               "a 5 TXT {domain} \"{domain:-};{name}\" {domain:--}{name}\n"
	               "a 5 SRV 1 2 3 {name}\n"
	               "a 5 HTTPS 1 {name}.{domain}. port=53\n"
	               "a 5 CAA 0 issue \"ca.example; account={name}\"\n"
	               "a 5 URI 1 2 \"https://{domain}/{name}\"\n"
	               "a 5 HINFO {name} x{domain:-}y\n"
	               "a 5 NAPTR 1 2 \"u\" {name} \"!^.*$!{domain}!\" {name}.{domain}.\n"
	               "a 5 TXT x{other}y\n",
	               "1 a 5 MX 10 value.example.com.example-com.xexample--comx.\n"
	               "2 a 5 TXT \"example.com\" \"example-com;value\" \"example--comvalue\"\n"
	               "3 a 5 SRV 1 2 3 value.example.com.\n"
	               "4 a 5 HTTPS 1 value.example.com. port=53\n"
	               "5 a 5 CAA 0 issue \"ca.example; account=value\"\n"
	               "6 a 5 URI 1 2 \"https://example.com/value\"\n"
	               "7 a 5 HINFO \"value\" \"xexample-comy\"\n"
	               "8 a 5 NAPTR 1 2 \"u\" \"value\" \"!^.*$!example.com!\" "
	               "value.example.com.\n"
	               "9 a 5 TXT not exists\n");
}

static void an_escaped_brace_is_a_brace(void **state)
{
	assert_records("a 5 TXT \\{name} \"\\{name\" \\123name\\125 }\n"
	               "b 5 TXT \\\\{name}\n"
	               "c 5 TXT \\\\\\{name}\n",
	               "1 a 5 TXT \"{name}\" \"{name\" \"{name}\" \"}\"\n"
	               "2 b 5 TXT \"\\\\value\"\n"
	               "3 c 5 TXT \"\\\\{name}\"\n");

	read_text("\\{domain\\} 5 TXT x\n");
	assert_findings("");
	assert_int_equal(run.calls, 1);
}

static void a_comment_may_contain_anything(void **state)
{
	assert_records("; {name {\n"
	               "a 5 TXT b ; {bad \" ( \\\n"
	               ";\" {\n"
	               "a 5 TXT ( c ; ) {bad}{\n"
	               " {name} ) ; {\n"
	               "a 5 TXT d;{\n",
	               "2 a 5 TXT \"b\"\n"
	               "5 a 5 TXT \"c\" \"value\"\n"
	               "6 a 5 TXT \"d\"\n");
}

static void a_quoted_string_may_contain_what_ends_other_text(void **state)
{
	assert_records("a 5 TXT \"; {name} ( \" x ; {\n"
	               "a 5 TXT \"\\\"; {name}\" \") {name}\"\n"
	               "a 5 TXT a\\;{name} ; {\n"
	               "a 5 TXT ( \"(;\" {name}\n"
	               ")\n",
	               "1 a 5 TXT \"; value ( \" \"x\"\n"
	               "2 a 5 TXT \"\\\"; value\" \") value\"\n"
	               "3 a 5 TXT \"a;value\"\n"
	               "5 a 5 TXT \"(;\" \"value\"\n");
}

static void a_record_over_several_lines_has_its_last_line(void **state)
{
	assert_records("@ 5 SOA ns.x. h.x. ( ; {\n"
	               "  1 2 ; serial, refresh\n"
	               "\n"
	               "  3 4 5 )\n"
	               "a 5 TXT ( {name}\n"
	               "{domain}\n"
	               ")\n"
	               "b 5 TXT x\n",
	               "4 @ 5 SOA ns.x. h.x. 1 2 3 4 5\n"
	               "7 a 5 TXT \"value\" \"example.com\"\n"
	               "8 b 5 TXT \"x\"\n");
}

static void a_string_over_several_lines_counts_them(void **state)
{
	assert_records("a 5 TXT ( \"x\n"
	               "{name};\n"
	               "y\" {name} )\n"
	               "b 5 TXT {name}\n"
	               "c 5 TXT z\n",
	               "3 a 5 TXT \"x\\010value;\\010y\" \"value\"\n"
	               "4 b 5 TXT \"value\"\n"
	               "5 c 5 TXT \"z\"\n");
}

static void a_missing_last_newline_is_fine(void **state)
{
	assert_records("a 5 TXT {name}", "1 a 5 TXT \"value\"\n");
	assert_records("a 5 TXT x\nb 5 TXT \"y\" ; {", "1 a 5 TXT \"x\"\n2 b 5 TXT \"y\"\n");
	assert_records("a 5 TXT ( x\n)", "2 a 5 TXT \"x\"\n");
	assert_records("a 5 TXT \\{", "1 a 5 TXT \"{\"\n");
}

static void an_empty_file_has_no_records(void **state)
{
	assert_records("", "");
	assert_records("\n", "");
	assert_records("\n\n; {comment\n\n;", "");
	assert_records("$TTL 5\n", "");
}

static void a_line_that_ends_in_cr_is_refused(void **state)
{
	// As the server does with a zone file; the scanner goes no further.
	read_text("a 5 TXT x\nb 5 TXT {name}\r\nc 5 TXT y\r\n");
	assert_findings("2 CR");
	assert_string_equal(run.records, "1 a 5 TXT \"x\"\n");
}

static void a_syntax_error_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a 5 A 192.0.2",                      "1 " },
		{ "\n\na 5 A 192.0.2.1 x",              "3 " },
		{ "a 5 MX 10",                          "1 " },
		{ "a 5 MX 10 2001:db8::1",              "1 " },
		{ "a 5 NOSUCHTYPE x",                   "1 " },
		{ "a 5 TXT \"x",                        "1 " },
		{ "a 5 TXT x\\",                        "1 " },
		{ "a 5 SOA a. b. (\n 1 x 3\n 4 5 )",    "2 " },
		{ "a 99999999999 TXT x",                "1 " },
		{ "a..b 5 TXT x",                       "1 " },
		{ "a 5 TXT x\nb 5 A\nc 5 TXT y\nd 5 B", "2 \n4 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_malformed_variable_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a TXT {",                   "1 malformed variable '{'" },
		{ "a TXT {}",                  "1 malformed variable '{}'" },
		{ "a TXT {name",               "1 malformed variable '{name'" },
		{ "a TXT \"{name\"",           "1 malformed variable '{name'" },
		{ "a TXT {na me}",             "1 malformed variable '{na'" },
		{ "a TXT { name}",             "1 malformed variable '{'" },
		{ "a TXT \"{na.me}\"",         "1 malformed variable '{na'" },
		{ "a TXT {{name}}",            "1 malformed variable '{'" },
		{ "a TXT {domain:}",           "1 malformed variable '{domain:}'" },
		{ "a TXT {domain:.}",          "1 malformed variable '{domain:'" },
		{ "a TXT {domain:---}",        "1 malformed variable '{domain:---}'" },
		{ "a TXT {domain:x}",          "1 malformed variable '{domain:x}'" },
		{ "a TXT {name:-}",            "1 malformed variable '{name:-}'" },
		{ "a TXT {:-}",                "1 malformed variable '{:-}'" },
		{ "a TXT {na\\me}",            "1 malformed variable '{na'" },
		{ "a TXT {na\nb TXT x",        "1 malformed variable '{na'" },
		{ "a TXT x\n\n\nb TXT x {",    "4 malformed variable '{'" },
		{ "a MX 10 {.x.",              "1 malformed variable '{'" },
		{ "{x TXT x",                  "1 malformed variable '{x'" },
		{ "a A {",                     "1 malformed variable '{'" },
		{ "a TXT { {name} {b",         "1 malformed variable '{'\n"
		                               "1 malformed variable '{b'" },
		{ "a TXT ( x ; {\n{\n x\n)",   "2 malformed variable '{'" },
		{ "a TXT ( x\n{name}\n x\n\n{ )\nb TXT {domain}\nc TXT {x",
		  "5 malformed variable '{'\n7 malformed variable '{x'" },
	};
	ASSERT_REFUSED(cases);
}

static void a_malformed_variable_in_a_string_of_two_lines_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a TXT ( \"x\n{bad y\" )\nb TXT x", "2 malformed variable '{bad'" },
	};
	ASSERT_REFUSED(cases);
	assert_non_null(strstr(run.records, "3 b 3600 TXT \"x\"\n"));
	assert_null(strstr(run.records, " a "));
}

static void the_end_of_the_file_ends_a_variable(void **state)
{
	read_text("a TXT {name");
	assert_findings("1 malformed variable '{name'");
	read_text("a TXT {");
	assert_findings("1 malformed variable '{'");
	read_text("{");
	assert_findings("1 malformed variable '{'");
}

static void a_very_long_malformed_variable_is_cut_in_the_reason(void **state)
{
	static char text[100000] = "a TXT {";
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	read_text(text);
	assert_findings("1 malformed variable '{xxxx");
	assert_true(strlen(run.findings) < 200);
}

static void a_variable_in_an_owner_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "{name} TXT x",             "1 a variable in an owner" },
		{ "{domain} TXT x",           "1 a variable in an owner" },
		{ "{domain}. TXT x",          "1 a variable in an owner" },
		{ "a.{name}.b TXT x",         "1 a variable in an owner" },
		{ "\na{domain:-}b TXT x",     "2 a variable in an owner" },
		{ "*.{domain:--} TXT {name}", "1 a variable in an owner" },
		{ "a.{name}. TXT x",          "1 a variable in an owner" },
	};
	ASSERT_REFUSED(cases);
}

static void a_variable_cannot_be_a_number_or_an_address(void **state)
{
	// The scanner finds most of them; what gets past it is found behind it.
	static const case_t cases[] = {
		{ "a A {name}",                     "1 " },
		{ "a A 192.0.2.{name}",             "1 " },
		{ "a AAAA {name}",                  "1 " },
		{ "a MX {name} x",                  "1 " },
		{ "a SRV 1 {name} 3 x",             "1 " },
		{ "a SOA a. b. {name} 2 3 4 5",     "1 " },
		{ "a CAA {name} issue x",           "1 " },
		{ "a URI {name} 1 x",               "1 " },
		{ "a NAPTR {name} 1 a a a .",       "1 " },
		{ "a TLSA 3 1 1 {name}",            "1 " },
		{ "a SSHFP 1 1 {name}",             "1 " },
		{ "a OPENPGPKEY {name}",            "1 " },
		{ "a DHCID {name}",                 "1 " },
		{ "a LOC {name}",                   "1 " },
		{ "a TYPE65280 \\# 1 {name}",       "1 " },
		{ "a TYPE65280 \\# {name} 00",      "1 " },
		{ "a TXT \\# 3 02{name}",           "1 " },
		{ "a {name} TXT x",                 "1 " },
		{ "a {name} x",                     "1 " },
		{ "a IN {name} x",                  "1 " },
		{ "a HTTPS {name} .",               "1 " },
		{ "a HTTPS 1 . port={name}",        "1 " },
		{ "a HTTPS 1 . ipv4hint={name}",    "1 " },
		{ "a HTTPS 1 . alpn={name}",        "1 a variable stands where none can" },
		{ "a HTTPS 1 . key65000={name}",    "1 a variable stands where none can" },
		{ "a HTTPS 1 {name} key65000={name}",   "1 a variable stands where none can" },
		{ "a IPSECKEY 10 3 2 {domain}. AQ==",   "1 a variable stands where none can" },
		{ "a TXT (\nx )\na A (\n{name}\n )\nb TXT {name}", "4 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_variable_cannot_be_in_a_directive(void **state)
{
	read_text("a TXT x\n$TTL {name}\n");
	assert_findings("2 ");
	read_text("a TXT x\n$ORIGIN {name}\n");
	assert_findings("2 ");
	read_text("$ORIGIN {domain}.\na TXT x\n");
	assert_findings("2 a variable in an owner");
}

static void a_variable_in_an_include_is_an_error_of_its_line(void **state)
{
	read_text("a TXT x\n$INCLUDE {name}.zone\nb TXT x\n");
	assert_findings("2 variable");
	read_text("a TXT x\n$INCLUDE x{name.zone\nb TXT x\n");
	assert_findings("2 malformed variable '{name'");
}

static void an_owner_outside_the_domain_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "example.com. TXT x", "1 the owner 'example.com.' is outside the domain" },
		{ ". TXT x", "1 the owner '.' is outside the domain" },
		{ "a TXT x\nb. TXT {name}\nc TXT x", "2 the owner 'b.' is outside the domain" },
	};
	ASSERT_REFUSED(cases);
	read_text("$ORIGIN example.net.\na TXT x\n@ TXT x\n");
	assert_findings("2 the owner 'a.example.net.' is outside the domain\n"
	                "3 the owner 'example.net.' is outside the domain\n");
}

static void a_class_other_than_in_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a CH TXT x",        "1 " },
		{ "a 5 HS TXT {name}", "1 " },
		{ "a CLASS3 TXT x",    "1 " },
		{ "a ANY TXT x",       "1 " },
	};
	ASSERT_REFUSED(cases);
}

static void the_domain_as_part_of_a_label_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a MX 10 x{domain}.",             "1 {domain} is a label of its own" },
		{ "a CNAME {domain}x",              "1 {domain} is a label of its own" },
		{ "a CNAME {name}{domain}.x.",      "1 {domain} is a label of its own" },
		{ "a CNAME {domain}{domain}.",      "1 {domain} is a label of its own" },
		{ "a HTTPS 1 x-{domain}.x.",        "1 {domain} is a label of its own" },
		{ "a SRV 1 1 1 (\nx-{domain} )",    "2 {domain} is a label of its own" },
	};
	ASSERT_REFUSED(cases);
}

static void an_address_where_a_host_name_belongs_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a MX 10 192.0.2.1",                  "1 an IP address" },
		{ "a MX 10 192.0.2.1.",                 "1 an IP address" },
		{ "a CNAME 192.0.2.1",                  "1 an IP address" },
		{ "a CNAME 192.0.2.1.",                 "1 an IP address" },
		{ "@ NS 192.0.2.1",                     "1 an IP address" },
		{ "@ NS 192.0.2.1.",                    "1 an IP address" },
		{ "a SRV 1 1 1 192.0.2.1",              "1 an IP address" },
		{ "a SRV 1 1 1 192.0.2.1.",             "1 an IP address" },
		{ "a HTTPS 1 192.0.2.1",                "1 an IP address" },
		{ "@ SOA 192.0.2.1 h. 1 2 3 4 5",       "1 an IP address" },
		{ "@ SOA a. 192.0.2.1. 1 2 3 (\n4 5 )", "2 an IP address" },
		{ "a NAPTR 1 1 a a a 192.0.2.1.",       "1 an IP address" },
	};
	ASSERT_REFUSED(cases);
}

static void an_opaque_name_cannot_be_relative(void **state)
{
	static const case_t cases[] = {
		{ "a IPSECKEY 10 3 2 x AQ==", "1 a relative name" },
	};
	ASSERT_REFUSED(cases);
	assert_records("a 5 IPSECKEY 10 3 2 x. AQ==\n", "1 a 5 IPSECKEY 10 3 2 x. AQ==\n");
}

static void the_name_of_a_variable_has_up_to_63_bytes(void **state)
{
	char text[128] = "a 5 TXT {";
	memset(text + strlen(text), 'v', HM_VAR_NAME_MAX);
	strcat(text, "}\n");
	assert_records(text, "1 a 5 TXT not exists\n");

	memset(text, 0, sizeof(text));
	strcpy(text, "a 5 TXT {");
	memset(text + strlen(text), 'v', HM_VAR_NAME_MAX + 1);
	strcat(text, "}\n");
	read_text(text);
	assert_findings("1 malformed variable '{vvvv");
}

static void there_are_up_to_1296_different_variables(void **state)
{
	static char text[64 * (HM_VARS_COUNT_MAX + 2)];
	// The first one is used again and again.
	size_t len = 0;
	for (int i = 1; i < HM_VARS_COUNT_MAX; i++) {
		len += snprintf(text + len, sizeof(text) - len, "%s{name}{v%d}",
		                (i == 1) ? "a 5 TXT " : (i % 40 == 0) ? " " : "", i);
	}
	strcat(text, "\n");
	read_text(text);
	assert_findings("");
	assert_string_equal(run.records, "1 a 5 TXT not exists\n");

	strcat(text, "b TXT {name}\n\nc TXT {v1296}\nd TXT {v1297} {v1}\n");
	read_text(text);
	assert_findings("4 more than 1296 different variables\n"
	                "5 more than 1296 different variables");
}

static void a_file_may_use_any_byte_but_one(void **state)
{
	// In a comment or written as an escape: none of them can be taken for a variable.
	char text[4096] = ";";
	size_t len = 1;
	for (int c = 1; c < 256; c++) {
		if (c == '\n' || c == '\r' || c == 200 || (c >= '0' && c <= '9')) {
			continue;
		}
		if (c % 2 == 0) {
			text[len++] = c;
		}
	}
	len += snprintf(text + len, sizeof(text) - len, "\na 5 TXT ");
	for (int c = 1; c < 256; c += 2) {
		len += snprintf(text + len, sizeof(text) - len, "\\%03d", c);
	}
	len += snprintf(text + len, sizeof(text) - len, "\nb 5 TXT x{name}y\n");
	read_bytes(text, len);
	assert_findings("");
	assert_non_null(strstr(run.records, "\n3 b 5 TXT \"xvaluey\"\n"));
	assert_non_null(strstr(run.records, "2 a 5 TXT \"\\001\\003\\005"));

	len += snprintf(text + len, sizeof(text) - len, "; \\200\n");
	read_bytes(text, len);
	assert_findings("0 every byte");
}

static void rdata_in_hexadecimal_is_taken_as_it_is(void **state)
{
	assert_records("a 5 TXT \\# 3 020102\n"
	               "b 5 TXT {name}\n"
	               "c 5 MX \\# 6 000a02616200\n"
	               "d 5 A \\# 4 01616101\n",
	               "1 a 5 TXT \"\\001\\002\"\n"
	               "2 b 5 TXT \"value\"\n"
	               "3 c 5 MX 10 ab.\n"
	               "4 d 5 A 1.97.97.1\n");
	// No byte of it is taken for the domain.
	assert_records("a 5 MX \\# 5 000a010100\n", "1 a 5 MX 10 \\001.\n");
}

static void an_included_file_is_found_beside_the_one_that_includes_it(void **state)
{
	assert_true(mkdir(path_of("sub"), 0755) == 0 || errno == EEXIST);
	write_text("sub/one.zone", "one 5 TXT {name}\n$INCLUDE two.zone\n@ 5 TXT {domain}\n");
	write_text("sub/two.zone", "\ntwo 5 MX 10 {name}\n");
	assert_records("a 5 TXT {name}\n"
	               "$INCLUDE sub/one.zone ; {comment\n"
	               "\n"
	               "b 5 TXT {other}\n",
	               "1 a 5 TXT \"value\"\n"
	               "one.zone:1 one 5 TXT \"value\"\n"
	               "two.zone:2 two 5 MX 10 value.example.com.\n"
	               "one.zone:3 @ 5 TXT \"example.com\"\n"
	               "4 b 5 TXT not exists\n");
}

static void an_included_file_may_have_an_absolute_name(void **state)
{
	char text[1024];
	snprintf(text, sizeof(text), "$INCLUDE \"%s\"\n",
	         write_text("inner.zone", "x 5 TXT {name}"));
	assert_records(text, "inner.zone:1 x 5 TXT \"value\"\n");
}

static void the_ttl_goes_into_an_included_file_but_not_out_of_it(void **state)
{
	write_text("inner.zone", "x TXT a\n$TTL 8\ny TXT b\n");
	assert_records("$TTL 7\n$INCLUDE inner.zone\nz TXT c\n",
	               "inner.zone:1 x 7 TXT \"a\"\n"
	               "inner.zone:3 y 8 TXT \"b\"\n"
	               "3 z 7 TXT \"c\"\n");
}

static void an_origin_goes_into_an_included_file(void **state)
{
	write_text("inner.zone", "x TXT a\n");
	read_text("$INCLUDE inner.zone example.net.\n$ORIGIN example.org.\n$INCLUDE inner.zone\n");
	assert_findings("inner.zone:1 the owner 'x.example.net.' is outside the domain\n"
	                "inner.zone:1 the owner 'x.example.org.' is outside the domain");
}

static void an_error_in_an_included_file_names_it(void **state)
{
	write_text("inner.zone", "x TXT a\n\n{name} TXT a\ny TXT ( a\n{bad )\nz A 192.0.2\n"
	                         "q. TXT a\nv A {name}\nw MX 10 192.0.2.1\n");
	static const case_t cases[] = {
		{ "a TXT {name}\n\n\n\n\n\n\n\n\n\n\n$INCLUDE inner.zone\n"
		  "b MX 1 192.0.2.1\nc TXT {x",
		  "14 malformed variable '{x'\n"
		  "inner.zone:5 malformed variable '{bad'\n"
		  "inner.zone:3 a variable in an owner\n"
		  "inner.zone:6 \n"
		  "inner.zone:7 outside\n"
		  "inner.zone:8 \n"
		  "inner.zone:9 an IP address\n"
		  "13 an IP address\n" },
	};
	ASSERT_REFUSED(cases);
}

static void reading_goes_on_behind_an_error_behind_an_include(void **state)
{
	write_text("inner.zone", "x 5 TXT y\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone\na A 192.0.2\nb MX x\nc TXT {x}", "2 \n3 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_file_may_include_many_others(void **state)
{
	// libzscanner's stack holds 16; in a process of its own, for smashing it ends the process.
	write_text("inner.zone", "x 5 TXT y\n");
	static char text[500 * sizeof("$INCLUDE inner.zone\n")] = "";
	for (int i = 0; i < 500; i++) {
		strcpy(text + i * strlen("$INCLUDE inner.zone\n"), "$INCLUDE inner.zone\n");
	}
	const char *path = write_text("main.zone", text);

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		read_path(path);
		_exit((run.ret == KNOT_EOK && run.calls == 500) ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void an_included_file_that_cannot_be_read_is_an_error(void **state)
{
	char text[2048];
	snprintf(text, sizeof(text), "$INCLUDE missing.zone\n$INCLUDE %s\n", path_of(""));
	const case_t cases[] = {
		{ "$INCLUDE missing.zone", "missing.zone:0 cannot be read" },
		{ text, "missing.zone:0 cannot be read\n:0 not a regular file" },
	};
	ASSERT_REFUSED(cases);
}

static void an_include_without_a_file_is_an_error(void **state)
{
	read_text("a TXT x\n$INCLUDE\n");
	assert_findings("2 ");
}

static void an_included_file_cannot_use_the_mark(void **state)
{
	write_text("inner.zone", "x 5 TXT \\001\n");
	write_text("other.zone", "; \001\nx 5 TXT y\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone", "inner.zone:0 cannot use the byte \\001" },
		{ "$INCLUDE other.zone", "other.zone:0 cannot use the byte \\001" },
	};
	ASSERT_REFUSED(cases);

	// It only depends on the first file what the mark is.
	assert_records("; \\001\n$INCLUDE inner.zone\na 5 TXT {name}\n",
	               "inner.zone:1 x 5 TXT \"\\001\"\n3 a 5 TXT \"value\"\n");
}

static void an_included_file_cannot_use_the_mark_in_hexadecimal(void **state)
{
	write_text("inner.zone", "x 5 TXT \\# 3 020102\n");
	write_text("other.zone", "x 5 MX \\# 5 000a010100\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone", "inner.zone:0 cannot use the byte \\001" },
		{ "$INCLUDE other.zone", "other.zone:0 cannot use the byte \\001" },
	};
	ASSERT_REFUSED(cases);
}

static void a_file_that_includes_itself_is_an_error(void **state)
{
	read_text("a 5 TXT x\n$INCLUDE main.zone\n");
	assert_findings("2 more than 16 nested $INCLUDE");
	assert_int_equal(run.calls, 17);
}

static void a_file_that_includes_itself_twice_comes_to_an_end(void **state)
{
	read_text("a 5 TXT x\n$INCLUDE main.zone\n$INCLUDE main.zone\n");
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_non_null(strstr(run.findings, "more than 16 nested $INCLUDE"));
	assert_true(run.calls < 5000 && run.errors < 5000);
}

static void sixteen_files_may_be_nested(void **state)
{
	char name[32], text[64];
	for (int i = 1; i <= 17; i++) {
		snprintf(name, sizeof(name), "nested%d.zone", i);
		snprintf(text, sizeof(text), "x%d 5 TXT y\n$INCLUDE nested%d.zone\n", i, i + 1);
		write_text(name, text);
	}
	write_text("nested16.zone", "x16 5 TXT y\n");
	read_text("$INCLUDE nested1.zone\n");
	assert_findings("");
	assert_int_equal(run.calls, 16);

	write_text("nested16.zone", "x16 5 TXT y\n\n$INCLUDE nested17.zone\nx17 5 TXT y\n");
	read_text("$INCLUDE nested1.zone\n$INCLUDE nested15.zone\n");
	assert_findings("nested16.zone:3 more than 16 nested $INCLUDE\n"
	                "nested18.zone:0 cannot be read");
	assert_int_equal(run.calls, 16 + 1 + 4);
}

static void a_missing_file_is_an_error(void **state)
{
	read_path(path_of("no/such/file"));
	assert_findings("file:0 cannot be read");
	read_path("");
	assert_findings(":0 cannot be read");
}

static void only_a_regular_file_is_read(void **state)
{
	read_path(path_of("."));
	assert_findings(".:0 not a regular file");

	// Nobody writes to it: opening or reading it must not wait.
	const char *fifo = path_of("fifo");
	assert_true(mkfifo(fifo, 0600) == 0 || errno == EEXIST);
	alarm(60);
	read_path(fifo);
	alarm(0);
	assert_findings("fifo:0 not a regular file");

	read_path("/dev/zero");
	assert_findings("zero:0 not a regular file");
}

static void a_huge_file_is_not_read(void **state)
{
	const char *path = write_text("main.zone", "a TXT x\n");
	assert_int_equal(truncate(path, 256 * 1024 * 1024 + 1), 0);
	read_path(path);
	assert_findings("0 larger than 256 MiB");
	assert_int_equal(run.calls, 0);
}

static void an_error_of_reading_is_reported(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\n");
	io_reset();
	io.chunk_max = 7;
	io.fail_at = 3;
	read_path(path);
	io_reset();
	assert_findings("0 cannot be read");
	assert_int_equal(run.calls, 0);
}

static void a_file_may_come_in_small_pieces(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\n");
	io.chunk_max = 1;
	read_path(path);
	io_reset();
	assert_findings("");
	assert_string_equal(run.records, "1 a 5 TXT \"x\"\n2 b 5 TXT \"value\"\n");
}

static void a_file_that_shrinks_is_an_error(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\nc 5 TXT y\n");
	io.left = strlen("a 5 TXT x\nb 5 TXT {na");
	read_path(path);
	io_reset();
	assert_findings("0 changed while it was read");
	assert_string_equal(run.records, "");
}

static void no_file_stays_open(void **state)
{
	write_text("inner.zone", "x 5 TXT y\n");
	int before = open("/dev/null", O_RDONLY);
	assert_true(before >= 0);
	close(before);

	read_text("$INCLUDE inner.zone\n$INCLUDE missing.zone\n$INCLUDE .\n{ A x\n");
	assert_int_equal(run.calls, 1);
	assert_int_equal(run.errors, 3);
	io_reset();
	io.fail_at = 1;
	read_text("a TXT x\n");
	io_reset();
	assert_int_equal(run.errors, 1);
	alloc_countdown = 1;
	read_text("a TXT x\n");
	alloc_countdown = -1;
	assert_int_equal(run.ret, KNOT_ENOMEM);

	int after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(after, before);
}

static void an_unclosed_parenthesis_is_an_error(void **state)
{
	static const char *const texts[] = {
		"a TXT (", "a TXT ( x", "a TXT ( x\n", "a TXT ( x\ny\nz\n",
		"b TXT x\na TXT ( {name}\n", "a TXT ( ; )\n", "a TXT ( \")\"\n",
		"a TXT ( \\)\n", "(", "a TXT ( \"x", "a TXT ( \"x\ny",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_text(texts[i]);
		assert_int_equal(run.ret, KNOT_EPARSEFAIL);
		assert_int_equal(run.errors, 1);
		assert_true(run.calls <= 1);
	}
}

static void binary_junk_is_refused(void **state)
{
	static uint8_t junk[65536];
	for (int fill = 0; fill < 256; fill++) {
		if (fill == '\n' || fill == '\t' || fill == ' ' || fill == ';') {
			continue; // Nothing but white space or a comment.
		}
		memset(junk, fill, sizeof(junk));
		read_bytes(junk, sizeof(junk));
		assert_int_equal(run.ret, KNOT_EPARSEFAIL);
		assert_true(run.errors > 0 && run.calls == 0);
	}
	for (size_t i = 0; i < sizeof(junk); i++) {
		junk[i] = i + i / 256;
	}
	read_bytes(junk, sizeof(junk));
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_true(run.errors > 0);
}

/*! \brief Whatever the text is, the result tells whether there was an error. */
static bool is_consistent(void)
{
	return (run.ret == KNOT_EOK && run.errors == 0) ||
	       (run.ret == KNOT_EPARSEFAIL && run.errors > 0);
}

static void a_text_may_end_anywhere(void **state)
{
	static const char text[] =
		"$TTL 5\n@ SOA n{domain}.x. h (\n1 2 ; {\n3 4 5 )\n"
		"\\{ TXT ( \"{name};\\\"(\n\" \\\\{b} )\n"
		"a MX 10 {name}.{domain}.{domain:-}. ; x\n\n{x} A {y}\n"
		"b NAPTR 1 1 \"{a}\" \"\" \"\" {b}\nc HTTPS 1 . alpn={x}\n$ORIGIN x.\nd TXT {\n";
	for (size_t len = 0; len < sizeof(text); len++) {
		read_bytes(text, len);
		if (!is_consistent()) {
			print_error("%d, %zu errors after %zu bytes\n", run.ret, run.errors, len);
		}
		assert_true(is_consistent());
	}
}

static void no_mixture_of_special_characters_confuses_the_reader(void **state)
{
	static const char *const words[] = {
		"a ", "@ ", "TXT ", "MX 1 ", "A ", "x", "{", "}", "{name}", "{domain}",
		"{domain:-}", "(", ")", "\"", ";", "\\", "\\{", "\\1", "\n", "\n", "\n",
		" ", "\t", ".", "$TTL ", "$ORIGIN ", "\r", "\001", "\\001aa", "192.0.2.1", "\377",
	};
	const unsigned seed = 20261121;
	uint32_t random = seed;
	for (int round = 0; round < 2000; round++) {
		char text[1024] = "";
		for (int i = 0; i < 40; i++) {
			random = random * 1664525 + 1013904223;
			size_t word = (random >> 16) % (sizeof(words) / sizeof(words[0]));
			strcat(text, words[word]);
		}
		read_text(text);
		if (!is_consistent()) {
			print_error("seed %u, round %d:\n%s\n", seed, round, text);
		}
		assert_true(is_consistent());
	}
}

static void the_receiver_of_records_can_stop_the_reader(void **state)
{
	write_text("inner.zone", "x 5 TXT a\ny 5 TXT b\nz A 192.0.2\n");
	static const char text[] = "a 5 TXT a\n$INCLUDE inner.zone\nb 5 TXT b\nc A 192.0.2\n";
	for (size_t stop_at = 1; stop_at <= 2; stop_at++) {
		run.stop_at = stop_at;
		run.stop_ret = KNOT_ENOMEM;
		read_text(text);
		assert_int_equal(run.ret, KNOT_ENOMEM);
		assert_int_equal(run.calls, stop_at);
		assert_string_equal(run.findings, "");
	}

	// Its result comes before that of errors.
	run.stop_at = 4;
	run.stop_ret = KNOT_ESPACE;
	read_text(text);
	run.stop_at = 0;
	assert_int_equal(run.ret, KNOT_ESPACE);
	assert_int_equal(run.calls, 4);
	assert_true(findings_are("inner.zone:3 "));
}

static void the_receiver_of_records_can_stop_the_reader_with_any_code(void **state)
{
	write_text("inner.zone", "x 5 TXT a\ny 5 TXT b\n");
	run.stop_at = 2;
	run.stop_ret = KNOT_EPARSEFAIL;
	read_text("a 5 TXT a\n$INCLUDE inner.zone\nb 5 TXT b\n");
	run.stop_at = 0;
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_int_equal(run.calls, 2);
}

static void reading_without_memory_fails_and_leaves_nothing_behind(void **state)
{
	write_text("inner.zone", "x 5 TXT {name}\n");
	char path[1024];
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", "$TTL 5\n@ MX 10 x{name}.{domain}.y\n$INCLUDE inner.zone\n"
	                                 "@ NAPTR 1 1 \"{a}\" \"\" \"{domain}\" {domain:-}\n"));
	run.ret = KNOT_ENOMEM;
	long failures = 0;
	for (; run.ret != KNOT_EOK; failures++) {
		run_reset();
		hm_vartab_t tab;
		alloc_countdown = failures;
		run.ret = hm_master_read(path, on_record, on_finding, &run, NULL, &tab);
		alloc_countdown = -1;
		hm_vartab_clear(&tab);
		if (run.ret != KNOT_EOK) {
			assert_int_equal(run.ret, KNOT_ENOMEM);
			assert_int_equal(run.errors, 0);
		}
	}
	assert_true(failures > 20);
	assert_int_equal(run.calls, 3);
}

static void running_out_of_memory_comes_before_errors(void **state)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", "a A x\n{ TXT a\nb TXT {name}\n"));
	int ret = KNOT_ENOMEM;
	long failures = 0;
	for (; ret != KNOT_EPARSEFAIL; failures++) {
		run_reset();
		hm_vartab_t tab;
		alloc_countdown = failures;
		ret = hm_master_read(path, on_record, on_finding, &run, NULL, &tab);
		alloc_countdown = -1;
		hm_vartab_clear(&tab);
		assert_true(ret == KNOT_ENOMEM || ret == KNOT_EPARSEFAIL);
		assert_true(failures < 1000);
	}
	assert_int_equal(run.calls, 1);
	assert_int_equal(run.errors, 2);
}

static void cleared_variables_may_be_cleared_again(void **state)
{
	hm_vartab_t tab = { 0 };
	hm_vartab_clear(&tab);
	run_reset();
	int ret = hm_master_read(write_text("main.zone", "a TXT {name}\n"), on_record, on_finding,
	                         &run, NULL, &tab);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(tab.count, 1);
	hm_vartab_clear(&tab);
	assert_null(tab.vars);
	assert_int_equal(tab.count, 0);
	hm_vartab_clear(&tab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_the_order_of_the_file),
		cmocka_unit_test(an_owner_is_relative_and_in_lowercase),
		cmocka_unit_test(without_a_ttl_it_is_that_of_the_server),
		cmocka_unit_test(the_origin_is_the_domain_unless_the_file_sets_one),
		cmocka_unit_test(variables_are_found_wherever_text_can_be),
		cmocka_unit_test(an_escaped_brace_is_a_brace),
		cmocka_unit_test(a_comment_may_contain_anything),
		cmocka_unit_test(a_quoted_string_may_contain_what_ends_other_text),
		cmocka_unit_test(a_record_over_several_lines_has_its_last_line),
		cmocka_unit_test(a_string_over_several_lines_counts_them),
		cmocka_unit_test(a_missing_last_newline_is_fine),
		cmocka_unit_test(an_empty_file_has_no_records),
		cmocka_unit_test(a_line_that_ends_in_cr_is_refused),
		cmocka_unit_test(a_syntax_error_has_its_line),
		cmocka_unit_test(a_malformed_variable_has_its_line),
		cmocka_unit_test(a_malformed_variable_in_a_string_of_two_lines_has_its_line),
		cmocka_unit_test(the_end_of_the_file_ends_a_variable),
		cmocka_unit_test(a_very_long_malformed_variable_is_cut_in_the_reason),
		cmocka_unit_test(a_variable_in_an_owner_is_an_error),
		cmocka_unit_test(a_variable_cannot_be_a_number_or_an_address),
		cmocka_unit_test(a_variable_cannot_be_in_a_directive),
		cmocka_unit_test(a_variable_in_an_include_is_an_error_of_its_line),
		cmocka_unit_test(an_owner_outside_the_domain_is_an_error),
		cmocka_unit_test(a_class_other_than_in_is_an_error),
		cmocka_unit_test(the_domain_as_part_of_a_label_is_an_error),
		cmocka_unit_test(an_address_where_a_host_name_belongs_is_an_error),
		cmocka_unit_test(an_opaque_name_cannot_be_relative),
		cmocka_unit_test(the_name_of_a_variable_has_up_to_63_bytes),
		cmocka_unit_test(there_are_up_to_1296_different_variables),
		cmocka_unit_test(a_file_may_use_any_byte_but_one),
		cmocka_unit_test(rdata_in_hexadecimal_is_taken_as_it_is),
		cmocka_unit_test(an_included_file_is_found_beside_the_one_that_includes_it),
		cmocka_unit_test(an_included_file_may_have_an_absolute_name),
		cmocka_unit_test(the_ttl_goes_into_an_included_file_but_not_out_of_it),
		cmocka_unit_test(an_origin_goes_into_an_included_file),
		cmocka_unit_test(an_error_in_an_included_file_names_it),
		cmocka_unit_test(reading_goes_on_behind_an_error_behind_an_include),
		cmocka_unit_test(a_file_may_include_many_others),
		cmocka_unit_test(an_included_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(an_include_without_a_file_is_an_error),
		cmocka_unit_test(an_included_file_cannot_use_the_mark),
		cmocka_unit_test(an_included_file_cannot_use_the_mark_in_hexadecimal),
		cmocka_unit_test(a_file_that_includes_itself_is_an_error),
		cmocka_unit_test(a_file_that_includes_itself_twice_comes_to_an_end),
		cmocka_unit_test(sixteen_files_may_be_nested),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(only_a_regular_file_is_read),
		cmocka_unit_test(a_huge_file_is_not_read),
		cmocka_unit_test(an_error_of_reading_is_reported),
		cmocka_unit_test(a_file_may_come_in_small_pieces),
		cmocka_unit_test(a_file_that_shrinks_is_an_error),
		cmocka_unit_test(no_file_stays_open),
		cmocka_unit_test(an_unclosed_parenthesis_is_an_error),
		cmocka_unit_test(binary_junk_is_refused),
		cmocka_unit_test(a_text_may_end_anywhere),
		cmocka_unit_test(no_mixture_of_special_characters_confuses_the_reader),
		cmocka_unit_test(the_receiver_of_records_can_stop_the_reader),
		cmocka_unit_test(the_receiver_of_records_can_stop_the_reader_with_any_code),
		cmocka_unit_test(reading_without_memory_fails_and_leaves_nothing_behind),
		cmocka_unit_test(running_out_of_memory_comes_before_errors),
		cmocka_unit_test(cleared_variables_may_be_cleared_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
